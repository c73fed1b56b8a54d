"""User memory of idle tunnels: each is used once and then stays."""

from compare.http.idle import memory
from compare.process import Broken
from compare.table import number, show
from compare.tunnel.scenarios import IDLE_BYTES, IDLE_TUNNELS
from compare.tunnel.servers import Relay, Talk

NAME = "idle"


def measure(options, peer, count):
    with Talk(options, work="hold", tunnels=count) as talk, Relay(options, peer, talk) as relay:
        talk.begin(relay)
        few = talk.line()["units"]
        relay.check_alive()
        before = memory(relay.pids)
        talk.go_on()
        held = talk.line()["units"] - few
        after = memory(relay.pids)
        talk.go_on()
        still = talk.line()
        relay.check_alive()
    return {"base_mib": before["Pss"] / 2**20, "bytes": (after["Pss"] - before["Pss"]) / count,
            "rss_bytes": (after["Rss"] - before["Rss"]) / count, "held": held,
            "failed": still["faults"]}


def run(options, peers, goals):
    count = min(IDLE_TUNNELS, options.idle_connections)
    rows, found = [], {}
    for peer in peers:
        options.progress(f"tunnel: idle, {peer.name}")
        try:
            found[peer.name] = of = measure(options, peer, count)
        except Broken as why:
            goals.broken(f"tunnel_idle: {peer.name}", why)
            continue
        rows.append([peer.name, number(of["base_mib"], 1), number(of["bytes"], 0),
                     number(of["rss_bytes"], 0), of["held"], of["failed"]])
        if peer.name.startswith("zproxy"):
            goals.judge(f"tunnel_idle: {peer.name}, bytes per tunnel", of["bytes"], IDLE_BYTES)
    show(f"{count} idle tunnels, each used once: memory of all processes",
         ["relay", "before MiB", "PSS each", "RSS each", "held", "failed"], rows)
    return found
