#include "http/framing.h"

#include "http/chars.h"
#include "http/connection.h"
#include "http/first_line.h"
#include "http/list.h"

namespace zest::http {
namespace {

constexpr uint16_t bad_request = 400;
constexpr uint16_t expectation_failed = 417;
constexpr uint16_t not_implemented = 501;
constexpr uint16_t bad_gateway = 502;

constexpr uint64_t bit_of(Name name) { return 1ULL << static_cast<int>(name); }

// Without any of them a request has no body.
constexpr uint64_t body_fields =
    bit_of(Name::content_length) | bit_of(Name::transfer_encoding) | bit_of(Name::expect);

class Framer {
 public:
  Framer(const Head& head, Framing& framing, Refusal& refusal)
      : head_(head), framing_(framing), refusal_(refusal) {}

  bool host(const RequestHead& head);
  [[gnu::noinline]] bool body(const RequestHead& head);
  bool length();
  bool coding();
  bool expectation();
  bool connection() {
    framing_.keep_alive = head_.minor >= 1;
    return !head_.has(Name::connection) || read_connection();
  }
  bool read_connection();
  [[gnu::noinline]] bool refuse(uint16_t status, Name where, const char* why);

 private:
  const char* read_codings(uint16_t& status) const;

  const Head& head_;
  Framing& framing_;
  Refusal& refusal_;
};

bool Framer::refuse(uint16_t status, Name where, const char* why) {
  const Field* field = head_.find(where);
  refusal_ = {.status = status, .offset = field ? field->name.offset : 0, .why = why};
  return false;
}

// RFC 9112, 3.2. An empty value is what a client sends that knows no name.
bool Framer::host(const RequestHead& head) {
  if (!head.has(Name::host)) {
    return head.minor == 0 || refuse(bad_request, Name::host, "no Host");
  }
  if (head.has_several(Name::host)) return refuse(bad_request, Name::host, "several Host fields");
  const std::string_view value =
      head.authority.empty() ? head.text(head.host) : head.value(Name::host);
  return value.empty() || is_authority(value) ||
         refuse(bad_request, Name::host, "not a valid Host");
}

// Digits alone, once, below 2^63. A list, even of equal numbers, is refused.
bool Framer::length() {
  constexpr uint64_t length_max = INT64_MAX;
  if (!head_.has(Name::content_length)) return true;
  if (head_.has_several(Name::content_length)) {
    return refuse(bad_request, Name::content_length, "several Content-Length fields");
  }
  const std::string_view text = head_.value(Name::content_length);
  if (text.empty()) return refuse(bad_request, Name::content_length, "an empty Content-Length");
  uint64_t number = 0;
  for (const char c : text) {
    if (!is_in(c, digit_char)) {
      return refuse(bad_request, Name::content_length, "a Content-Length that is no number");
    }
    const auto digit = static_cast<uint64_t>(c - '0');
    if (number > (length_max - digit) / 10) {
      return refuse(bad_request, Name::content_length, "too large a Content-Length");
    }
    number = number * 10 + digit;
  }
  framing_.kind = BodyKind::length;
  framing_.length = number;
  return true;
}

// Nothing but exactly one "chunked" is understood, and that is what is said of another coding; of
// what could hide the end of the body, that it is wrong.
const char* Framer::read_codings(uint16_t& status) const {
  bool chunked = false, other = false;
  for (const Field& field : head_) {
    if (field.id != Name::transfer_encoding) continue;
    List list(head_.text(field.value));
    for (std::string_view element; list.next(element);) {
      if (!is_token(element)) return "a malformed Transfer-Encoding";
      if (chunked) return "chunked is not the last coding, or not the only one";
      (same_text(element, "chunked") ? chunked : other) = true;
    }
  }
  if (!other) return nullptr;
  status = not_implemented;
  return "a transfer coding other than chunked";
}

bool Framer::coding() {
  if (!head_.has(Name::transfer_encoding)) return true;
  constexpr Name where = Name::transfer_encoding;
  if (head_.minor == 0) return refuse(bad_request, where, "Transfer-Encoding in HTTP/1.0");
  if (head_.has(Name::content_length)) {
    return refuse(bad_request, where, "Transfer-Encoding beside Content-Length");
  }
  uint16_t status = bad_request;
  if (const char* why = read_codings(status)) return refuse(status, where, why);
  framing_.kind = BodyKind::chunked;
  return true;
}

// RFC 9110, 10.1.1: of HTTP/1.0 no expectation is to be met.
bool Framer::expectation() {
  if (!head_.has(Name::expect)) return true;
  if (head_.has_several(Name::expect) || !same_text(head_.value(Name::expect), "100-continue")) {
    return refuse(expectation_failed, Name::expect, "an unknown expectation");
  }
  framing_.expect_continue = head_.minor >= 1 && framing_.has_body();
  return true;
}

bool Framer::read_connection() {
  const ConnectionOptions options = connection_options(head_);
  if (options.malformed) return refuse(bad_request, Name::connection, "a malformed Connection");
  framing_.keep_alive = !options.close && (head_.minor >= 1 || options.keep_alive);
  return true;
}

bool Framer::body(const RequestHead& head) {
  if (!length() || !coding() || !expectation()) return false;
  const bool bodiless = head.method_id == Method::connect || head.method_id == Method::trace;
  return !bodiless || !framing_.has_body() ||
         refuse(bad_request, Name::content_length, "a body where the method has none");
}

bool frame_any_response(const ResponseHead& head, Method request_method, Framer& framer,
                        Framing& framing) {
  if (!framer.connection() || !framer.length() || !framer.coding()) return false;
  const bool tunnel =
      head.status == 101 || (request_method == Method::connect && head.status / 100 == 2);
  if (request_method == Method::head || head.status / 100 == 1 || head.status == 204 ||
      head.status == 304 || tunnel) {
    framing.kind = BodyKind::none;
    framing.length = 0;
  } else if (framing.kind == BodyKind::none) {
    framing.kind = BodyKind::until_close;
    framing.keep_alive = false;
  }
  return true;
}

// HTTP/1.1, one Host of letters, digits, '-' and '.', nothing about a body.
bool is_usual(const RequestHead& head) {
  constexpr uint64_t telling = body_fields | bit_of(Name::host);
  return head.minor == 1 && (head.present & telling) == bit_of(Name::host) &&
         !head.has_several(Name::host) && head.authority.empty() &&
         is_plain_name(head.text(head.host));
}

[[gnu::noinline]] bool frame_connection(const RequestHead& head, Framing& framing,
                                        Refusal& refusal) {
  return Framer(head, framing, refusal).read_connection();
}

[[gnu::noinline]] bool frame_any_request(const RequestHead& head, Framing& framing,
                                         Refusal& refusal) {
  Framer framer(head, framing, refusal);
  if (!framer.host(head) || !framer.connection()) return false;
  return !(head.present & body_fields) || framer.body(head);
}

}  // namespace

bool frame_request(const RequestHead& head, Framing& framing, Refusal& refusal) {
  framing = {};
  if (!is_usual(head)) return frame_any_request(head, framing, refusal);
  framing.keep_alive = true;
  return !head.has(Name::connection) || frame_connection(head, framing, refusal);
}

bool frame_response(const ResponseHead& head, Method request_method, Framing& framing,
                    Refusal& refusal) {
  framing = {};
  Framer framer(head, framing, refusal);
  if (frame_any_response(head, request_method, framer, framing)) return true;
  refusal.status = bad_gateway;
  return false;
}

}  // namespace zest::http
