"""Tables of the proxies, and the issue's columns judged."""

from compare.table import median, number, quartile_distance, ratio, ratios, show

YARDSTICK, OURS = "nginx", ("zproxy", "zproxy epoll")
FIELDS = {"cpu_us": "CPU", "p50_us": "p50", "p99_us": "p99"}


def with_noise(samples, others, field):
    """0.703 +-0.012"""
    value = ratio(samples, others, field)
    noise = quartile_distance(ratios(samples, others, field))
    return number(value, 3), "-" if noise is None else number(noise, 3)


def scenario_table(scenario, samples):
    nginx = samples.get(YARDSTICK)
    rows = []
    for name, of in samples.items():
        if not of:
            continue
        rows.append([
            name, number(median(of, "cpu_us")), *with_noise(of, nginx, "cpu_us"),
            number(median(of, "per_second"), 0), number(median(of, "server_load")),
            number(median(of, "client_load")), number(median(of, "p50_us"), 0),
            number(ratio(of, nginx, "p50_us"), 3), number(median(of, "p99_us"), 0),
            number(ratio(of, nginx, "p99_us"), 3), number(median(of, "p999_us"), 0),
            f"{median(of, 'others'):.0%}", sum(s["failed"] for s in of)])
    show(f"{scenario.name}: {scenario.title}",
         ["server", "CPU us", "x nginx", "+-", "req/s", "CPU 0", "CPU 1", "p50 us", "x nginx",
          "p99 us", "x nginx", "p99.9 us", "others", "failed"], rows)


def judge(goals, scenario, samples):
    for name in OURS:
        of = samples.get(name)
        for goal in scenario.goals if of else ():
            goals.judge(f"{scenario.name}: {name} / nginx, {FIELDS[goal.field]}",
                        ratio(of, samples.get(YARDSTICK), goal.field), goal.must, aim=goal.aim)
        if of and any(s["failed"] for s in of):
            goals.judge(f"{scenario.name}: {name}, requests that failed",
                        sum(s["failed"] for s in of), 0)


def summary(scenarios, peers, samples, issue):
    """CPU per request as a share of nginx's: everybody, and what the issue wants."""
    rows = []
    for scenario in scenarios:
        of = samples[scenario.name]
        cells = [number(ratio(of.get(p.name, ()), of.get(YARDSTICK), "cpu_us"), 3) for p in peers]
        goal = scenario.goals[0] if scenario.goals else None
        wanted = [goal.floor, goal.must, goal.aim] if goal else [None] * 3
        rows.append([scenario.name, *cells, *map(number, wanted)])
    show(f"CPU per request, x nginx; right: issue {issue}",
         ["scenario", *(p.name for p in peers), "floor", "must", "aim"], rows)
