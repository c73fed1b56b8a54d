// Which way a tunnel's bytes go, and when that changes.
#include <algorithm>

#include "tunnel/thresholds.h"
#include "tunnel/tunnel.h"

namespace zest::tunnel {

void Tunnel::choose(EngineChoice choice) {
  choice_ = choice;
  if (stage_ != Stage::open) return;
  for (size_t way = 0; way < ways_.size(); ++way) {
    if (choice != EngineChoice::splice && idle_splice(way)) back_to_copy(way);
    if (has_flows() && choice == EngineChoice::sockmap) offer(way);
    if (has_flows() && choice != EngineChoice::sockmap) recall(way);
  }
  steer();
  settle_soon();
}

// Where the kernel's map can't be had, for nobody any more, it is as if it had not been named.
EngineChoice Tunnel::wanted() const {
  const bool in_vain = choice_ == EngineChoice::sockmap && !engines_.has_sockmap();
  return in_vain ? EngineChoice::automatic : choice_;
}

// Between two pieces: turns to where it should be going. In the kernel's map it is for good, and
// its long transfers are copied.
void Tunnel::steer() {
  if (stage_ != Stage::open || joint_ != Joint::apart) return;
  const EngineChoice wanted = this->wanted();
  const bool talk = wanted == EngineChoice::automatic && small_ == small_run;
  if (talk || wanted == EngineChoice::sockmap) return begin_joining();
  for (size_t way = 0; way < ways_.size(); ++way) {
    const bool bulk = wanted == EngineChoice::automatic && ways_[way].bulk == bulk_run;
    if (bulk || wanted == EngineChoice::splice) turn_to_splice(way);
  }
}

// So much was sent from our memory.
void Tunnel::note_passed(size_t way, size_t passed) {
  Way& of = ways_[way];
  const bool large = passed >= bulk_piece;
  of.bulk = large ? static_cast<uint32_t>(std::min<size_t>(of.bulk + passed, bulk_run)) : 0;
  const bool small = passed <= small_message;
  small_ = small ? static_cast<uint8_t>(std::min(small_ + 1u, small_run)) : 0;
  if (has_flows()) note_consumed(way, passed);
}

}  // namespace zest::tunnel
