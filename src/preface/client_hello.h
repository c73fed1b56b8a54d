// The first message of TLS, looked at and not answered: which server the client wants. RFC 8446,
// 4.1.2 and 5.1; RFC 6066, 3; RFC 7301. Nothing is decrypted, and nothing is believed but the name.
#pragma once

#include <string_view>

#include "base/text.h"

namespace zest::preface {

struct HelloLimits {
  uint32_t bytes = 16'384;  // of the message, without what records put around it
  uint32_t records = 64;    // that it may be cut into
};

struct ClientHello {
  enum class State : uint8_t {
    more,
    done,
    not_tls,  // another protocol: nobody says that it is a bad one
    refused
  };

  State state = State::more;
  size_t need = 0;        // more: so many bytes from the first on, at least
  Text<256> server_name;  // in lower case; empty: none was given
  Text<256> alpn;         // as sent: each name behind its size; empty also where that is too long
  bool has_alpn = false;
  const char* why = "";

  bool offers(std::string_view protocol) const;
};

// All that has arrived from a connection's first byte on; behind the message may stand anything.
ClientHello read_client_hello(std::string_view bytes, const HelloLimits& limits = {});

}  // namespace zest::preface
