#include "proxy/forwarded.h"

#include <cstring>

#include "proxy/withhold.h"

namespace zest::proxy {
namespace {

using http::Field;
using http::Name;

void as_ipv6(const sys::Address& address, uint8_t (&bytes)[16]) {
  if (address.family() == AF_INET6) {
    memcpy(bytes, &address.ipv6().sin6_addr, sizeof bytes);
    return;
  }
  memset(bytes, 0, sizeof bytes);
  bytes[10] = bytes[11] = 0xff;
  memcpy(bytes + 12, &address.ipv4().sin_addr, 4);
}

// An IPv6 block that is wider than all of IPv4 says nothing of IPv4.
bool contains(const Block& block, const uint8_t (&address)[16]) {
  constexpr uint8_t mapped[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (block.bits < 8 * sizeof mapped && memcmp(address, mapped, sizeof mapped) == 0) return false;
  const size_t whole = block.bits / 8;
  if (memcmp(block.ip, address, whole) != 0) return false;
  const unsigned rest = block.bits % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<uint8_t>(0xff << (8 - rest));
  return (block.ip[whole] & mask) == (address[whole] & mask);
}

// A list field: what came, if it is believed, and our element, as one line.
void write_list(std::string_view text, Name name, bool believed, http::Head& head,
                http::Writer& writer, auto write_ours) {
  writer.begin_field(text);
  if (believed && head.has(name))
    for (const Field& field : head)
      if (field.id == name && !field.value.empty()) {
        writer.part(head.text(field.value));
        writer.part(", ");
      }
  write_ours();
  writer.end_field();
  withhold(head, name);
}

// What the first proxy said stands; else what we see.
void write_single(Name name, bool believed, std::string_view ours, http::Head& head,
                  http::Writer& writer) {
  if (believed && head.has(name) && !head.has_several(name)) return;
  withhold(head, name);
  if (!ours.empty()) writer.field(name, ours);
}

// RFC 7239, 6: an IPv6 address is quoted and in brackets.
void write_element(const ClientFacts& client, http::Writer& writer) {
  writer.part(client.is_ipv6 ? "for=\"[" : "for=");
  writer.part(client.ip.empty() ? "unknown" : client.ip);
  if (client.is_ipv6) writer.part("]\"");
  writer.part(";proto=");
  writer.part(client.scheme);
  if (client.host.empty()) return;
  writer.part(";host=\"");
  writer.part(client.host);
  writer.part("\"");
}

}  // namespace

bool contains(const Block& block, const sys::Address& address) {
  uint8_t bytes[16];
  as_ipv6(address, bytes);
  return contains(block, bytes);
}

bool is_trusted(const std::vector<Block>& trusted, const sys::Address& client) {
  if (trusted.empty() || !client.is_ip()) return false;
  uint8_t bytes[16];
  as_ipv6(client, bytes);
  for (const Block& block : trusted)
    if (contains(block, bytes)) return true;
  return false;
}

void write_forwarded(const ForwardedConfig& config, const ClientFacts& client,
                     http::RequestHead& head, http::Writer& writer) {
  if (config.x_forwarded != ForwardedMode::off) {
    const bool believed = client.trusted && config.x_forwarded == ForwardedMode::append;
    write_list("X-Forwarded-For", Name::x_forwarded_for, believed, head, writer,
               [&] { writer.part(client.ip.empty() ? "unknown" : client.ip); });
    write_single(Name::x_forwarded_proto, believed, client.scheme, head, writer);
    write_single(Name::x_forwarded_host, believed, client.host, head, writer);
  } else if (!client.trusted) {
    for (const Name name : {Name::x_forwarded_for, Name::x_forwarded_proto, Name::x_forwarded_host})
      withhold(head, name);
  }
  if (config.forwarded != ForwardedMode::off) {
    const bool believed = client.trusted && config.forwarded == ForwardedMode::append;
    write_list("Forwarded", Name::forwarded, believed, head, writer,
               [&] { write_element(client, writer); });
  } else if (!client.trusted) {
    withhold(head, Name::forwarded);
  }
}

void write_via(const std::string& name, http::Head& head, http::Writer& writer) {
  if (name.empty()) return;
  write_list("Via", Name::via, true, head, writer, [&] {
    writer.part(head.minor == 0 ? "1.0 " : "1.1 ");
    writer.part(name);
  });
}

}  // namespace zest::proxy
