// What a program around the proxy, its host, is asked and says: for a request of a route with a
// hook, what becomes of it; for a connection of a protocol that it speaks, to take it.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/names.h"
#include "proxy/config.h"
#include "proxy/scratch.h"

namespace zest::proxy {

// The bytes of an answer: a copy, or the host's own, which he is told when they are not needed any
// more, by any thread.
class HookBody {
 public:
  using Release = void (*)(void* context);

  HookBody() = default;
  HookBody(HookBody&& other) noexcept { *this = std::move(other); }
  HookBody& operator=(HookBody&& other) noexcept;
  ~HookBody();

  [[nodiscard]] bool copy(std::string_view bytes);  // false: out of memory
  void borrow(std::string_view bytes, Release release, void* context);
  void forget() { release_ = nullptr; }  // those borrowed are the host's, who is not told
  std::string_view view() const { return bytes_; }

 private:
  std::string_view bytes_;
  Scratch copy_;
  Release release_ = nullptr;
  void* context_ = nullptr;
};

// What a host changes in one head: names that go, lines that come.
struct HookEdit {
  std::vector<std::string> gone;    // by these names nothing passes, nor by what reads as they do
  std::vector<std::string> beside;  // these pass, and so do lines of ours
  std::vector<std::string> gone_in_trailers;
  Scratch lines;        // checked, in their order
  bool hosted = false;  // they have a Host
  bool dated = false;   // they have a Date
};

struct HookChanges {
  HookEdit request;
  HookEdit answer;  // the origin's, not one of our own
};

struct HookDecision {
  enum class What : uint8_t { none, pass, answer };
  What what = What::none;
  size_t upstream = no_upstream;         // pass: to this group
  std::unique_ptr<HookChanges> changes;  // pass: may be null
  uint16_t status = 0;                   // answer
  bool dated = false;                    // it has a Date
  Scratch fields;                        // the lines of a head, checked
  HookBody body;
};

struct HookField {
  std::string_view name;
  std::string_view value;
};

// Where a body ends, and what becomes of the connection, is the proxy's to say.
bool is_framing(http::Name name);
// For errors: which of the host's fields, and its name as far as it can be shown.
struct FieldPlace {
  const char* list;  // as the host's struct calls it
  size_t index;
};
using FieldWords = Text<96>;
FieldWords words_of(FieldPlace place, std::string_view name);

// Its line, if it may stand in a head.
Result<void> put_line(const HookField& field, FieldPlace place, Scratch& into);

// Checks what the answer's head would be: nothing in it can end it, or say where its body does. Of
// a failure the body is as it was.
Result<HookDecision> answer_of(uint16_t status, std::span<const HookField> fields, HookBody& body);

}  // namespace zest::proxy
