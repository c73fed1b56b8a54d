"""bench/run proxy: zproxy beside nginx, HAProxy and relays that parse nothing.

Server on CPU 0, client and origin on CPU 1. All servers in turn within a scenario, the scenarios in
turn within a round; ratios are taken within a round, as the machine's speed drifts. A measurement
that other processes disturbed is taken again, as long as that makes the run no longer than by a third.
"""

from compare.accept import one_round
from compare.http import idle, report, servers
from compare.http.scenarios import IDLE_BYTES, SCENARIOS
from compare.machine import Bystanders
from compare.process import Broken

WARM_SHARE = 0.15
OTHERS_MOST = 0.08  # of the machine


def faults(result):
    return {kind: count for kind, count in result["faults"].items() if count}


def check_bytes(options, scenario, port):
    """A short run in which every byte is compared; it warms the server up as well."""
    result = servers.load(options, port, seconds=max(options.seconds / 10, 0.05), check=True,
                          **scenario.load)
    if faults(result):
        raise Broken(f"{scenario.name}: wrong answers: {faults(result)}")


def measure(options, scenario, peer):
    """One server, once: a dictionary of figures."""
    with servers.Origin(options) as origin, servers.Proxy(
            options, peer, origin.port, "close" in scenario.load) as proxy:
        check_bytes(options, scenario, proxy.port)
        result = servers.load(
            options, proxy.port, seconds=options.seconds, warm=options.seconds * WARM_SHARE,
            watch=",".join(map(str, proxy.pids)), beside=origin.process.pid, **scenario.load)
        proxy.check_alive()
    answers, seconds = max(result["answers"], 1), result["seconds"]
    return {
        "cpu_us": result["server_cpu"] * 1e6 / answers,
        "per_second": result["answers"] / seconds,
        "p50_us": result["p50_us"], "p99_us": result["p99_us"], "p999_us": result["p999_us"],
        "server_load": result["server_cpu"] / seconds,
        "client_load": (result["client_cpu"] + result["origin_cpu"]) / seconds,
        "client_us": result["client_cpu"] * 1e6 / answers,
        "reopened": result["reopened"], "failed": sum(faults(result).values()),
        "faults": faults(result),
        **{name: result[name] for name in ("tls", "handshakes", "resumed") if name in result},
    }


class Calm:
    """Measures again what others disturbed, while the budget for that lasts."""

    def __init__(self, options, repeats):
        self._options, self._repeats = options, repeats

    def measure(self, scenario, peer):
        best = self._once(scenario, peer)
        while best["others"] > OTHERS_MOST and self._repeats > 0:
            self._repeats -= 1
            again = self._once(scenario, peer)
            if again["others"] < best["others"]:
                best = again
        return best

    def _once(self, scenario, peer):
        bystanders = Bystanders()
        found = measure(self._options, scenario, peer)
        return found | {"others": bystanders.share()}


def run_scenarios(options, scenarios, peers, goals):
    """{scenario: {peer: [figures of each round]}}"""
    samples = {s.name: {p.name: [] for p in peers if s.name not in p.without} for s in scenarios}
    calm = Calm(options, options.rounds * sum(map(len, samples.values())) // 3)
    for number in range(options.rounds):
        for scenario in scenarios:
            options.progress(f"{options.front.title}: round {number + 1} of {options.rounds}, {scenario.name}")
            one_round(peers, number % len(peers),
                      lambda peer, scenario=scenario: calm.measure(scenario, peer),
                      samples[scenario.name], goals)
    return samples


def judge_idle(goals, found):
    for name in report.OURS:
        if name in found:
            goals.judge(f"idle: {name}, bytes per connection", found[name]["bytes"], IDLE_BYTES)


def run(options, goals):
    peers = [p for p in servers.PEERS if options.wants_proxy(p)]
    absent = [p.name for p in servers.PEERS if not p.path(options.binaries)]
    if absent:
        print(f"not here, so left out: {', '.join(absent)}")
    if not peers:
        return {}
    scenarios = [s for s in SCENARIOS if options.wants_row(s.name)]
    samples = run_scenarios(options, scenarios, peers, goals)
    for scenario in scenarios:
        report.scenario_table(scenario, samples[scenario.name])
        report.judge(goals, scenario, samples[scenario.name])
    report.summary(scenarios, peers, samples, 3)
    found = {"scenarios": samples}
    if options.wants_row("idle"):
        found["idle"] = idle.run(options, peers, goals, {})
        judge_idle(goals, found["idle"])
    return found
