"""The figures that the issues ask for, judged."""

from compare.table import number, ratio


class Goals:
    def __init__(self):
        self.lines = []

    def judge(self, what, value, limit, at_most=True, aim=None):
        """aim: what is wanted beyond the limit; shown, and no failure."""
        if value is None:
            return
        good = value <= limit if at_most else value >= limit
        self.lines.append({"goal": what, "value": value, "limit": limit, "pass": good, "aim": aim,
                           "relation": "<=" if at_most else ">="})

    def broken(self, what, why):
        print(f"\n{what}: {why}")
        self.lines.append({"goal": f"{what}: works ({why})", "value": "no", "limit": "yes",
                           "pass": False, "aim": None, "relation": "is"})

    def show(self):
        if not self.lines:
            return
        print("\ngoals")
        width = max(len(line["goal"]) for line in self.lines)
        for line in self.lines:
            value = line["value"]
            shown = number(value, 3) if isinstance(value, float) else str(value)
            aim = ""
            if line["aim"] is not None:
                aim = f"; aim {line['aim']}{' reached' if line['value'] <= line['aim'] else ''}"
            print(f"  {'PASS' if line['pass'] else 'MISS'}  {line['goal']:<{width}}  {shown}"
                  f"  ({line['relation']} {line['limit']}{aim})")

    def missed(self):
        return any(not line["pass"] for line in self.lines)


# Per goal: field, server, against whom, limit, at most or at least, which work (None: both).
ACCEPT = [
    ("cpu_us", "zest_shard", "bare_uring", 1.05, True, None),
    ("cpu_us", "zest_shard x2", "bare_uring x2", 1.05, True, None),
    ("cpu_us", "zest_shard", "tokio", 0.68, True, "close"),
    ("cpu_us", "zest_shard", "tokio", 0.82, True, "byte"),  # 1.05 x 17.0 / 21.9
    ("cpu_us", "zest_queue", "bare_uring", 1.25, True, "close"),
    ("cpu_us", "zest_queue", "tokio", 0.80, True, "close"),
    ("per_second", "zest_shard", "bare_uring", 0.97, False, None),
    ("per_second", "zest_shard", "tokio", 1.00, False, None),
    ("per_second", "zest_shard x2", "tokio x2", 1.00, False, None),
]
# Of `hosts`: CPU per request; of whom, against whom, at most.
HOSTS = [("C host", "zproxy", 1.10), ("lemon", "lemon, hyper client", 0.50)]
HOST_ROWS = ("host_ka128", "host_hdr20", "host_post16k")
BOUNDARY_MOST = 1.05  # a head through C and Rust, as a share of C++

NAMES = {"cpu_us": "CPU", "per_second": "conn/s"}
CLIENT_BOUND = ("pinned", "per_second")


def judge_accept(goals, form, samples):
    for field, server, against, limit, at_most, only in ACCEPT:
        for work, of in samples.items():
            if only in (None, work) and server in of:
                what = f"{form} {work}: {server} / {against}, {NAMES[field]}"
                if (form, field) == CLIENT_BOUND:
                    what += " (client-bound)"
                goals.judge(what, ratio(of[server], of.get(against), field), limit, at_most)


def judge_hosts(goals, found):
    for row in HOST_ROWS:
        samples = found["proxies"].get(row, {})
        for server, against, limit in HOSTS:
            if samples.get(server):
                goals.judge(f"{row}: {server} / {against}, CPU",
                            ratio(samples[server], samples.get(against), "cpu_us"), limit)
    for head, ways in found["boundary"].items():
        for way, of in ways.items():
            goals.judge(f"boundary: {head} head, {way} / C++", of.get("x"), BOUNDARY_MOST)


def judge_latency(goals, samples):
    for server in ("zest_shard", "zest_queue"):
        if server in samples:
            goals.judge(f"half load: {server} / bare_uring, p99",
                        ratio(samples[server], samples.get("bare_uring"), "p99_us"), 1.2)
