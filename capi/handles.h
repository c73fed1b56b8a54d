// What is behind the opaque handles of zest/acceptor.h.
#pragma once

#include <zest/acceptor.h>

#include <memory>

#include "acceptor/service.h"

struct zest_service {
  std::unique_ptr<zest::acceptor::Service> engine;
};

struct zest_report {
  zest::acceptor::Report engine;
};
