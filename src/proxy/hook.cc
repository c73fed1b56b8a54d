#include "proxy/hook.h"

#include <utility>

#include "http/serialize.h"

namespace zest::proxy {
namespace {

constexpr size_t fields_size_max = 65'536;
constexpr size_t name_shown_max = 48;
constexpr size_t line_overhead = 4;          // ": " and CRLF
constexpr size_t body_size_max = INT32_MAX;  // of one send

using http::Name;

bool has_no_body(uint16_t status) { return status == 204 || status == 205 || status == 304; }

Result<void> write_field(const HookField& field, size_t index, HookDecision& into) {
  const FieldPlace place{.list = "fields", .index = index};
  const Name name = http::name_of(field.name);
  if (is_framing(name))
    return fail(Status::invalid_argument, "%s is the proxy's own",
                words_of(place, field.name).c_str());
  into.dated = into.dated || name == Name::date;
  return put_line(field, place, into.fields);
}

}  // namespace

bool is_framing(Name name) {
  switch (name) {
    case Name::connection:
    case Name::content_length:
    case Name::keep_alive:
    case Name::proxy_connection:
    case Name::te:
    case Name::trailer:
    case Name::transfer_encoding:
    case Name::upgrade: return true;
    default: return false;
  }
}

FieldWords words_of(FieldPlace place, std::string_view name) {
  FieldWords words;
  words.append("%s[%zu]", place.list, place.index);
  if (name.empty()) return words;
  words.append(" \"");
  for (const char c : name.substr(0, name_shown_max))
    words.append("%c", c > ' ' && c < '\x7f' && c != '"' ? c : '?');
  words.append("%s", name.size() > name_shown_max ? "...\"" : "\"");
  return words;
}

Result<void> put_line(const HookField& field, FieldPlace place, Scratch& into) {
  if (field.name.size() + field.value.size() + line_overhead + into.size() > fields_size_max)
    return fail(Status::invalid_argument, "fields of more than %zu bytes", fields_size_max);
  if (!into.reserve(field.name.size() + field.value.size() + line_overhead))
    return fail(Status::out_of_memory, "out of memory for %s", words_of(place, field.name).c_str());
  http::Writer writer(into.data() + into.size(), into.capacity() - into.size());
  writer.field(field.name, field.value);
  if (!writer.ok())
    return fail(Status::invalid_argument, "%s may not stand in a head",
                words_of(place, field.name).c_str());
  into.set_size(into.size() + writer.size());
  return {};
}

HookBody& HookBody::operator=(HookBody&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  std::swap(copy_, other.copy_);
  std::swap(release_, other.release_);
  std::swap(context_, other.context_);
  return *this;
}

HookBody::~HookBody() {
  if (release_) release_(context_);
}

bool HookBody::copy(std::string_view bytes) {
  if (!copy_.append(bytes)) return false;
  bytes_ = copy_.view();
  return true;
}

void HookBody::borrow(std::string_view bytes, Release release, void* context) {
  bytes_ = bytes;
  release_ = release;
  context_ = context;
}

Result<HookDecision> answer_of(uint16_t status, std::span<const HookField> fields, HookBody& body) {
  if (status < 200 || status > 599)
    return fail(Status::invalid_argument, "%u is no status of an answer", status);
  if (has_no_body(status) && !body.view().empty())
    return fail(Status::invalid_argument, "an answer with status %u has no body", status);
  if (body.view().size() > body_size_max)
    return fail(Status::invalid_argument, "a body of more than %zu bytes", body_size_max);
  HookDecision decision;
  decision.what = HookDecision::What::answer;
  decision.status = status;
  for (size_t i = 0; i < fields.size(); ++i)
    if (auto written = write_field(fields[i], i, decision); !written) return fail(written.error());
  decision.body = std::move(body);
  return decision;
}

}  // namespace zest::proxy
