// What one configuration has made, for all workers. A reload makes another; who has begun with one
// ends with it.
#pragma once

#include <memory>
#include <vector>

#include "net/unix_path.h"
#include "proxy/client_limits.h"
#include "proxy/config.h"
#include "proxy/field_names.h"
#include "proxy/listen_sockets.h"
#include "proxy/router.h"
#include "tls/server_context.h"
#include "upstream/group.h"

namespace zest::proxy {

// What an address keeps through reloads.
struct Place {
  explicit Place(uint32_t number) : index(number) {}

  const uint32_t index;
  Quota connections;
  ClientQuotas clients;
  ListenSockets sockets;
  net::UnixPath path;  // goes with the last who listens there
  std::shared_ptr<tls::TicketKeys> ticket_keys;
};

// All that there have been: an address that comes back finds its own again. Of one written several
// times (port 0) each has its own.
class Places {
 public:
  std::shared_ptr<Place> find(const sys::Address& bind, bool datagrams, size_t nth);

 private:
  struct Entry {
    sys::Address bind;
    bool datagrams;
    std::shared_ptr<Place> place;
  };
  std::vector<Entry> entries_;
};

// What all workers share of a listener.
struct SharedListener {
  const ListenerConfig& config;
  std::shared_ptr<Place> place;
  bool kept = false;                              // its sockets are those of the setup before
  std::shared_ptr<const tls::ServerContext> tls;  // null: bytes as they are
};

struct Setup {
  // Groups that are as they were are taken over, with their connections.
  Setup(Config wanted, Places& places, const Setup* previous);

  // Reads the files that TLS needs: a reload reads all of them again. Before workers have it.
  Result<void> prepare_tls(const Clock& clock, int64_t now_s);
  const SharedListener* with_id(uint64_t listener_id) const;  // or null
  size_t index_of(const SharedListener& listener) const {
    return static_cast<size_t>(&listener - listeners.data());
  }

  const Config config;
  const Router router;
  std::vector<std::shared_ptr<upstream::Group>> groups;
  std::vector<SharedListener> listeners;
  Withheld withheld;                     // of any listener: no client says them itself
  std::vector<std::string> warnings;     // of certificates that expire soon
  std::vector<std::string> file_errors;  // what is wrong with the files that TLS needs
  std::vector<std::string> tls_notes;    // where records are sealed and opened, and why

 private:
  Result<void> prepare_tls(upstream::Group& group, int64_t now_s);
  Result<void> prepare_tls(SharedListener& listener, const Clock& clock, int64_t now_s);
  void withhold(const CertificateFields& names);
  void warn(const std::vector<std::string>& more);
  void note(const tls::Context& context);
};

bool listens(const Setup* setup, const Place& place);

}  // namespace zest::proxy
