// An origin that does what a test tells it: one script per connection, in a thread of its own.
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "proxy/wire.h"
#include "support/sockets.h"

namespace zest::test {

class Origin;

// One connection, as its script sees it.
class Visit : public Wire {
 public:
  Visit(Origin& origin, Fd fd, int number);
  // The next request, which is also noted; not whole if it ends before.
  Message request();
  const int number;  // of the connection, from 1
  bool stopping() const;

 private:
  Origin& origin_;
};

class Origin {
 public:
  using Script = std::function<void(Visit&)>;
  explicit Origin(Script script);
  ~Origin();

  const sys::Address& address() const { return listening_.address; }
  int connections() const { return connections_; }
  std::vector<Message> requests() const;
  Message request(size_t index = 0) const;  // an empty one if there were fewer

 private:
  friend class Visit;
  struct Served {
    std::atomic<bool> done{false};
    std::jthread thread;
  };

  void accept();
  void serve(Served& served, Fd fd, int number);

  const Script script_;
  Listening listening_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> connections_{0};
  mutable std::mutex mutex_;
  std::vector<Message> requests_;
  std::list<Served> served_;
  std::jthread accepts_;
};

// Scripts: the same bytes to every request; the bytes, and then the end.
Origin::Script answering(std::string bytes);
Origin::Script answering_once(std::string bytes);

// Messages.
std::string ok(std::string_view body, std::string_view fields = {});
std::string ok_chunked(std::string_view body, size_t chunk = 1000);
std::string chunked(std::string_view body, size_t chunk = 1000);
std::string get(std::string_view target = "/", std::string_view fields = {});
std::string post(std::string_view body, std::string_view fields = {});
std::string post_chunked(std::string_view body, size_t chunk = 1000);

}  // namespace zest::test
