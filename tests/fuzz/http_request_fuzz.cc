// A request's head: see http_heads.h. And whatever is framed is framed soundly.
#include "http/framing.h"
#include "http_heads.h"

namespace {

using namespace zest::fuzz;

void check_written(const RequestHead& head) {
  std::array<char, 1 << 17> out;
  Writer writer(out.data(), out.size());
  writer.request_line(head.text(head.method), head.text(head.target), head.minor);
  writer.fields(head);
  writer.end_head();
  ZEST_ASSERT(writer.ok());
  Outcome<RequestHead> again;
  RequestParser parser;
  parse_copy(parser, writer.view(), {.head_bytes = 1 << 17, .request_line = 1 << 17, .fields = 255},
             again);
  ZEST_ASSERT(again.parse == Parse::complete && again.head.size == writer.size());
  ZEST_ASSERT(again.head.method_id == head.method_id && again.head.form == head.form);
  ZEST_ASSERT(again.head.request_target() == head.request_target());
  ZEST_ASSERT(again.head.text(again.head.host) == head.text(head.host));
  check_same_text(head, again.head);
}

void check_framed(const RequestHead& head) {
  Framing framing;
  Refusal refusal;
  if (!frame_request(head, framing, refusal)) {
    ZEST_ASSERT(refusal.status == 400 || refusal.status == 417 || refusal.status == 501);
    ZEST_ASSERT(refusal.offset < head.size);
    return;
  }
  ZEST_ASSERT(!head.has_several(Name::host) && !head.has_several(Name::content_length));
  ZEST_ASSERT(!head.has(Name::content_length) || !head.has(Name::transfer_encoding));
  ZEST_ASSERT((framing.kind == BodyKind::chunked) == head.has(Name::transfer_encoding));
  ZEST_ASSERT((framing.kind == BodyKind::length) == head.has(Name::content_length));
  ZEST_ASSERT(framing.length <= INT64_MAX && framing.kind != BodyKind::until_close);
  ZEST_ASSERT(head.minor == 0 || head.has(Name::host));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  play<RequestParser, RequestHead>(data, size, [](const RequestHead& head) {
    check_framed(head);
    check_written(head);
  });
  return 0;
}
