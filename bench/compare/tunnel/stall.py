"""What a reader costs that has stopped, while its sender says all that is taken from it."""

import pathlib
import re
import subprocess
import time

from compare.http.idle import memory
from compare.process import Broken
from compare.table import number, show
from compare.tunnel.scenarios import STALL_MOST, STALLED_BYTES
from compare.tunnel.servers import Relay, Talk

NAME = "stall"


def machine_memory():
    """Bytes that are in use, of the whole machine."""
    fields = dict(re.findall(r"^(\w+): +(\d+) kB", pathlib.Path("/proc/meminfo").read_text(), re.M))
    return 1024 * (int(fields["MemTotal"]) - int(fields["MemAvailable"]))


def socket_memory(relay, talk):
    """Bytes that the relay's own two sockets hold: received, waiting to be sent, and backlog."""
    ours = f"sport = :{relay.port} or dport = :{talk.origin}"
    told = subprocess.run(["ss", "-Htnm", ours], capture_output=True, text=True, check=True,
                          timeout=10).stdout
    return sum(int(size) for found in re.findall(r"skmem:\(([^)]*)\)", told)
               for size in re.findall(r"\b(?:r|w|bl)(\d+)", found))


def measure(options, peer):
    with Talk(options, work="stall", tunnels=1, most=STALL_MOST) as talk, Relay(
            options, peer, talk) as relay:
        time.sleep(0.2)
        relay.check_alive()
        user, used = memory(relay.pids), machine_memory()
        talk.begin(relay)
        said = talk.line()
        found = {"said": said["units"], "user": memory(relay.pids)["Pss"] - user["Pss"],
                 "sockets": socket_memory(relay, talk), "used": machine_memory() - used}
        relay.check_alive()
    return found


def run(options, peers, goals):
    rows, found = [], {}
    for peer in peers:
        options.progress(f"tunnel: stall, {peer.name}")
        try:
            found[peer.name] = of = measure(options, peer)
        except Broken as why:
            goals.broken(f"tunnel_stall: {peer.name}", why)
            continue
        rows.append([peer.name, *(number(of[name] / 2**20, 1)
                                  for name in ("said", "user", "sockets", "used"))])
        if peer.name.startswith("zproxy"):
            goals.judge(f"tunnel_stall: {peer.name}, bytes of its own and of its sockets",
                        of["user"] + of["sockets"], STALLED_BYTES)
    show(f"one reader that has stopped, MiB (a sender is stopped at {STALL_MOST >> 20})",
         ["relay", "taken from the sender", "user memory", "its sockets", "whole machine"], rows)
    return found
