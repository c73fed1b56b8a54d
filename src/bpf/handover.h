/* Shared by the BPF program and the user-space side.
 *
 * A flow is one direction of a tunnel. In user mode what arrives is passed to the socket's reader
 * as ever; in kernel mode the program sends it on to the other socket. The program alone switches,
 * at a packet's edge, so that both know of each byte whose it is: to kernel, when user space wants
 * it and has sent on all that was passed to it; to user, when more would be on its way than the
 * cap. User space then sends on what it is passed once all that was redirected has gone out. */
#pragma once

#define ZEST_FLOWS_MAX 16384
#define ZEST_DOORBELLS_MAX 64
/* One flow rings at most once until it was heard: room for all that one bell can have. */
#define ZEST_DOORBELL_BYTES (ZEST_FLOWS_MAX * 16)
#define ZEST_LARGE_PACKET 8192
#define ZEST_PACKET_OVERHEAD \
  256 /* of a packet in a send buffer: a share of what stands around it */

enum { ZEST_FLOW_USER = 0, ZEST_FLOW_KERNEL = 1 };

struct zest_flow {
  /* The program's. */
  unsigned long long passed;     /* bytes, to user space */
  unsigned long long redirected; /* bytes, to the other socket */
  unsigned int mode;
  unsigned int burst;    /* packets redirected since all were written */
  unsigned int switches; /* of mode */
  unsigned int told;     /* the bell was rung; user space clears it when it has heard */
  unsigned int bulk;     /* bytes redirected in large packets, one after the other */
  unsigned int long_run; /* bulk has exceeded its most; user space clears it when it has heard */
  unsigned int next_seq; /* of TCP, behind what was judged */
  unsigned int begun;    /* next_seq is known */
  /* Of what is passed these bytes, at this place, were there before: the kernel queues a segment
   * that was sent again whole although its head had arrived. User space leaves them out and clears
   * the size. */
  unsigned int again_size;
  unsigned long long again_at;
  unsigned int broken; /* a second time before that: nothing more comes */
  unsigned int spare;

  /* User space's. */
  unsigned long long consumed; /* of what was passed: sent on */
  unsigned long long base; /* the other socket's bytes_acked, had all before this flow arrived */
  unsigned long long cap;  /* bytes on their way */
  unsigned int burst_max;  /* packets: bytes alone say little of the memory they take */
  unsigned int bulk_max;   /* a long transfer is user space's */
  unsigned int want;       /* kernel mode; the program clears it when it leaves that */
  unsigned int asleep;     /* user space does not look at the socket: ring when it should */
  unsigned int doorbell;
  unsigned int unused;
  /* User space's own notes. */
  unsigned long long received; /* of the socket, ever, when this flow began */
  unsigned long long ordered;  /* all that was redirected up to here has gone out */
};
