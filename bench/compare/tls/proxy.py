"""bench/run tls: zproxy beside nginx and HAProxy, through TLS, to the same plain origin.

As bench/run proxy in all else: compare/http/proxy.py.
"""

from copy import copy
from dataclasses import replace

from compare.http import idle, proxy, report, servers
from compare.process import Broken
from compare.table import median, number, show
from compare.tls.front import Tls, kernel_tls
from compare.tls.scenarios import IDLE_AIM, IDLE_SHARE, SCENARIOS

SMALL = tuple(s.name for s in SCENARIOS if s.name != "tls_1m")
PEERS = tuple(replace(p, without=SMALL) if p.buffering == "off" else p
              for p in servers.PEERS if p.template)


def handshake_table(scenarios, samples):
    """Whether what was asked for is what was done."""
    rows = []
    for scenario in scenarios:
        for name, of in samples[scenario.name].items():
            if of and "close" in scenario.load:
                rows.append([scenario.name, name, of[-1]["tls"], sum(s["handshakes"] for s in of),
                             f"{resumed_share(of):.1%}", number(median(of, "client_us"))])
    if rows:
        show("handshakes", ["scenario", "server", "protocol", "handshakes", "resumed", "client us"],
             rows)


def resumed_share(of):
    return sum(s["resumed"] for s in of) / max(sum(s["handshakes"] for s in of), 1)


def judge_resumed(goals, scenario, samples):
    wanted = "resume" in scenario.load["transport"]
    for name, of in samples.items():
        if "close" in scenario.load and of and (wanted and resumed_share(of) < 0.99
                                                or not wanted and resumed_share(of) > 0):
            goals.broken(f"{scenario.name}: {name}", f"{resumed_share(of):.1%} were resumed")


def judge_idle(goals, found):
    nginx = found.get(report.YARDSTICK)
    for name in report.OURS:
        if name in found and nginx:
            goals.judge(f"tls_idle: {name} / nginx, bytes per connection",
                        found[name]["bytes"] / nginx["bytes"], IDLE_SHARE,
                        aim=round(IDLE_AIM / nginx["bytes"], 3))


def say_kernel(before, after):
    (known, opened), (_, opened_since) = before, after
    if not known:
        print("\nkTLS: not in this kernel; every record is sealed and opened in user space")
    else:
        print(f"\nkTLS: in this kernel, and taken by {opened_since - opened} directions meanwhile")


def run(options, goals):
    peers = [p for p in PEERS if options.wants_proxy(p)]
    if not peers:
        return {}
    before, options = kernel_tls(), copy(options)  # the front is ours alone
    try:
        with Tls() as options.front:
            found = run_rows(options, peers, goals)
    except Broken as why:
        goals.broken("tls", why)
        return {}
    say_kernel(before, kernel_tls())
    return found | {"kernel_tls": before[0]}


def run_rows(options, peers, goals):
    scenarios = [s for s in SCENARIOS if options.wants_row(s.name)]
    samples = proxy.run_scenarios(options, scenarios, peers, goals)
    for scenario in scenarios:
        report.scenario_table(scenario, samples[scenario.name])
        report.judge(goals, scenario, samples[scenario.name])
        judge_resumed(goals, scenario, samples[scenario.name])
    handshake_table(scenarios, samples)
    report.summary(scenarios, peers, samples, 4)
    found = {"scenarios": samples}
    if options.wants_row("tls_idle"):
        idlers = [p for p in peers if p.buffering == "on"]
        found["idle"] = idle.run(options, idlers, goals, {"transport": "1.3"})
        judge_idle(goals, found["idle"])
    return found
