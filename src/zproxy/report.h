// What zproxy says of itself when it begins and when it ends.
#pragma once

#include <string>
#include <vector>

#include "config/settings.h"
#include "proxy/proxy.h"
#include "zproxy/log.h"

namespace zest::zproxy {

void say_report(Log& log, const config::Settings& settings, const proxy::Report& report,
                const sys::Address* admin);
void say_warnings(Log& log, const config::Settings& settings);  // of the file itself
void say_invitation(Log& log, const proxy::Report& report);     // "open http://..."
void say_receipt(Log& log, const proxy::Receipt& receipt);

std::vector<std::string> listener_names(const proxy::Report& report);

}  // namespace zest::zproxy
