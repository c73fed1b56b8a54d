"""What tunnels are asked to carry, and what issue 5 asks of zproxy."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """zproxy's figure as a share of the better peer's, in the same round."""
    server: str
    field: str
    must: float
    aim: float | None = None
    at_most: bool = True


@dataclass(frozen=True)
class Scenario:
    name: str
    title: str
    unit: str        # what a figure is per
    unit_size: int   # of what the client counts
    talk: dict       # options of the client
    goals: tuple = ()


def ping(tunnels, goals, size=64):
    name = f"ping{tunnels}" + ("" if size == 64 else f"_{size}")
    return Scenario(name, f"{size} bytes to and fro, {tunnels} tunnels", "round trip", 1,
                    {"work": "ping", "tunnels": tunnels, "size": size}, goals)


def put(kib):
    return Scenario(f"put_{kib}k", f"{kib} KiB up, a small answer, and again; 4 tunnels", "MiB",
                    1 << 20, {"work": "put", "tunnels": 4, "size": kib << 10})


def bulk(name, tunnels, goals):
    return Scenario(name, f"as fast as it goes, one way, tunnels: {tunnels}", "MiB", 1 << 20,
                    {"work": "bulk", "tunnels": tunnels}, goals)


TALK_GOALS = (Goal("zproxy copy", "cpu_us", 0.95, 0.90), Goal("zproxy auto", "cpu_us", 0.95, 0.90),
              Goal("zproxy sockmap", "machine_us", 0.88))
BULK_GOALS = tuple(goal for server in ("zproxy splice", "zproxy auto") for goal in (
    Goal(server, "cpu_us", 0.55, 0.50), Goal(server, "per_second", 1.4, at_most=False)))

SCENARIOS = (ping(32, TALK_GOALS), ping(256, TALK_GOALS), bulk("bulk", 4, BULK_GOALS),
             bulk("bulk1", 1, tuple(goal for goal in BULK_GOALS if goal.field == "cpu_us")))
# Where one way becomes cheaper than another: src/tunnel/thresholds.h. Only when asked for.
SIZES = (*(ping(32, (), size) for size in (1024, 4096, 16384)),
         *(put(size) for size in (16, 64, 256, 1024, 4096)))
IDLE_TUNNELS = 4000
IDLE_BYTES = 500           # of user memory per idle tunnel, at most
STALL_MOST = 512 << 20     # where a sender that nothing stops is stopped
STALLED_BYTES = 4 << 20    # of memory for a reader that has stopped, at most
