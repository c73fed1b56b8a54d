// Version 2 of the PROXY protocol: 16 bytes, addresses, attributes.
#pragma once

#include "preface/proxy_header.h"

namespace zest::preface {

inline constexpr std::string_view v2_signature("\r\n\r\n\0\r\nQUIT\n", 12);

ProxyHeader read_v2(std::string_view bytes, const ProxyLimits& limits);
void write_v2(const sys::Address& source, const sys::Address& destination, ProxyHeaderText& into);

}  // namespace zest::preface
