// What texts may hold. Each answers nullptr, or why the text won't do.
#pragma once

#include <string>
#include <string_view>

namespace zest::config {

const char* path_objection(std::string_view text);         // of a file
const char* file_objection(std::string_view text);         // the same, where "off" is a file, too
const char* prefix_objection(std::string_view text);       // of a route
const char* host_objection(std::string_view text);         // as in a Host field
const char* pattern_objection(std::string_view text);      // "example.org", "*.example.org", ""
const char* server_name_objection(std::string_view text);  // a name or an IP address
const char* cipher_objection(std::string_view text);
const char* field_objection(std::string_view text);  // a name of our own, or ""
const char* via_objection(std::string_view text);
const char* name_objection(std::string_view text);  // of an upstream

std::string lower_case(std::string_view text);

}  // namespace zest::config
