#include "preface/client_hello.h"

#include <algorithm>
#include <array>

#include "preface/hello_records.h"

namespace zest::preface {
namespace {

using State = ClientHello::State;

constexpr size_t random_size = 32;
constexpr size_t session_id_max = 32;
constexpr size_t name_max = 255;
constexpr uint16_t server_name_extension = 0;
constexpr uint16_t alpn_extension = 16;
constexpr uint8_t host_name = 0;

// Reads from the front, and remembers that there was too little.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}

  bool ok() const { return ok_; }
  bool empty() const { return left_.empty(); }
  size_t number(size_t size) {
    size_t value = 0;
    for (const char c : bytes(size)) value = value << 8 | static_cast<uint8_t>(c);
    return value;
  }
  std::string_view bytes(size_t size) {
    if (size > left_.size()) {
      ok_ = false;
      left_ = {};
      return {};
    }
    const std::string_view taken = left_.substr(0, size);
    left_.remove_prefix(size);
    return taken;
  }
  // What stands behind its own size, of so many bytes.
  std::string_view vector(size_t size_of_size) { return bytes(number(size_of_size)); }

 private:
  std::string_view left_;
  bool ok_ = true;
};

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

// In lower case, if it is a name that could be somebody's.
const char* read_name(std::string_view sent, Text<256>& into) {
  std::array<char, name_max> name;
  if (sent.empty() || sent.size() > name.size()) return "a server name of no possible size";
  std::ranges::transform(sent, name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  const std::string_view lower(name.data(), sent.size());
  if (!std::ranges::all_of(lower, is_name_char)) return "a server name that is none";
  into.append(lower.ends_with('.') ? lower.substr(0, lower.size() - 1) : lower);
  return into.empty() ? "a server name that is none" : nullptr;
}

const char* read_server_names(std::string_view extension, ClientHello& into) {
  Reader outer(extension);
  Reader list(outer.vector(2));
  if (!outer.ok() || !outer.empty() || list.empty()) return "a malformed list of server names";
  while (!list.empty()) {
    const size_t type = list.number(1);
    const std::string_view name = list.vector(2);
    if (!list.ok()) return "a malformed list of server names";
    if (type != host_name) continue;
    if (!into.server_name.empty()) return "two server names";
    if (const char* why = read_name(name, into.server_name)) return why;
  }
  return nullptr;
}

const char* read_alpn(std::string_view extension, ClientHello& into) {
  Reader outer(extension);
  const std::string_view all = outer.vector(2);
  Reader list(all);
  if (!outer.ok() || !outer.empty() || list.empty()) return "a malformed list of protocols";
  while (!list.empty())
    if (list.vector(1).empty() || !list.ok()) return "a malformed list of protocols";
  into.has_alpn = true;
  if (all.size() < 256) into.alpn.append(all);
  return nullptr;
}

const char* read_extensions(std::string_view bytes, ClientHello& into) {
  Reader extensions(bytes);
  bool named = false;
  while (!extensions.empty()) {
    const size_t type = extensions.number(2);
    const std::string_view extension = extensions.vector(2);
    if (!extensions.ok()) return "extensions that are cut off";
    const bool again =
        (type == server_name_extension && named) || (type == alpn_extension && into.has_alpn);
    if (again) return "the same extension twice";
    const char* why = nullptr;
    if (type == server_name_extension) {
      named = true;
      why = read_server_names(extension, into);
    } else if (type == alpn_extension) {
      why = read_alpn(extension, into);
    }
    if (why) return why;
  }
  return nullptr;
}

const char* read_message(std::string_view message, ClientHello& into) {
  Reader hello(message);
  const size_t version = hello.number(2);
  hello.bytes(random_size);
  const std::string_view session_id = hello.vector(1);
  const std::string_view ciphers = hello.vector(2);
  const std::string_view compression = hello.vector(1);
  const bool fits = session_id.size() <= session_id_max && !ciphers.empty() &&
                    ciphers.size() % 2 == 0 && !compression.empty();
  if (!hello.ok() || !fits || version >> 8 != 3) return "a malformed ClientHello";
  if (hello.empty()) return nullptr;  // without extensions, as old clients send it
  const std::string_view extensions = hello.vector(2);
  if (!hello.ok() || !hello.empty()) return "extensions that do not fill the ClientHello";
  return read_extensions(extensions, into);
}

}  // namespace

ClientHello read_client_hello(std::string_view bytes, const HelloLimits& limits) {
  ClientHello hello;
  HelloRecords records;
  if (!records.read(bytes, limits, hello)) return hello;
  const char* why = read_message(records.message(), hello);
  if (!why) {
    hello.state = State::done;
    return hello;
  }
  return {.state = State::refused, .why = why};
}

bool ClientHello::offers(std::string_view protocol) const {
  Reader list(alpn.view());
  while (!list.empty())
    if (list.vector(1) == protocol) return true;
  return false;
}

}  // namespace zest::preface
