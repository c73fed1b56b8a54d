"""Calls of malloc, free and their like per connection in steady state, by a preloaded counter."""

from compare.process import Broken, Churn, Server, failed, fresh_port
from compare.table import show

HOSTS = [("zest_shard", ()), ("zest_shard", ("--variant", "epoll")), ("zest_queue", ()),
         ("zest_queue", ("--variant", "event")), ("zest_queue", ("--variant", "epoll"))]


def count(options, program, arguments):
    """(connections, calls, failures) between two snapshots, after a warm-up."""
    port = fresh_port()
    command = [str(options.binaries / program), "--port", str(port), "--work", "byte", *arguments]

    def client(connections):
        return Churn(options.binaries, port, "byte", 60, count=connections).result()
    with Server(command, preload=options.binaries / "alloc_count.so") as server:
        client(options.connections // 4)
        before = server.snapshot()
        result = client(options.connections)
        after = server.snapshot()
    return (after["accepted"] - before["accepted"], after["allocations"] - before["allocations"],
            failed(result))


def run(options, goals):
    rows, results = [], []
    for program, arguments in HOSTS:
        if not options.has(program):
            continue
        name = " ".join([program, *arguments[1:]])
        try:
            connections, calls, failures = count(options, program, arguments)
        except Broken as why:
            goals.broken(f"allocs: {name}", why)
            continue
        rows.append([name, connections, calls, f"{calls / max(connections, 1):.4f}", failures])
        results.append({"host": name, "connections": connections, "calls": calls})
        goals.judge(f"{name}: allocation calls in steady state", calls, 0)
    show("memory calls per accepted connection, warm",
         ["host", "connections", "calls", "per connection", "failed"], rows)
    return results
