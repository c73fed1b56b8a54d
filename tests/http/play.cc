#include "http/play.h"

#include <array>
#include <cstdio>

#include "http/chunked.h"
#include "http/connection.h"
#include "http/framing.h"
#include "http/parser.h"

namespace zest::test {
namespace {

using namespace http;

uint32_t number(const Case& which, const char* name, uint32_t otherwise) {
  const auto found = which.with.find(name);
  return found == which.with.end() ? otherwise : static_cast<uint32_t>(std::stoul(found->second));
}

// What is not printable ASCII as \xHH.
std::string shown(std::string_view text) {
  std::string out;
  for (const char c : text) {
    char hex[5] = {c};
    if (c < ' ' || c > '~') snprintf(hex, sizeof hex, "\\x%02x", static_cast<unsigned char>(c));
    out += hex;
  }
  return out;
}

std::string text_of_refusal(const Refusal& refusal) {
  return "refused " + std::to_string(refusal.status) + ": " + refusal.why + "\n";
}

std::string text_of_fields(Head& head) {
  std::string text;
  mark_hop_by_hop(head);
  for (const Field& field : head) {
    text += shown(head.text(field.name)) + ": " + shown(head.text(field.value)) +
            (field.skip ? "  (not passed on)" : "") + "\n";
  }
  return text;
}

std::string text_of_framing(const Framing& framing) {
  static constexpr const char* kinds[] = {"no body", "body of ", "chunked", "body until close"};
  std::string text = kinds[static_cast<int>(framing.kind)];
  if (framing.kind == BodyKind::length) text += std::to_string(framing.length);
  if (framing.expect_continue) text += ", expects 100";
  return text + (framing.keep_alive ? ", keep-alive\n" : ", close\n");
}

std::string text_of_rest(const Case& which, size_t used) {
  const size_t rest = which.bytes.size() - used;
  return rest ? std::to_string(rest) + " bytes follow\n" : "";
}

std::string version(const Head& head) { return head.minor ? " HTTP/1.1" : " HTTP/1.0"; }

std::string text_of(const Case& which, RequestHead& head) {
  static constexpr const char* forms[] = {"", " absolute", " authority", " asterisk"};
  Framing framing;
  Refusal refusal;
  if (!frame_request(head, framing, refusal)) return text_of_refusal(refusal);
  return std::string(head.text(head.method)) + " " + std::string(head.request_target()) +
         version(head) + " to " + std::string(head.text(head.host)) +
         forms[static_cast<int>(head.form)] + "\n" + text_of_fields(head) +
         text_of_framing(framing) + text_of_rest(which, head.size);
}

std::string text_of(const Case& which, ResponseHead& head) {
  Framing framing;
  Refusal refusal;
  const auto to = which.with.find("to");
  const std::string method = to == which.with.end() ? "GET" : to->second;
  const Method asked = method == "HEAD"      ? Method::head
                       : method == "CONNECT" ? Method::connect
                                             : Method::get;
  if (!frame_response(head, asked, framing, refusal)) return text_of_refusal(refusal);
  return std::to_string(head.status) + " " + shown(head.text(head.reason)) + version(head) + "\n" +
         text_of_fields(head) + text_of_framing(framing) + text_of_rest(which, head.size);
}

// The same array for each call, spoilt between calls: the parser may keep nothing in it.
template <typename Parser, typename HeadType>
std::string play_head(const Case& which, const Scan& scan, const Cuts& cuts, Guarded& memory) {
  std::array<Field, 300> fields;
  Parser parser(scan);
  Limits limits;
  limits.head_bytes = number(which, "head_bytes", limits.head_bytes);
  limits.request_line = number(which, "request_line", limits.request_line);
  limits.fields = number(which, "fields", limits.fields);
  for (const size_t cut : cuts) {
    HeadType head;
    fields.fill({});
    head.fields = fields.data();
    head.field_capacity = number(which, "capacity", fields.size());
    const Parse parse =
        parser.parse(memory.hold(std::string_view(which.bytes).substr(0, cut)), head, limits);
    if (parse == Parse::complete) return text_of(which, head);
    if (parse == Parse::refused) return text_of_refusal(parser.refusal());
  }
  return "incomplete\n";
}

std::string play_trailers(const Case& which, size_t start, const Scan& scan, const Cuts& cuts,
                          Guarded& memory) {
  std::array<Field, 32> fields;
  TrailerParser parser(scan);
  ChunkedLimits limits;
  limits.trailer_bytes = number(which, "trailer_bytes", limits.trailer_bytes);
  limits.trailer_fields = number(which, "trailer_fields", limits.trailer_fields);
  const std::string_view bytes = std::string_view(which.bytes).substr(start);
  for (const size_t cut : cuts) {
    Head head;
    head.fields = fields.data();
    head.field_capacity = fields.size();
    if (cut <= start) continue;
    const Parse parse = parser.parse(memory.hold(bytes.substr(0, cut - start)), head, limits);
    if (parse == Parse::refused) return text_of_refusal(parser.refusal());
    if (parse == Parse::incomplete) continue;
    return text_of_fields(head) + "end\n" + text_of_rest(which, start + head.size);
  }
  return "incomplete\n";
}

class BodyPlayer {
 public:
  explicit BodyPlayer(const Case& which) : which_(which), decoder_(trailers(), limits()) {}

  std::string play(const Scan& scan, const Cuts& cuts, Guarded& memory) {
    for (const size_t cut : cuts) {
      while (used_ < cut) {
        const auto bytes = memory.hold(std::string_view(which_.bytes).substr(used_, cut - used_));
        const auto step = decoder_.feed(bytes);
        used_ += step.consumed;
        data_ += step.data;
        if (step.state == ChunkedDecoder::State::data) continue;
        if (step.state != ChunkedDecoder::State::more) return end(step.state, scan, cuts, memory);
        ZEST_ASSERT(used_ == cut);
      }
    }
    return data() + "incomplete\n";
  }

 private:
  Trailers trailers() const {
    return which_.with.contains("keep") ? Trailers::keep : Trailers::drop;
  }

  ChunkedLimits limits() const {
    ChunkedLimits limits;
    limits.line_bytes = number(which_, "line_bytes", limits.line_bytes);
    limits.excess_bytes = number(which_, "excess_bytes", limits.excess_bytes);
    limits.trailer_bytes = number(which_, "trailer_bytes", limits.trailer_bytes);
    limits.trailer_fields = number(which_, "trailer_fields", limits.trailer_fields);
    return limits;
  }

  std::string data() const {
    if (data_.size() > 100) return std::to_string(data_.size()) + " bytes of data\n";
    return data_.empty() ? "" : "data " + shown(data_) + "\n";
  }

  std::string end(ChunkedDecoder::State state, const Scan& scan, const Cuts& cuts,
                  Guarded& memory) {
    if (state == ChunkedDecoder::State::refused)
      return data() + text_of_refusal(decoder_.refusal());
    if (state == ChunkedDecoder::State::done) return data() + "end\n" + text_of_rest(which_, used_);
    return data() + play_trailers(which_, used_, scan, cuts, memory);
  }

  const Case& which_;
  ChunkedDecoder decoder_;
  size_t used_ = 0;
  std::string data_;
};

}  // namespace

std::string play(const Case& which, const Scan& scan, const Cuts& cuts, Guarded& memory) {
  if (which.kind == "request") {
    return play_head<RequestParser, RequestHead>(which, scan, cuts, memory);
  }
  if (which.kind == "response") {
    return play_head<ResponseParser, ResponseHead>(which, scan, cuts, memory);
  }
  if (which.kind == "trailers") return play_trailers(which, 0, scan, cuts, memory);
  ZEST_ASSERT(which.kind == "chunked");
  return BodyPlayer(which).play(scan, cuts, memory);
}

}  // namespace zest::test
