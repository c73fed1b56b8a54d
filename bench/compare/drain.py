"""What is lost when a listener closes under churn.

one of two   two processes share the port (ZEST_LISTENER_JOIN); one ends, the other serves on.
             Every failure counts.
whole        the only process ends. Whoever is refused after that is not lost.
rolling      a second process joins, then the first ends: an upgrade. Every failure counts.
Each with net.ipv4.tcp_migrate_req 0 and 1, in a fresh network namespace. The bare loop, which ends
without draining, stands beside it to show that losses would be seen.
"""

import itertools
import pathlib
import time

from compare import namespace
from compare.process import Broken, Churn, Server, failed, fresh_port, lost
from compare.table import show

CASES = ("one of two", "whole", "rolling")
SERVERS = ("zest_queue", "zest_shard", "bare_uring")
OPEN = 256  # more than the server takes at once, so that some always wait in the kernel


def end(server):
    """SIGTERM; the receipt where the server gives one."""
    server.terminate()
    answer = server.line(timeout=20)
    return answer if "complete" in answer else None


def cycle(binaries, program, case, threads):
    """One listener's end. (the client's result, the receipt, connections lost)"""
    port = fresh_port()
    command = [str(binaries / program), "--port", str(port), "--work", "byte", "--join",
               "--threads", str(threads)]
    others = []
    with Server(command) as server:
        try:
            if case == "one of two":
                others.append(Server(command))
            client = Churn(binaries, port, "byte", 1.0, open=OPEN, timeout=6,
                           **({"retire": True} if case == "whole" else {}))
            time.sleep(0.3)
            if case == "rolling":
                others.append(Server(command))
            receipt = end(server)
            result = client.result()
        finally:
            for other in others:
                other.kill()
    return result, receipt, lost(result) if case == "whole" else failed(result)


def main(binaries, program, case, threads, migrate, cycles):
    """Inside the namespace: the sums over all cycles."""
    namespace.set_up(tcp_migrate_req=migrate)
    before = namespace.listen_counters()
    sums = {"served": 0, "lost": 0, "reset": 0, "timeout": 0, "refused": 0, "left_in_kernel": 0,
            "incomplete": 0, "shutdown_ms_max": 0.0, "slowest_ms": 0.0, "broken": ""}
    for _ in range(cycles):
        try:
            result, receipt, count = cycle(pathlib.Path(binaries), program, case, threads)
        except Broken as why:
            sums["broken"] = str(why)
            break
        sums["served"] += result["served"]
        sums["lost"] += count
        sums["reset"] += result["reset"] + result["closed_early"]
        sums["timeout"] += result["timeout_established"] + result["timeout_connecting"]
        sums["refused"] += result["refused"]
        sums["slowest_ms"] = max(sums["slowest_ms"], result["most_us"] / 1000)
        if receipt:
            sums["left_in_kernel"] += receipt["left_in_kernel"]
            sums["incomplete"] += 1 - receipt["complete"]
            sums["shutdown_ms_max"] = max(sums["shutdown_ms_max"], receipt["ms"])
    after = namespace.listen_counters()
    return sums | {name: after[name] - before[name] for name in after}


def judge(goals, what, sums):
    if sums["broken"]:
        return goals.broken(what, sums["broken"])
    bad = sums["lost"] + sums["ListenDrops"] + sums["ListenOverflows"] + sums["incomplete"]
    return goals.judge(f"{what}: lost, dropped, receipts incomplete", bad, 0)


def run(options, goals):
    rows, results = [], []
    servers = [program for program in SERVERS if options.has(program)]
    for program, case, migrate in itertools.product(servers, CASES, (0, 1)):
        cycles = max(1, options.cycles // 5) if program == "bare_uring" else options.cycles
        sums = namespace.call_inside("drain", binaries=str(options.binaries), cycles=cycles,
                                     program=program, case=case, threads=2, migrate=migrate)
        results.append({"server": program, "case": case, "migrate": migrate, "cycles": cycles}
                       | sums)
        rows.append([f"{program}, {case}", migrate, cycles, sums["served"], sums["lost"],
                     sums["reset"], sums["timeout"], sums["refused"], sums["ListenOverflows"],
                     sums["ListenDrops"], sums["left_in_kernel"],
                     f"{sums['shutdown_ms_max']:.0f}", f"{sums['slowest_ms']:.0f}"])
        if program != "bare_uring":
            judge(goals, f"{program}, {case}, tcp_migrate_req {migrate}", sums)
        options.progress(f"drain: {program}, {case}, tcp_migrate_req {migrate}")
    show("a listener closes under churn (bare_uring: without draining, to compare)",
         ["server, case", "migrate", "cycles", "served", "lost", "reset", "timeout", "refused",
          "overflows", "drops", "in kernel", "drain ms", "slowest ms"], rows)
    return results
