#include "proxy/setup.h"

#include <algorithm>

#include "proxy/forwarded.h"

namespace zest::proxy {
namespace {

// Three generations of it are valid: a ticket lives for at most a day and a half.
constexpr int64_t ticket_key_period_ns = int64_t{12} * 3600 * ns_per_s;

std::unexpected<Error> fail_at(const char* kind, std::string_view name, const Error& error) {
  return fail(error.status, "%s %.*s: %s", kind, static_cast<int>(name.size()), name.data(),
              error.message.c_str());
}

// One that speaks TLS reads its files again, which may have changed.
std::shared_ptr<upstream::Group> find(const Setup* previous, const upstream::GroupConfig& wanted) {
  if (!previous || wanted.tls) return nullptr;
  for (const auto& group : previous->groups)
    if (group->config() == wanted) return group;
  return nullptr;
}

// A file's are read again; random ones go on, so that tickets outlive a reload.
Result<std::shared_ptr<tls::TicketKeys>> ticket_keys(const tls::ServerConfig& config, Place& place,
                                                     const Clock& clock) {
  if (!config.ticket_keys.empty()) return tls::TicketKeys::from_file(config.ticket_keys, clock);
  if (place.ticket_keys) return place.ticket_keys;
  auto made = tls::TicketKeys::make(clock, ticket_key_period_ns);
  if (made) place.ticket_keys = *made;
  return made;
}

}  // namespace

bool listens(const Setup* setup, const Place& place) {
  return setup && std::ranges::any_of(setup->listeners, [&](const SharedListener& listener) {
           return listener.place.get() == &place;
         });
}

std::shared_ptr<Place> Places::find(const sys::Address& bind, bool datagrams, size_t nth) {
  for (const Entry& entry : entries_)
    if (entry.bind == bind && entry.datagrams == datagrams && nth-- == 0) return entry.place;
  const auto index = static_cast<uint32_t>(entries_.size());
  return entries_.emplace_back(bind, datagrams, std::make_shared<Place>(index)).place;
}

Setup::Setup(Config wanted, Places& places, const Setup* previous)
    : config(std::move(wanted)), router(config.routes) {
  for (const upstream::GroupConfig& group : config.upstreams) {
    auto same = find(previous, group);
    groups.push_back(same ? std::move(same) : std::make_shared<upstream::Group>(group));
  }
  for (const http::Name name : told_of_clients) withheld.all.add(http::text_of(name));
  withhold({});
  for (const ListenerConfig& listener : config.listeners) {
    withhold(listener.certificate_fields);
    const bool datagrams = listener.mode == Mode::udp;
    const auto nth = std::ranges::count_if(listeners, [&](const SharedListener& other) {
      return other.config.bind == listener.bind && (other.config.mode == Mode::udp) == datagrams;
    });
    auto place = places.find(listener.bind, datagrams, static_cast<size_t>(nth));
    const bool kept = listens(previous, *place);
    listeners.push_back(
        {.config = listener, .place = std::move(place), .kept = kept, .tls = nullptr});
  }
}

void Setup::withhold(const CertificateFields& names) {
  for (const std::string* name : {&names.subject, &names.fingerprint, &names.verified}) {
    withheld.certificate.add(*name);
    withheld.all.add(*name);
  }
}

// The first failure is told when all have been looked at.
Result<void> Setup::prepare_tls(const Clock& clock, int64_t now_s) {
  Result<void> done;
  for (const auto& group : groups)
    if (auto prepared = prepare_tls(*group, now_s); !prepared && done)
      done = fail_at("upstream", group->config().name, prepared.error());
  for (SharedListener& listener : listeners)
    if (auto prepared = prepare_tls(listener, clock, now_s); !prepared && done)
      done = fail_at("listener", listener.config.bind.format().view(), prepared.error());
  return done;
}

Result<void> Setup::prepare_tls(upstream::Group& group, int64_t now_s) {
  const bool ready = group.tls() != nullptr;
  if (!ready)
    if (auto prepared = group.prepare(now_s, &file_errors); !prepared) return prepared;
  if (!group.tls()) return {};
  if (!ready) warn(group.tls()->warnings());
  note(*group.tls());
  return {};
}

Result<void> Setup::prepare_tls(SharedListener& listener, const Clock& clock, int64_t now_s) {
  if (!listener.config.tls) return {};
  tls::ServerConfig wanted = *listener.config.tls;
  if (listener.config.mode == Mode::http) wanted.preferences.alpn = {"http/1.1"};
  auto keys = ticket_keys(wanted, *listener.place, clock);
  if (!keys) file_errors.emplace_back(keys.error().message.view());
  auto context = tls::ServerContext::create(wanted, keys.value_or(nullptr), now_s, &file_errors);
  if (!context) return fail(context.error());
  if (!keys) return fail(keys.error());
  warn((*context)->warnings());
  note(**context);
  listener.tls = std::move(*context);
  return {};
}

void Setup::note(const tls::Context& context) {
  const std::string& words = context.kernel_words();
  if (std::ranges::find(tls_notes, words) == tls_notes.end()) tls_notes.push_back(words);
}

const SharedListener* Setup::with_id(uint64_t listener_id) const {
  for (const SharedListener& listener : listeners)
    if (listener.config.id >= 0 && static_cast<uint64_t>(listener.config.id) == listener_id)
      return &listener;
  return nullptr;
}

void Setup::warn(const std::vector<std::string>& more) {
  for (const std::string& warning : more)
    if (std::ranges::find(warnings, warning) == warnings.end()) warnings.push_back(warning);
}

}  // namespace zest::proxy
