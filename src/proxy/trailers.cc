#include "proxy/trailers.h"

#include "http/connection.h"
#include "http/serialize.h"
#include "proxy/field_names.h"

namespace zest::proxy {

Trailers::Trailers(std::span<const std::string> withheld) : withheld_(withheld) {
  head_.fields = fields_.data();
  head_.field_capacity = limits.trailer_fields;
}

size_t Trailers::feed(std::string_view bytes) {
  if (!bytes_.append(bytes)) {
    state_ = http::Parse::refused;
    return 0;
  }
  head_.base = bytes_.data();
  state_ = parser_.parse(bytes_.view(), head_, limits);
  const bool complete = state_ == http::Parse::complete;
  return bytes.size() - (complete ? bytes_.size() - head_.size : 0);
}

bool Trailers::write_end() {
  http::mark_hop_by_hop(head_);
  drop_fields(withheld_, head_);
  constexpr std::string_view last_size = "0\r\n";
  const size_t room = last_size.size() + head_.size + 2;
  if (!end_.append(last_size) || !end_.reserve(room)) return false;
  http::Writer writer(end_.data() + end_.size(), end_.capacity() - end_.size());
  writer.fields(head_);
  writer.end_head();
  end_.set_size(end_.size() + writer.size());
  return writer.ok();
}

}  // namespace zest::proxy
