/* zest.h: the acceptor library, libzest.so.1: all of its headers.
 *
 *   zest/base.h      status, errors, addresses, version
 *   zest/acceptor.h  listen on many addresses and cores, take connected sockets
 *
 * The library needs libc alone. It installs no signal handler, starts no thread before the first
 * zest_listen, blocks all signals in its own threads, holds no state outside its handles, and can
 * be opened with dlopen, closed, and opened again. Nothing throws or unwinds across a call. */
#ifndef ZEST_H
#define ZEST_H

#include <zest/acceptor.h>
#include <zest/base.h>

#endif
