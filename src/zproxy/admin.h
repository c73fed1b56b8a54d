// The admin address: one thread, a few clients at once, a deadline for each.
#pragma once

#include <thread>

#include "base/fd.h"
#include "base/result.h"
#include "sys/address.h"
#include "sys/notifier.h"
#include "zproxy/admin_exchange.h"

namespace zest::zproxy {

class Admin {
 public:
  static Result<Admin> bind(const sys::Address& address);
  Admin(Admin&&) = default;
  Admin& operator=(Admin&&) = delete;
  ~Admin();

  const sys::Address& address() const { return address_; }  // with the real port
  void start(Pages pages);

 private:
  Admin(Fd listening, sys::Notifier stop, const sys::Address& address)
      : listening_(std::move(listening)), stop_(std::move(stop)), address_(address) {}

  Fd listening_;
  sys::Notifier stop_;
  sys::Address address_;
  std::thread thread_;
};

}  // namespace zest::zproxy
