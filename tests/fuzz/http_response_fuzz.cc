// A response's head: see http_heads.h. And whatever is framed is framed soundly.
#include "http/framing.h"
#include "http_heads.h"

namespace {

using namespace zest::fuzz;

void check_written(const ResponseHead& head) {
  std::array<char, 1 << 17> out;
  Writer writer(out.data(), out.size());
  writer.status_line(head.status, head.text(head.reason), head.minor);
  writer.fields(head);
  writer.end_head();
  ZEST_ASSERT(writer.ok());
  Outcome<ResponseHead> again;
  ResponseParser parser;
  parse_copy(parser, writer.view(), {.head_bytes = 1 << 17, .request_line = 1 << 17, .fields = 255},
             again);
  ZEST_ASSERT(again.parse == Parse::complete && again.head.size == writer.size());
  ZEST_ASSERT(again.head.status == head.status);
  ZEST_ASSERT(again.head.text(again.head.reason) == head.text(head.reason));
  check_same_text(head, again.head);
}

void check_framed(const ResponseHead& head, Method asked) {
  Framing framing;
  Refusal refusal;
  if (!frame_response(head, asked, framing, refusal)) {
    ZEST_ASSERT(refusal.status == 502 && refusal.offset < head.size);
    return;
  }
  const bool bodiless =
      asked == Method::head || head.status < 200 || head.status == 204 || head.status == 304;
  ZEST_ASSERT(!bodiless || framing.kind == BodyKind::none);
  ZEST_ASSERT(!head.has(Name::content_length) || !head.has(Name::transfer_encoding));
  ZEST_ASSERT(framing.kind != BodyKind::until_close || !framing.keep_alive);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  play<ResponseParser, ResponseHead>(data, size, [](const ResponseHead& head) {
    for (const Method asked : {Method::get, Method::head, Method::connect}) {
      check_framed(head, asked);
    }
    check_written(head);
  });
  return 0;
}
