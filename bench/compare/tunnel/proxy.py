"""bench/run tunnel: zproxy with each of its engines beside nginx's stream, HAProxy's mode tcp, and
the kernel's socket map without a hand-over.

Relay on CPU 0, both far ends on CPU 1. All in turn within a scenario, the scenarios in turn within
a round. Ratios are to the better of nginx and HAProxy, by the median of all rounds, within a round.
"""

from compare.http import proxy as rounds
from compare.process import Broken
from compare.table import median, number, quartile_distance, ratio, ratios, show
from compare.tunnel import idle, stall
from compare.tunnel.scenarios import SCENARIOS, SIZES
from compare.tunnel.servers import OTHERS, PEERS, Relay, Talk

FIELDS = {"cpu_us": "CPU", "machine_us": "CPU of the machine", "per_second": "rate"}


def check_bytes(options, scenario, peer):
    """A short run in which every byte is compared."""
    result = one_run(options, scenario, peer, max(options.seconds / 10, 0.05), check=True)
    if result["faults"]:
        raise Broken(f"{scenario.name}: wrong bytes")


def one_run(options, scenario, peer, seconds, **more):
    with Talk(options, seconds=seconds, **scenario.talk, **more) as talk, Relay(
            options, peer, talk) as relay:
        talk.begin(relay)
        result = talk.line()
        relay.check_alive()
    return result


def measure(options, scenario, peer):
    check_bytes(options, scenario, peer)
    result = one_run(options, scenario, peer, options.seconds, warm=options.seconds * 0.3)
    units = max(result["units"] / scenario.unit_size, 1e-9)
    return {
        "cpu_us": result["server_cpu"] * 1e6 / units,
        "machine_us": result["machine_cpu"] * 1e6 / units,
        "per_second": units / result["seconds"],
        "server_load": result["server_cpu"] / result["seconds"],
        "client_load": result["client_cpu"] / result["seconds"],
        "p50_us": result["p50_us"], "p99_us": result["p99_us"], "failed": result["faults"],
    }


def better_of_others(samples, field, lower=True):
    """The rounds of whichever has the better median."""
    found = [samples[name] for name in OTHERS if samples.get(name)]
    pick = min if lower else max
    return pick(found, key=lambda of: median(of, field)) if found else None


def against(samples, of, field):
    return ratio(of, better_of_others(samples, field, field != "per_second"), field)


def noise(samples, of, field):
    others = better_of_others(samples, field)
    return quartile_distance(ratios(of, others, field)) if others else None


def scenario_table(scenario, samples):
    rows = []
    for name, of in samples.items():
        if not of:
            continue
        rows.append([
            name, number(median(of, "cpu_us")), number(against(samples, of, "cpu_us"), 3),
            number(noise(samples, of, "cpu_us"), 3), number(median(of, "machine_us")),
            number(against(samples, of, "machine_us"), 3), number(median(of, "per_second"), 0),
            number(against(samples, of, "per_second"), 3), number(median(of, "server_load")),
            number(median(of, "client_load")), number(median(of, "p50_us"), 0),
            number(median(of, "p99_us"), 0), f"{median(of, 'others'):.0%}",
            sum(s["failed"] for s in of)])
    show(f"{scenario.name}: {scenario.title}; per {scenario.unit}",
         ["relay", "CPU us", "x better", "+-", "machine us", "x better", "per s", "x better",
          "CPU 0", "client", "p50 us", "p99 us", "others", "failed"], rows)


def judge(goals, scenario, samples):
    for goal in scenario.goals:
        of = samples.get(goal.server)
        if of:
            goals.judge(f"{scenario.name}: {goal.server} / better peer, {FIELDS[goal.field]}",
                        against(samples, of, goal.field), goal.must, goal.at_most, goal.aim)
    for name, of in samples.items():
        if name.startswith("zproxy") and any(s["failed"] for s in of):
            goals.judge(f"{scenario.name}: {name}, faults", sum(s["failed"] for s in of), 0)


class Calm(rounds.Calm):
    def _once(self, scenario, peer):
        bystanders = rounds.Bystanders()
        return measure(self._options, scenario, peer) | {"others": bystanders.share()}


def run_scenarios(options, scenarios, peers, goals):
    samples = {s.name: {p.name: [] for p in peers if s.name not in p.without} for s in scenarios}
    calm = Calm(options, options.rounds * sum(map(len, samples.values())) // 3)
    for number_ in range(options.rounds):
        for scenario in scenarios:
            options.progress(f"tunnel: round {number_ + 1} of {options.rounds}, {scenario.name}")
            rounds.one_round(peers, number_ % len(peers),
                             lambda peer, scenario=scenario: calm.measure(scenario, peer),
                             samples[scenario.name], goals)
    return samples


def run(options, goals):
    peers = [p for p in PEERS if options.wants_proxy(p)]
    absent = [p.name for p in PEERS if not p.path(options.binaries)]
    if absent:
        print(f"not here, so left out: {', '.join(absent)}")
    scenarios = [s for s in (*SCENARIOS, *SIZES) if options.wants_row(s.name)]
    samples = run_scenarios(options, scenarios, peers, goals)
    for scenario in scenarios:
        scenario_table(scenario, samples[scenario.name])
        judge(goals, scenario, samples[scenario.name])
    found = {"scenarios": samples}
    for name, of in (("tunnel_idle", idle), ("tunnel_stall", stall)):
        if options.wants_row(name):
            found[name] = of.run(options, [p for p in peers if of.NAME not in p.without], goals)
    return found
