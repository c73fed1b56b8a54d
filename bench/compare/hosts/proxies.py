"""A request through a proxy inside a host: C's beside zproxy, lemon's beside lemon with hyper's client.

As `proxy`: server on CPU 0, client and origin on CPU 1, all in turn within a round. All are asked for
the same path, which lemon gives to the proxy."""

from dataclasses import dataclass

from compare.http import proxy
from compare.http.scenarios import BROWSER, Scenario
from compare.http.servers import Peer
from compare.table import median, number, quartile_distance, ratio, ratios, show

PATH = "/proxied/128"

SCENARIOS = (
    Scenario("host_ka128", "GET 128 B, keep-alive, 64 connections", {"path": PATH}),
    Scenario("host_hdr20", "GET 128 B with 20 browser headers", {
        "path": PATH, "extra": "".join(f"{name}: {value}\r\n" for name, value in BROWSER.items())}),
    Scenario("host_post16k", "POST 16 kB, answer 128 B", {"path": PATH, "body": 16384}),
    Scenario("host_close128", "GET 128 B, a new client connection per request",
             {"path": PATH, "close": True}),
)


@dataclass(frozen=True)
class Host(Peer):
    """Of ours: told by words, and by no file."""
    ready: str = PATH

    def words(self, port, origin, close):
        return ["--port", str(port), "--origin", str(origin)]


class Lemon(Host):
    def words(self, port, origin, close):
        return ["--listen", f"127.0.0.1:{port}", "--origin", f"127.0.0.1:{origin}", "--shards",
                "--threads", "1"]


ZPROXY = Peer("zproxy", "zproxy", "zproxy.toml", ("-c", "{file}"), backend="auto", ready=PATH)
PEERS = (ZPROXY, Host("C host", "proxy_host"), Lemon("lemon", "lemon"),
         Host("lemon, hyper client", "lemon_hyper"))
PAIRS = (("C host", "zproxy"), ("lemon", "zproxy"), ("lemon", "lemon, hyper client"))


def cell(samples, others):
    noise = quartile_distance(ratios(samples, others, "cpu_us"))
    value = number(ratio(samples, others, "cpu_us"), 3)
    return value if noise is None else f"{value} +-{noise:.3f}"


def table(scenario, samples):
    samples = {name: of for name, of in samples.items() if of}
    rows = [[name, number(median(of, "cpu_us")), cell(of, samples.get("zproxy")),
             cell(of, samples.get("lemon, hyper client")), number(median(of, "per_second"), 0),
             number(median(of, "server_load")), number(median(of, "client_load")),
             number(median(of, "p50_us"), 0), number(median(of, "p99_us"), 0),
             f"{median(of, 'others'):.0%}", sum(s["failed"] for s in of)]
            for name, of in samples.items()]
    show(f"{scenario.name}: {scenario.title}",
         ["server", "CPU us", "x zproxy", "x hyper's", "req/s", "CPU 0", "CPU 1", "p50 us",
          "p99 us", "others", "failed"], rows)


def run(options, goals):
    """{scenario: {host: [figures of each round]}}"""
    peers = [p for p in PEERS if options.wants_proxy(p)]
    absent = [p.name for p in PEERS if not p.path(options.binaries)]
    if absent:
        print(f"not here, so left out: {', '.join(absent)}")
    scenarios = [s for s in SCENARIOS if options.wants_row(s.name)]
    if not peers or not scenarios:
        return {}
    samples = proxy.run_scenarios(options, scenarios, peers, goals)
    for scenario in scenarios:
        table(scenario, samples[scenario.name])
    return samples
