#include "zproxy/access_record.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "base/clock.h"
#include "zproxy/json.h"

namespace zest::zproxy {
namespace {

// No part but the target may take all the room.
constexpr std::array<size_t, AccessRecord::part_count> part_max = {32, 128, 64,
                                                                   AccessRecord::text_size};

Endpoint pack_address(const sys::Address* address) {
  Endpoint end{};
  if (!address) return end;
  end.family = static_cast<uint16_t>(address->family());
  end.port = address->port();
  if (address->family() == AF_INET) memcpy(end.ip.data(), &address->ipv4().sin_addr, 4);
  if (address->family() != AF_INET6) return end;
  memcpy(end.ip.data(), &address->ipv6().sin6_addr, 16);
  end.scope = address->ipv6().sin6_scope_id;
  return end;
}

sys::Address unpack_address(const Endpoint& end) {
  if (end.family == AF_INET) {
    sockaddr_in ipv4{};
    ipv4.sin_family = AF_INET;
    ipv4.sin_port = htons(end.port);
    memcpy(&ipv4.sin_addr, end.ip.data(), 4);
    return sys::Address::from(reinterpret_cast<const sockaddr*>(&ipv4), sizeof ipv4);
  }
  sockaddr_in6 ipv6{};
  ipv6.sin6_family = AF_INET6;
  ipv6.sin6_port = htons(end.port);
  ipv6.sin6_scope_id = end.scope;
  memcpy(&ipv6.sin6_addr, end.ip.data(), 16);
  return sys::Address::from(reinterpret_cast<const sockaddr*>(&ipv6), sizeof ipv6);
}

// Writes ,"name":value pairs.
class Line {
 public:
  explicit Line(std::string& out) : out_(out) {}

  void name(std::string_view name) {
    out_ += ",\"";
    out_ += name;
    out_ += "\":";
  }
  void number(std::string_view key, uint64_t value) {
    name(key);
    out_ += std::to_string(value);
  }
  void text(std::string_view key, std::string_view value) {
    name(key);
    append_json_string(out_, value);
  }
  void text_if(std::string_view key, std::string_view value) {
    if (!value.empty()) text(key, value);
  }
  void flag_if(std::string_view key, bool value) {
    if (!value) return;
    name(key);
    out_ += "true";
  }
  void microseconds(std::string_view key, int64_t ns) {
    number(key, static_cast<uint64_t>(std::max<int64_t>(0, ns) / ns_per_us));
  }
  void address(std::string_view key, const Endpoint& end) {
    if (end.family == AF_UNIX) return text(key, "unix:");
    if (end.family == AF_UNSPEC) return;
    text(key, unpack_address(end).format().view());
  }

 private:
  std::string& out_;
};

std::string_view part(const AccessRecord& record, AccessRecord::Part wanted) {
  size_t offset = 0;
  for (size_t i = 0; i < wanted; ++i) offset += record.sizes[i];
  return {record.texts.data() + offset, record.sizes[wanted]};
}

void append_request(Line& line, const AccessRecord& record, const LineContext& context) {
  line.address("client", record.client);
  if (record.listener < context.listeners.size())
    line.text("listener", context.listeners[record.listener]);
  line.text_if("method", part(record, AccessRecord::method));
  line.text_if("host", part(record, AccessRecord::host));
  line.text_if("target", part(record, AccessRecord::target));
  if (record.tunnel == proxy::TunnelEnd::none || record.sizes[AccessRecord::method] > 0) {
    line.text("version", record.minor == 0 ? "1.0" : "1.1");
    line.number("status", record.status);
  }
  line.number("bytes_in", record.bytes_in);
  line.number("bytes_out", record.bytes_out);
  line.microseconds("duration_us", record.duration_ns);
}

void append_origin(Line& line, const AccessRecord& record) {
  line.text_if("upstream", part(record, AccessRecord::upstream));
  line.address("origin", record.origin);
  if (record.first_byte_ns > 0) line.microseconds("first_byte_us", record.first_byte_ns);
  line.flag_if("reused", record.reused);
}

}  // namespace

void pack(const proxy::Record& from, AccessRecord& into) noexcept {
  into.began_ns = from.began_ns;
  into.duration_ns = from.duration_ns;
  into.first_byte_ns = from.first_byte_ns;
  into.bytes_in = from.bytes_in;
  into.bytes_out = from.bytes_out;
  into.why = from.why;
  into.client = pack_address(from.client);
  into.origin = pack_address(from.origin);
  into.listener = from.listener;
  into.status = from.status;
  into.minor = from.minor;
  into.reused = from.reused;
  into.cut = from.cut;
  into.texts_cut = false;
  into.timeout = from.timeout;
  into.limit = from.limit;
  into.tunnel = from.tunnel;
  const std::string_view parts[] = {from.method, from.host, from.upstream, from.target};
  size_t used = 0;
  for (size_t i = 0; i < AccessRecord::part_count; ++i) {
    const size_t room = std::min(part_max[i], AccessRecord::text_size - used);
    const size_t size = std::min(parts[i].size(), room);
    if (size > 0) memcpy(into.texts.data() + used, parts[i].data(), size);
    into.sizes[i] = static_cast<uint16_t>(size);
    into.texts_cut |= size < parts[i].size();
    used += size;
  }
}

void append_line(std::string& out, const AccessRecord& record, const LineContext& context) {
  Line line(out);
  out += "{\"time\":\"";
  append_rfc3339(out, record.began_ns + context.realtime_offset_ns);
  out += '"';
  append_request(line, record, context);
  append_origin(line, record);
  line.flag_if("cut", record.cut);
  if (record.tunnel != proxy::TunnelEnd::none)
    line.text("tunnel", proxy::tunnel_end_name(record.tunnel));
  if (record.timeout != proxy::Timeout::none)
    line.text("timeout", proxy::timeout_name(record.timeout));
  if (record.limit != proxy::Limit::none) line.text("limit", proxy::limit_name(record.limit));
  if (record.why) line.text_if("why", record.why);
  line.flag_if("texts_cut", record.texts_cut);
  out += "}\n";
}

}  // namespace zest::zproxy
