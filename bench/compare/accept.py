"""CPU time per connection and connections per second: all servers in turn, again and again.

pinned    server on CPU 0, one client on CPU 1, which then is the limit: read the CPU time
unpinned  no pinning and two clients, so that both CPUs are full: read connections per second too
Ratios are taken within a round and their median over the rounds, as the machine's speed drifts.
"""

import time

from compare.peers import PEERS
from compare.process import Broken, Churn, Server, failed, fresh_port

FORMS = {"pinned": {"server": 0, "clients": [1]}, "unpinned": {"server": None, "clients": [None] * 2}}


def churn(options, form, port, work, seconds):
    clients = [Churn(options.binaries, port, work, seconds, cpu) for cpu in form["clients"]]
    return [client.result() for client in clients]


def measure(options, form, peer, work):
    """One server, once: a dictionary of figures."""
    port = fresh_port()
    with Server(peer.command(options.binaries, port, work), form["server"]) as server:
        churn(options, form, port, work, options.seconds / 10)
        before = server.cpu_seconds()
        results = churn(options, form, port, work, options.seconds)
        time.sleep(0.01)  # the last closes
        server.check_alive()
        cpu = server.cpu_seconds() - before
    served = max(sum(r["served"] for r in results), 1)
    return {
        "cpu_us": cpu * 1e6 / served,
        "both_us": (cpu + sum(r["client_cpu"] for r in results)) * 1e6 / served,
        "per_second": sum(r["per_second"] for r in results),
        "client_load": sum(r["client_cpu"] / r["seconds"] for r in results) / len(results),
        "failed": sum(failed(r) for r in results),
    }


def one_round(peers, start, measured, samples, goals):
    """Everybody's turn, from the start-th on: nobody is always first. Who breaks is left out."""
    for peer in peers[start:] + peers[:start]:
        if peer.name not in samples:
            continue
        try:
            samples[peer.name].append(measured(peer))
        except Broken as why:
            goals.broken(peer.name, why)
            del samples[peer.name]


def run(options, form_name, goals):
    """{work: {peer name: [figures of each round]}}"""
    form = FORMS[form_name]
    peers = [p for p in PEERS if options.wants(p) and (p.unpinned or form_name == "pinned")]
    samples = {work: {p.name: [] for p in peers} for work in options.works}
    for round_number in range(options.rounds):
        for work in options.works:
            one_round(peers, round_number % len(peers),
                      lambda peer, work=work: measure(options, form, peer, work), samples[work],
                      goals)
        options.progress(f"{form_name}: round {round_number + 1} of {options.rounds}")
    return samples
