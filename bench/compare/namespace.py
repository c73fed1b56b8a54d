"""A network namespace of its own for what changes sysctls and reads drop counters."""

import json
import pathlib
import subprocess
import sys

from compare.process import ours

BENCH = pathlib.Path(__file__).resolve().parent.parent


def call_inside(module, **arguments):
    """Run module.main(**arguments) in a fresh namespace; what it returns, by way of JSON."""
    code = (f"import sys, json; sys.path.insert(0, {str(BENCH)!r});"
            f"from compare import {module};"
            f"print(json.dumps({module}.main(**json.loads(sys.argv[1]))))")
    command = ours(["unshare", "--net", sys.executable, "-c", code, json.dumps(arguments)])
    done = subprocess.run(command, stdout=subprocess.PIPE, timeout=1800, check=True)
    return json.loads(done.stdout)


def set_up(**sysctls):
    """Inside: bring lo up, set net.ipv4 sysctls."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for name, value in sysctls.items():
        pathlib.Path(f"/proc/sys/net/ipv4/{name}").write_text(f"{value}\n")


def listen_counters():
    """TcpExt ListenOverflows and ListenDrops of this namespace."""
    lines = pathlib.Path("/proc/net/netstat").read_text().splitlines()
    names, values = (line.split() for line in lines if line.startswith("TcpExt:"))
    of = dict(zip(names, values))
    return {name: int(of[name]) for name in ("ListenOverflows", "ListenDrops")}
