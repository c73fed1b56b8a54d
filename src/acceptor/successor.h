// Does somebody else listen on the same address, and does what waits on a closing socket go there?
#pragma once

#include "acceptor/source.h"

namespace zest::acceptor {

// True if the kernel moves everything that has begun on this socket to the others of its group when
// it closes: there are others than ours, and migration is on (net.ipv4.tcp_migrate_req), or this
// turned it on for the group (eBPF, where that is allowed). Then nothing needs to be held off.
bool hands_on_at_close(const ListeningSocket& socket);

}  // namespace zest::acceptor
