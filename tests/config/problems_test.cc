// What is wrong with a file is told where it stands, with what was probably meant, all at once.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support.h"

namespace zest::config {
namespace {

void run(std::initializer_list<Case> cases) { tells(cases, said); }

TEST_CASE("an unknown key is told with its nearest neighbour") {
  run({
      {"[io]\nbakend = \"epoll\"",
       "f:6:1: unknown key \"bakend\" in [io]; did you mean "
       "\"backend\"?\n"},
      {"[[listener]]\nbind = \":81\"\nbacklgo = 5",
       "f:7:1: unknown key \"backlgo\" in [[listener]]; did you mean \"backlog\"?\n"},
      {"[upstreams.x]\n", "f:5:2: unknown key \"upstreams\"; did you mean \"upstream\"?\n"},
      {"[io]\nbacklog = 1", "f:6:1: unknown key \"backlog\" in [io]; it belongs in [[listener]]\n"},
      {"[io]\nworkers = 1",
       "f:6:1: unknown key \"workers\" in [io]; it belongs at the top of the "
       "file, above the first table\n"},
      {"[io]\nquux = 1", "f:6:1: unknown key \"quux\" in [io]\n"},
      {"[io]\n\"a\\u0007\\n\" = 1", "f:6:1: unknown key \"a??\" in [io]\n"},
  });
}

TEST_CASE("types and ranges") {
  run({
      {"[io]\nsq_depth = \"4096\"", "f:6:12: sq_depth is a text, and must be a whole number\n"},
      {"[io]\nsq_depth = 1.5",
       "f:6:12: sq_depth is a number with a fraction, and must be a whole number\n"},
      {"[io]\nsq_depth = 100", "f:6:12: sq_depth = 100: must be a power of two, 8 to 32768\n"},
      {"[io]\nsq_depth = -8", "f:6:12: sq_depth = -8: must be a power of two, 8 to 32768\n"},
      {"[io]\nsqpoll = 1", "f:6:10: sqpoll is a whole number, and must be true or false\n"},
      {"[io]\nbackend = \"io-uring\"",
       "f:6:11: backend = \"io-uring\": must be \"auto\", "
       "\"io_uring\" or \"epoll\"; did you mean \"io_uring\"?\n"},
      {"[io]\nsend_zc = \"yes\"", "f:6:11: send_zc = \"yes\": must be \"off\" or \"auto\"\n"},
      {"[[listener]]\nbind = \":81\"\nhead_timeout_ms = 0",
       "f:7:19: head_timeout_ms = 0: must be 1 to 86400000\n"},
      {"[[listener]]\nbind = 81", "f:6:8: bind is a whole number, and must be a text\n"},
      {"[io]\nbuf_size = 9223372036854775807",
       "f:6:12: buf_size = 9223372036854775807: must be 4096 to 1048576\n"},
  });
}

TEST_CASE("addresses") {
  run({
      {"[upstream.b]\naddrs = [\"localhost:80\"]\n[[route]]\nupstream = \"b\"",
       "f:6:10: addrs: \"localhost:80\": an IP address; names come later\n"},
      {"[upstream.b]\naddrs = [\"10.0.0.1\", \"::1:80\", \"10.0.0.1:0\", 7]\n[[route]]\nupstream"
       " = \"b\"",
       "f:6:10: addrs: \"10.0.0.1\": needs a port, as in 127.0.0.1:80 or [::1]:80\n"
       "f:6:22: addrs: \"::1:80\": not an address; 127.0.0.1:80, [::1]:80, :80 and unix:/path "
       "are\n"
       "f:6:32: addrs: \"10.0.0.1:0\": an origin needs a port from 1 to 65535\n"
       "f:6:46: addrs is a whole number, and must be a text\n"},
      {"[upstream.b]\naddrs = []\n[[route]]\nupstream = \"b\"",
       "f:6:9: addrs is empty: an upstream needs an origin\n"},
      {"[upstream.b]\npool_size = 3\n[[route]]\nupstream = \"b\"",
       "f:5:1: [upstream.b] has no addrs\n"},
      {"[upstream.b]\naddrs = [\":80\"]\n[[route]]\nupstream = \"b\"",
       "f:6:10: addrs: \":80\": an origin needs an address to connect to\n"},
      {"[[listener]]\nbind = \"example.org:80\"",
       "f:6:8: bind: \"example.org:80\": an IP address; names come later\n"},
      {"[[listener]]\nbind = \":81\"\ntrusted_proxies = [\"10.0.0.1/8\", \"10.0.0.0/33\", \"x\"]",
       "f:7:20: trusted_proxies: \"10.0.0.1/8\": has bits set beyond its prefix\n"
       "f:7:34: trusted_proxies: \"10.0.0.0/33\": needs a number from 0 to 32 after the slash\n"
       "f:7:49: trusted_proxies: \"x\": not an address block; 10.0.0.0/8, fd00::/8 and 192.0.2.1 "
       "are\n"},
  });
}

TEST_CASE("what must be one of its kind") {
  run({
      {"[[listener]]\nbind = \":80\"", "f:6:8: bind [::]:80 is already a listener's, in line 2\n"},
      {"[admin]\nbind = \":80\"",
       "f:6:8: [admin] bind [::]:80 is already a listener's, in line 2\n"},
      {"[[listener]]\nbind = \"0.0.0.0:80\"",
       "f:6:8: bind 0.0.0.0:80 clashes with [::]:80, a listener's in line 2\n"},
      {"[[listener]]\nbind = \"[::1]:80\"",
       "f:6:8: bind [::1]:80 clashes with [::]:80, a listener's in line 2\n"},
      {"[admin]\nbind = \"127.0.0.1:80\"",
       "f:6:8: [admin] bind 127.0.0.1:80 clashes with [::]:80, a listener's in line 2\n"},
      {"[[listener]]\nbind = \"127.0.0.1:81\"\n[[listener]]\nbind = \"0.0.0.0:81\"",
       "f:8:8: bind 0.0.0.0:81 clashes with 127.0.0.1:81, a listener's in line 6\n"},
      {"[[listener]]\nbind = \"[::1]:81\"\n[[listener]]\nbind = \"0.0.0.0:81\"", ""},
      {"[[listener]]\nbind = \"127.0.0.1:81\"\n[[listener]]\nbind = \"127.0.0.2:81\"", ""},
      {"[[listener]]\nbind = \"0.0.0.0:80\"\nmode = \"udp\"", ""},
      {"[[listener]]\nbind = \":0\"\n[[listener]]\nbind = \"0.0.0.0:0\"", ""},
      {"[[listener]]\nbind = \":0\"\n[[listener]]\nbind = \":0\"", ""},
      {"[[route]]\nupstream = \"app\"\n[[route]]\nhost = \"\"\nupstream = \"app\"",
       "f:7:1: a second route for host (any) and path \"/\"\n"},
      {"[[route]]\nhost=\"A\"\nupstream = \"app\"\n[[route]]\nhost = \"a\"\nupstream = \"app\"",
       "f:8:1: a second route for host \"a\" and path \"/\"\n"},
  });
}

TEST_CASE("routes") {
  run({
      {"[[route]]\nupstream = \"ap\"", "f:6:12: no upstream \"ap\"; did you mean \"app\"?\n"},
      {"[[route]]\nupstream = \"other\"", "f:6:12: no upstream \"other\"\n"},
      {"[[route]]\npath = \"/x\"", "f:5:1: [[route]] has no upstream\n"},
      {"[upstream.b]\naddrs=[\"10.0.0.2:80\"]",
       "f:1:1: no [[route]]: with several upstreams, say what goes to which\n"},
      {"[[route]]\nupstream=\"app\"\npath=\"x\"", "f:7:6: path = \"x\": must begin with a slash\n"},
      {"[[route]]\nupstream=\"app\"\npath=\"/a b\"",
       "f:7:6: path = \"/a b\": must be visible ASCII, the rest as %XX\n"},
      {"[[route]]\nupstream=\"app\"\nhost=\"a:80\"",
       "f:7:6: host = \"a:80\": without a port: a route's host is a name\n"},
      {"[[route]]\nupstream=\"app\"\nhost=\"a.*.b\"",
       "f:7:6: host = \"a.*.b\": a star stands only at the beginning, as in *.example.org\n"},
      {"[[route]]\nupstream=\"app\"\nset_host=\"a\\r\\nX: y\"",
       "f:7:10: set_host = \"a??X: y\": not a host\n"},
  });
}

TEST_CASE("tables where tables belong") {
  run({
      {"[[io]]\nsq_depth = 8", "f:5:3: \"io\" is a list: write it as [io]\n"},
      {"[admin]\n", "f:5:1: [admin] has no bind\n"},
      {"[upstream]\naddrs = [\"10.0.0.1:80\"]",
       "f:6:1: \"addrs\" is a list: write it as [upstream.<name>]\n"},
      {"[upstream.\"a b\"]\naddrs = [\"10.0.0.1:80\"]\n[[route]]\nupstream = \"app\"",
       "f:5:11: upstream \"a b\": letters, digits, - . and _ alone\n"},
  });
  CHECK(said("listener = 5\nupstream = \"x\"") ==
        "f:1:1: \"listener\" is not a list of tables: write each as [[listener]]\n"
        "f:2:1: \"upstream\" is a text: write it as [upstream.<name>]\n");
  CHECK(said("[listener]\nbind = \":80\"\n[upstream.a]\naddrs = [\"10.0.0.1:1\"]") ==
        "f:1:2: \"listener\" is not a list of tables: write each as [[listener]]\n");
}

TEST_CASE("an empty file lacks what a proxy needs") {
  CHECK(said("") ==
        "f:1:1: no [[listener]]: say where to listen, as bind = \"0.0.0.0:8080\"\n"
        "f:1:1: no [upstream.<name>]: say who answers, as addrs = [\"127.0.0.1:3000\"]\n");
}

TEST_CASE("what is no TOML has one place") {
  const std::string told = said("workers = 1\nlog_level = \"info\n");
  CHECK(told.starts_with("f:2:"));
  CHECK(said("a = 1\na = 2").starts_with("f:2:"));
  CHECK(said("workers = 1\nschl\xc3\xbcssel = 1").starts_with("f:2:"));
  CHECK(said("a = \"\"\"\\\n \xc3\xa4\"\"\"").starts_with("f:1:1: no [[listener]]"));
  CHECK(said("\xff\xfe\x00").starts_with("f:1:"));
  CHECK(said(std::string_view("workers = 1\n[\0\0= 1", 17)).starts_with("f:2:2:"));
  CHECK(said("workers = 1\n[[(listener]]").starts_with("f:2:3:"));
}

TEST_CASE("problems come in the order of the file, twenty of them") {
  std::string text = good_and("[io]\n");
  for (int i = 0; i < 200; ++i) text += "zz" + std::to_string(i) + " = 1\n";
  const Loaded loaded = load(text);
  REQUIRE(loaded.problems.size() == Problems::shown_max + 1);
  CHECK(loaded.problems[0].at.line <= loaded.problems[19].at.line);
  CHECK(loaded.problems[20].text == "and 180 more");
}

}  // namespace
TEST_CASE("a key of very many parts is refused where it is, and so is no decoration") {
  std::string deep;
  for (int i = 0; i < 50'000; ++i) deep += "a.";
  CHECK(said("workers = 1\n" + deep + "b = 1\n").starts_with("f:2:"));
  CHECK(said(good_and("# " + std::string(500, '.') + "\n")) == "");
}

TEST_CASE("what is no regular file is refused, and not waited for") {
  const std::string path = "/tmp/zest-config-" + std::to_string(::getpid()) + ".fifo";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  for (const std::string& name : {path, std::string("/tmp"), std::string("/dev/zero")}) {
    const auto read = read_file(name);
    REQUIRE(!read);
    CHECK(std::string(read.error().message.c_str()).contains("not a regular file"));
  }
  ::unlink(path.c_str());
}

}  // namespace zest::config
