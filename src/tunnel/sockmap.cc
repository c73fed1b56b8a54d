#include "tunnel/sockmap.h"

#include "tunnel/self_test.h"

namespace zest::tunnel {

std::unique_ptr<Sockmap> Sockmap::create() {
  std::unique_ptr<Sockmap> made = create_untested();
  if (!made->usable()) return made;
  if (const Result<void> passed = self_test(*made); !passed)
    made->disable(passed.error().message.c_str());
  return made;
}

std::unique_ptr<Sockmap> Sockmap::create_untested() {
  auto made = std::make_unique<Sockmap>();
  auto hand_over = bpf::HandOver::create();
  if (hand_over) {
    made->hand_over_ = std::move(*hand_over);
    made->usable_ = true;
  } else {
    made->disable(hand_over.error().message.c_str());
  }
  return made;
}

Text<256> Sockmap::note() const {
  const std::lock_guard lock(mutex_);
  return note_;
}

// The first reason is the one to be known.
void Sockmap::disable(const char* why) {
  {
    const std::lock_guard lock(mutex_);
    usable_ = false;
    if (!note_.empty()) return;
    note_.append("%s", why);
  }
  if (told_) told_(why);
}

}  // namespace zest::tunnel
