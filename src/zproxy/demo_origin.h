// A small HTTP/1.1 origin inside the process, for --demo: something to see behind the proxy. One
// thread, a few hundred connections, nothing that anybody should rely on.
#pragma once

#include <thread>

#include "base/fd.h"
#include "base/result.h"
#include "sys/address.h"
#include "sys/notifier.h"

namespace zest::zproxy {

class DemoOrigin {
 public:
  // On a port of the loopback that the kernel picks.
  static Result<DemoOrigin> start();
  DemoOrigin(DemoOrigin&&) = default;
  DemoOrigin& operator=(DemoOrigin&&) = delete;
  ~DemoOrigin();

  const sys::Address& address() const { return address_; }

 private:
  DemoOrigin(Fd listening, sys::Notifier stop, const sys::Address& address)
      : listening_(std::move(listening)), stop_(std::move(stop)), address_(address) {}

  Fd listening_;
  sys::Notifier stop_;
  sys::Address address_;
  std::thread thread_;
};

}  // namespace zest::zproxy
