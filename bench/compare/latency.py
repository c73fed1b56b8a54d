"""Latency from the intended start of a connect to the first byte, at half the bare loop's rate.

Starts follow a random schedule that waits for nobody, so a server that stalls pays for every
connection that should have begun meanwhile. Server on CPU 0; the client never sleeps, on CPU 1.
"""

import statistics
import time

from compare.accept import FORMS, measure, one_round
from compare.peers import BARE, PEERS
from compare.process import Churn, Server, failed, fresh_port


def half_load(options):
    rates = [measure(options, FORMS["pinned"], BARE, "byte")["per_second"] for _ in range(3)]
    return round(statistics.median(rates) / 2)


def measure_at(options, peer, rate):
    port = fresh_port()
    with Server(peer.command(options.binaries, port, "byte"), 0) as server:
        def client(seconds):
            return Churn(options.binaries, port, "byte", seconds, 1, rate=rate, open=2048).result()
        client(options.seconds / 10)
        before = server.cpu_seconds()
        result = client(options.seconds)
        time.sleep(0.01)
        server.check_alive()
        cpu = server.cpu_seconds() - before
    figures = {name: result[name] for name in ("p50_us", "p99_us", "p999_us", "per_second")}
    return figures | {"cpu_us": cpu * 1e6 / max(result["served"], 1), "failed": failed(result)}


def run(options, goals):
    """(rate, {peer name: [figures of each round]})"""
    rate = half_load(options)
    peers = [p for p in PEERS if options.wants(p)]
    samples = {p.name: [] for p in peers}
    for round_number in range(options.rounds):
        one_round(peers, round_number % len(peers), lambda peer: measure_at(options, peer, rate),
                  samples, goals)
        options.progress(f"latency: round {round_number + 1} of {options.rounds}")
    return rate, samples
