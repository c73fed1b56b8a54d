"""User memory of idle keep-alive connections: each is used once and then stays."""

import json
import pathlib
import re
import select
import subprocess

from compare.http import servers
from compare.process import Broken
from compare.table import number, show

HOLD_SECONDS = 60


def memory(pids):
    """Bytes: Pss, the proportional set size (of shared pages a process has its share), and Rss."""
    total = {"Pss": 0, "Rss": 0}
    for pid in pids:
        text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        for kind in total:
            total[kind] += int(re.search(rf"^{kind}: +(\d+) kB", text, re.M)[1]) * 1024
    return total


def hold_line(process):
    """The next line of the client that holds the connections."""
    ready, _, _ = select.select([process.stdout], [], [], HOLD_SECONDS)
    line = process.stdout.readline() if ready else b""
    if not line:
        raise Broken("idle: the client does not answer")
    return json.loads(line)


def measure(options, peer, count, words):
    with servers.Origin(options) as origin, servers.Proxy(
            options, peer, origin.port, False) as proxy:
        servers.load(options, proxy.port, seconds=0.05, connections=8, **words)
        before = memory(proxy.pids)
        command = servers.load_command(options, proxy.port, {"connections": count, "hold": True, **words})
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
            try:
                done = hold_line(client)
                after = memory(proxy.pids)
                client.stdin.close()
                still = hold_line(client)["open"]
            finally:
                client.kill()
        proxy.check_alive()
    return {"base_mib": before["Pss"] / 2**20, "bytes": (after["Pss"] - before["Pss"]) / count,
            "rss_bytes": (after["Rss"] - before["Rss"]) / count, "open": still,
            "failed": sum(done["faults"].values())}


def run(options, peers, goals, words):
    count = options.idle_connections
    rows, found = [], {}
    for peer in peers:
        options.progress(f"{options.front.title}: idle, {peer.name}")
        try:
            found[peer.name] = of = measure(options, peer, count, words)
        except Broken as why:
            goals.broken(f"idle: {peer.name}", why)
            continue
        rows.append([peer.name, number(of["base_mib"], 1), number(of["bytes"], 0),
                     number(of["rss_bytes"], 0), of["open"], of["failed"]])
    show(f"{count} idle keep-alive connections, each used once: memory of all processes",
         ["server", "before MiB", "PSS each", "RSS each", "still open", "failed"], rows)
    return found
