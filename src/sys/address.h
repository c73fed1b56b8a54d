// A socket address of any family that zest serves, and its text.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <string_view>

#include "base/result.h"

namespace zest::sys {

class Address {
 public:
  Address() = default;

  // "127.0.0.1:80", "[::1]:80", "[fe80::1%eth0]:80" or its number "[fe80::1%2]:80", ":80" (every
  // address), "unix:/path", "unix:@abstract".
  static Result<Address> parse(std::string_view text);
  static Address from(const sockaddr* address, socklen_t size);

  int family() const { return storage_.any.sa_family; }
  bool is_ip() const { return family() == AF_INET || family() == AF_INET6; }
  bool is_wildcard() const;  // 0.0.0.0, [::] or [::ffff:0.0.0.0]
  bool is_mapped() const;    // IPv4 as [::ffff:a.b.c.d]
  uint16_t port() const;     // host byte order; 0 for Unix
  void set_port(uint16_t port);

  const sockaddr* get() const { return &storage_.any; }
  sockaddr* get() { return &storage_.any; }
  socklen_t size() const { return size_; }
  // What the kernel may write, and how much it would have written.
  static constexpr socklen_t capacity() { return sizeof(sockaddr_un); }
  void set_size(socklen_t size) { size_ = size < capacity() ? size : capacity(); }

  const sockaddr_in& ipv4() const { return storage_.ipv4; }
  const sockaddr_in6& ipv6() const { return storage_.ipv6; }
  // A Unix socket's name: a path, or with a leading zero byte an abstract one. Empty: unnamed.
  std::string_view unix_name() const;

  friend bool operator==(const Address& one, const Address& other) {
    return one.size_ == other.size_ && std::memcmp(&one.storage_, &other.storage_, one.size_) == 0;
  }

  Text<160> format() const;
  Text<80> format_ip() const;  // without the port: for thread names

 private:
  // The largest first, since {} makes zeros of the first alone.
  union Storage {
    sockaddr_un local;
    sockaddr any;
    sockaddr_in ipv4;
    sockaddr_in6 ipv6;
  };

  static Result<Address> parse_unix(std::string_view name);
  static Result<Address> parse_ipv4(std::string_view text, std::string_view host, uint16_t port);
  static Result<Address> parse_ipv6(std::string_view text, std::string_view host, uint16_t port);

  Storage storage_{};
  socklen_t size_ = 0;
};

}  // namespace zest::sys
