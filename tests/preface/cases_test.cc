// The documents in tests/cases/preface: each case whole, and at every length that it may have
// arrived in, always in front of a guard page.
#include <doctest/doctest.h>

#include "http/documents.h"
#include "http/guarded.h"
#include "preface/client_hello.h"
#include "preface/proxy_header.h"

namespace zest::test {
namespace {

using preface::ClientHello;
using preface::ProxyHeader;

std::string text_of(const ProxyHeader& header, size_t arrived) {
  switch (header.state) {
    case ProxyHeader::State::more: return "needs " + std::to_string(header.need) + "\n";
    case ProxyHeader::State::refused: return std::string("refused ") + header.why + "\n";
    case ProxyHeader::State::done: break;
  }
  std::string text = "nobody is named\n";
  if (header.named)
    text = std::string("from ") + header.source.format().c_str() + " to " +
           header.destination.format().c_str() + "\n";
  if (arrived > header.need) text += std::to_string(arrived - header.need) + " bytes follow\n";
  return text;
}

std::string text_of(const ClientHello& hello) {
  switch (hello.state) {
    case ClientHello::State::more: return "needs " + std::to_string(hello.need) + "\n";
    case ClientHello::State::refused: return std::string("refused ") + hello.why + "\n";
    case ClientHello::State::not_tls: return "not tls\n";
    case ClientHello::State::done: break;
  }
  const std::string name(hello.server_name.view());
  std::string text = "server_name " + (name.empty() ? "(none)" : name) + "\n";
  if (!hello.has_alpn) return text;
  text += "alpn";
  std::string_view left = hello.alpn.view();
  while (!left.empty()) {
    const auto size = static_cast<size_t>(left.front());
    text += " " + std::string(left.substr(1, size));
    left.remove_prefix(1 + size);
  }
  return text + "\n";
}

std::string play(const Case& which, size_t arrived, Guarded& memory, bool& more, size_t& need) {
  const std::string_view bytes = memory.hold(std::string_view(which.bytes).substr(0, arrived));
  if (which.kind == "proxy") {
    const ProxyHeader header = preface::read_proxy_header(bytes);
    more = header.state == ProxyHeader::State::more;
    need = header.need;
    return text_of(header, which.bytes.size());
  }
  const ClientHello hello = preface::read_client_hello(bytes);
  more = hello.state == ClientHello::State::more;
  need = hello.need;
  return text_of(hello);
}

// What has not arrived whole is waited for, and never for what had already come, or for more than
// there is; what has been answered once is answered so for all that follows.
void run(const Case& which, Guarded& memory) {
  bool more = false;
  size_t need = 0;
  const std::string whole = play(which, which.bytes.size(), memory, more, need);
  CHECK(whole == which.expected);
  const bool ends_more = more;
  bool answered = false;
  for (size_t arrived = 0; arrived < which.bytes.size(); ++arrived) {
    const std::string text = play(which, arrived, memory, more, need);
    if (!more) {
      CHECK_MESSAGE(text == whole, arrived << ": " << text);
      answered = true;
      continue;
    }
    CHECK_MESSAGE(!answered, arrived);
    CHECK(need > arrived);
    if (!ends_more && whole.starts_with("from")) CHECK(need <= which.bytes.size());
  }
}

void run_document(const char* file, size_t cases_min) {
  Guarded memory(1 << 16);
  const std::vector<Case> cases = read_cases(file);
  CHECK(cases.size() >= cases_min);
  for (const Case& which : cases) {
    INFO(file << ": " << which.name);
    run(which, memory);
  }
}

TEST_CASE("headers of the PROXY protocol") { run_document("proxy_header.md", 50); }
TEST_CASE("ClientHellos") { run_document("client_hello.md", 45); }

}  // namespace
}  // namespace zest::test
