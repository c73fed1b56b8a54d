// zproxy at work: from settings to the receipt.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "config/settings.h"
#include "zproxy/signals.h"

namespace zest::zproxy {

enum class Invite : uint8_t { nobody, browser };  // say what to open

// The settings as they are now, or nothing, and what is wrong with them.
using Reread = std::function<std::optional<config::Settings>(std::string& complaint)>;

// Serves until a signal ends it. 0: it began and ended in order. SIGHUP: the settings are read
// again; if they are no good, or can't be had, the old ones stay in force.
int serve(config::Settings settings, const Signals& signals, const Reread& reread,
          Invite invite = Invite::nobody);

}  // namespace zest::zproxy
