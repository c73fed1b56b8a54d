// What a request's head costs, from its first byte to a decision on its framing: three heads, on
// each kernel that this CPU has; the same through the shared library's C ABI (and, as a Rust host
// has it, through the crate); and what httparse and picohttpparser take for the same bytes, who
// look neither at names nor at framing. The sizes are those of HOTPATH.md, section 6.
#include <benchmark/benchmark.h>
#include <zest/http.h>

#include <array>
#include <cstring>
#include <string>

#include "base/assert.h"
#include "http/connection.h"
#include "http/framing.h"
#include "http/parser.h"
#include "http/serialize.h"

#ifdef ZEST_PEERS
extern "C" int peer_zest(const char* bytes, size_t size, zest_http_field* fields, size_t times);
extern "C" int peer_httparse(const char* bytes, size_t size);
extern "C" int peer_picohttpparser(const char* bytes, size_t size);
#endif

namespace {

using namespace zest::http;

constexpr size_t browser_cookie_size = 131;
constexpr size_t big_cookie_size = 1253;

std::string head_small() {
  return "GET /api/v1/items/7 HTTP/1.1\r\n"
         "Host: www.example.com\r\n"
         "User-Agent: curl/8.5.0\r\n"
         "Accept: */*\r\n\r\n";
}

std::string browser_fields() {
  return "Host: www.example.com\r\n"
         "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
         "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
         "Accept-Language: en-US,en;q=0.5\r\n"
         "Accept-Encoding: gzip, deflate, br\r\n"
         "Referer: https://www.example.com/shop/index.html\r\n"
         "Connection: keep-alive\r\n"
         "Upgrade-Insecure-Requests: 1\r\n"
         "Sec-Fetch-Dest: document\r\n"
         "Sec-Fetch-Mode: navigate\r\n"
         "Sec-Fetch-Site: same-origin\r\n"
         "Sec-Fetch-User: ?1\r\n"
         "Cache-Control: max-age=0\r\n"
         "If-None-Match: \"5f3c-61a2b\"\r\n";
}

std::string with_cookie(std::string fields, size_t size) {
  const std::string_view crumb = "sid=0a1b2c3d4e5f; theme=dark; _ga=GA1.2.1234567890.1700000000; ";
  std::string value;
  while (value.size() < size) value += crumb;
  value.resize(size, 'x');
  value.back() = 'x';
  return fields + "Cookie: " + value + "\r\n\r\n";
}

std::string head_browser() {
  return with_cookie("GET /shop/item/4711?color=blue HTTP/1.1\r\n" + browser_fields(),
                     browser_cookie_size);
}

std::string head_big() {
  std::string fields = "GET /shop/item/4711?color=blue HTTP/1.1\r\n" + browser_fields();
  for (int i = 0; i < 9; ++i) {
    fields += "X-Custom-Header-" + std::to_string(i) + ": " + std::string(42, 'v') + "\r\n";
  }
  return with_cookie(fields, big_cookie_size);
}

// A load that follows a store to the same place of another page waits for it, so where a head lies
// decides about as much as how it is read. All rows find it in the same places, one after another
// with each repetition.
class Places {
 public:
  std::string_view put(const std::string& bytes, size_t turn) {
    char* at = room_.data() + turn % count * step;
    memcpy(at, bytes.data(), bytes.size());
    return {at, bytes.size()};
  }

 private:
  static constexpr size_t count = 16;
  static constexpr size_t step = 256;

  alignas(4096) std::array<char, count * step + 4096> room_;
};

// The same holds for where its fields go: behind the head, as if both lay in one page.
template <typename Field>
class FieldRoom {
 public:
  static constexpr uint32_t count = 100;

  Field* beside(std::string_view head) {
    return reinterpret_cast<Field*>(
        room_.data() + (reinterpret_cast<uintptr_t>(head.data()) + behind_heads) % 4096);
  }

 private:
  static constexpr size_t behind_heads = 3072;

  alignas(4096) std::array<std::byte, 4096 + count * sizeof(Field)> room_;
};

struct Parsed {
  FieldRoom<Field> fields;
  RequestHead head;
  Framing framing;

  void parse(const Scan& scan, std::string_view bytes) {
    head.fields = fields.beside(bytes);
    head.field_capacity = fields.count;
    RequestParser parser(scan);
    Refusal refusal;
    ZEST_ASSERT(parser.parse(bytes, head) == Parse::complete);
    ZEST_ASSERT(frame_request(head, framing, refusal));
  }
};

void parse_head(benchmark::State& state, const Scan* scan, std::string_view bytes) {
  Parsed parsed;
  for (auto unused : state) {
    parsed.parse(*scan, bytes);
    benchmark::DoNotOptimize(parsed.framing);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(bytes.size()));
  state.counters["fields"] = parsed.head.field_count;
  state.counters["size"] = static_cast<double>(bytes.size());
}

void parse_in_c(benchmark::State& state, std::string_view bytes) {
  FieldRoom<zest_http_field> fields;
  zest_http_request request = ZEST_HTTP_REQUEST_INIT;
  request.head.fields = fields.beside(bytes);
  request.head.field_capacity = fields.count;
  zest_http_parser parser = {};
  for (auto unused : state) {
    ZEST_ASSERT(zest_http_parse_request(&parser, bytes.data(), bytes.size(), nullptr, &request) ==
                ZEST_OK);
    benchmark::DoNotOptimize(request.body);
  }
}

#ifdef ZEST_PEERS
void parse_in_rust(benchmark::State& state, std::string_view bytes) {
  constexpr size_t times = 64;
  FieldRoom<zest_http_field> fields;
  while (state.KeepRunningBatch(times)) {
    const int found = peer_zest(bytes.data(), bytes.size(), fields.beside(bytes), times);
    ZEST_ASSERT(found > 0);
    benchmark::DoNotOptimize(found);
  }
}

void parse_by(benchmark::State& state, int (*peer)(const char*, size_t), std::string_view bytes) {
  for (auto unused : state) {
    const int fields = peer(bytes.data(), bytes.size());
    ZEST_ASSERT(fields > 0);
    benchmark::DoNotOptimize(fields);
  }
}
#endif

void find_lines(benchmark::State& state, const Scan* scan, std::string_view bytes) {
  for (auto unused : state) {
    Cursor cursor;
    Lines lines;
    scan->find_lines(bytes.data(), static_cast<uint32_t>(bytes.size()), cursor, lines);
    benchmark::DoNotOptimize(lines);
  }
}

void write_head(benchmark::State& state, std::string_view bytes) {
  Parsed parsed;
  parsed.parse(fastest_scan(), bytes);
  std::array<char, 4096> out;
  for (auto unused : state) {
    Writer writer(out.data(), out.size());
    benchmark::DoNotOptimize(mark_hop_by_hop(parsed.head));
    writer.request_line("GET", parsed.head.request_target());
    writer.fields(parsed.head);
    writer.field(Name::x_forwarded_for, "192.0.2.1");
    writer.end_head();
    benchmark::DoNotOptimize(writer.ok());
  }
}

// A row of this name: run(state, bytes).
template <typename Run>
void add_row(const std::string& name, Places& places, const std::string& bytes, Run run) {
  const auto row = [&places, bytes, run, turn = size_t{0}](benchmark::State& state) mutable {
    run(state, places.put(bytes, turn++));
  };
  benchmark::RegisterBenchmark(name.c_str(), row);
}

void add_rows(const std::string& name, Places& places, const std::string& bytes) {
  using benchmark::State;
  for (const Scan* scan : usable_scans()) {
    const std::string suffix = name + "/" + scan->name;
    add_row("parse/" + suffix, places, bytes,
            [scan](State& state, std::string_view head) { parse_head(state, scan, head); });
    add_row("lines/" + suffix, places, bytes,
            [scan](State& state, std::string_view head) { find_lines(state, scan, head); });
  }
  add_row("write/" + name, places, bytes, write_head);
  add_row("parse/" + name + "/c_abi", places, bytes, parse_in_c);
#ifdef ZEST_PEERS
  add_row("parse/" + name + "/rust", places, bytes, parse_in_rust);
  for (const auto& [peer, parse] :
       {std::pair("httparse", &peer_httparse), std::pair("picohttpparser", &peer_picohttpparser)})
    add_row("parse/" + name + "/" + peer, places, bytes,
            [parse](State& state, std::string_view head) { parse_by(state, parse, head); });
#endif
}

}  // namespace

int main(int argc, char** argv) {
  const std::array heads{std::pair("small", head_small()), std::pair("browser", head_browser()),
                         std::pair("big", head_big())};
  static Places places;
  for (const auto& [name, bytes] : heads) add_rows(name, places, bytes);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
