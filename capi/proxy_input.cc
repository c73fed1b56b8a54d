#include "capi/proxy_input.h"

#include "capi/sized.h"
#include "capi/utf8.h"
#include "config/load.h"

namespace zest::capi {
namespace {

constexpr size_t text_size_max = 1 << 20;  // as of a file
constexpr size_t first_size = offsetof(zest_proxy_config, hooks);

struct Source {
  std::string name;
  std::string text;
};

Result<Source> source_of(const zest_proxy_config& config) {
  if (!config.path)
    return Source{.name = config.name ? config.name : "config",
                  .text = std::string(config.text, config.text_size)};
  auto text = config::read_file(config.path);
  if (!text) return fail(text.error());
  return Source{.name = config.path, .text = std::move(*text)};
}

}  // namespace

Result<zest_proxy_config> read_config(const zest_proxy_config* config) {
  if (!config) return fail(Status::null_argument, "config must not be NULL");
  auto read = read_sized(config, first_size, "zest_proxy_config");
  if (!read) return read;
  if (auto ok = check_reserved(read->reserved, "zest_proxy_config.reserved"); !ok)
    return fail(ok.error());
  if (!read->text == !read->path)
    return fail(Status::invalid_argument, "zest_proxy_config has to have either text or path");
  if (read->text_size > text_size_max)
    return fail(Status::invalid_argument, "a configuration of %zu bytes, at most %zu",
                read->text_size, text_size_max);
  return read;
}

Result<proxy::Config> load_config(const zest_proxy_config& config, std::string& said) {
  auto source = source_of(config);
  if (!source) return fail(source.error());
  config::Loaded loaded = config::load(source->text);
  if (loaded.problems.empty()) return std::move(loaded.settings.proxy);
  said = config::format(source->name, loaded.problems);
  const std::string first = said.substr(0, said.find('\n'));
  return fail(Status::invalid_argument, "%s", first.c_str());
}

void say(const std::string& said, zest_proxy_text* into) {
  if (!into) return;
  into->needed = said.size() + 1;
  if (!into->bytes || into->size == 0) return;
  const size_t fits = std::min(said.size(), into->size - 1);
  memcpy(into->bytes, said.data(), fits);
  make_utf8(into->bytes, fits);
  into->bytes[fits] = 0;
}

std::string lines_of(const std::vector<std::string>& warnings) {
  std::string lines;
  for (const std::string& warning : warnings) lines += warning + '\n';
  return lines;
}

}  // namespace zest::capi
