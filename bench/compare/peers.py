"""The accept servers that are compared, and where each of them appears."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Peer:
    name: str
    program: str
    arguments: tuple = ()
    unpinned: bool = True  # also measured with both CPUs for everybody

    def command(self, binaries, port, work):
        return [str(binaries / self.program), "--port", str(port), "--work", work, *self.arguments]


def two(*more):
    return ("--threads", "2", *more)


def variant(words):
    return ("--variant", words)


BARE = Peer("bare_uring", "bare_uring")
BARE_2 = Peer("bare_uring x2", "bare_uring", two())
TOKIO = Peer("tokio", "tokio_accept")
TOKIO_2 = Peer("tokio x2", "tokio_accept", two())
SHARD = Peer("zest_shard", "zest_shard")
SHARD_2 = Peer("zest_shard x2", "zest_shard", two())
QUEUE = Peer("zest_queue", "zest_queue")
QUEUE_EVENT = Peer("zest_queue event", "zest_queue", variant("event"))
SHARD_EPOLL = Peer("zest_shard epoll", "zest_shard", variant("epoll"), unpinned=False)
QUEUE_2 = Peer("zest_queue x2", "zest_queue", two())

PEERS = [
    BARE,
    BARE_2,
    Peer("bare_blocking", "bare_epoll", variant("blocking"), unpinned=False),
    Peer("bare_epoll", "bare_epoll", unpinned=False),
    Peer("naive_handoff", "naive_handoff"),
    Peer("best_handoff", "best_handoff"),
    Peer("best_handoff batch", "best_handoff", variant("batch")),
    SHARD,
    SHARD_2,
    SHARD_EPOLL,
    QUEUE,
    QUEUE_EVENT,
    QUEUE_2,
    TOKIO,
    TOKIO_2,
    Peer("tokio spawn", "tokio_accept", variant("spawn")),
]
