// The command line, and the settings that it asks for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"

namespace zest::zproxy {

struct Command {
  std::string file;
  std::vector<std::string> listen;
  std::vector<std::string> to;
  std::optional<std::string> admin;
  std::optional<std::string> access_log;
  std::optional<uint32_t> workers;
  bool test = false;
  bool version = false;
  bool demo = false;
  bool self_signed = false;
};

// A command, or the status to end with: help was asked for (0), or it makes no sense (2); what is
// to be said has been said. CLI11 stays in command.cc.
struct Parsed {
  std::optional<Command> command;
  int status = 0;
};
Parsed parse_command(int argc, char** argv);

// From the file, or without one from the flags; flags win. Nothing, and `complaint` says all that
// is wrong, also with the files of TLS that are named, with its newlines, if they can't be used.
std::optional<config::Settings> settings_of(const Command& command, std::string& complaint);

}  // namespace zest::zproxy
