/* Shared by the BPF program and the user-space side. */
#pragma once

#define ZEST_STEERED_MAX 1024

struct zest_load {
  unsigned int open;    /* user space: what it has open, or waiting in its queue */
  unsigned int begun;   /* BPF: connections sent its way */
  unsigned int settled; /* user space: of these, accepted (or given up) */
  unsigned int padding;
};
