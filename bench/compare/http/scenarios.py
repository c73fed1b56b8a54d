"""What the proxies are asked to do, and what issue 3 asks of zproxy."""

from dataclasses import dataclass, field

BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
                  "Chrome/126.0.0.0 Safari/537.36",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
              "image/apng,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "en-GB,en;q=0.9,de-DE;q=0.8,de;q=0.7",
    "Cache-Control": "max-age=0",
    "Cookie": "session=4f1c2a7be98d4c0f9d31b6a5e7c80213; theme=dark; consent=all; "
              "_ga=GA1.1.1183720054.1718000000; cart=3b9aca00",
    "DNT": "1",
    "If-Modified-Since": "Wed, 20 Nov 2024 07:28:00 GMT",
    "If-None-Match": '"33a64df551425fcc55e4d42a148795d9"',
    "Origin": "https://bench.example",
    "Priority": "u=0, i",
    "Referer": "https://bench.example/catalogue/shoes?page=2&sort=price",
    "Sec-CH-UA": '"Not/A)Brand";v="8", "Chromium";v="126", "Google Chrome";v="126"',
    "Sec-CH-UA-Mobile": "?0",
    "Sec-CH-UA-Platform": '"Linux"',
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-User": "?1",
}  # with Host twenty


@dataclass(frozen=True)
class Goal:
    """A column of the issue's table: zproxy's figure as a share of nginx's, in the same round."""
    field: str
    floor: float | None
    must: float
    aim: float | None


@dataclass(frozen=True)
class Scenario:
    name: str
    title: str
    load: dict = field(default_factory=dict)  # options of the client
    goals: tuple = ()


def cpu(floor, must, aim):
    return (Goal("cpu_us", floor, must, aim),)


SCENARIOS = (
    Scenario("ka128", "GET 128 B, keep-alive, 64 connections", {}, cpu(0.65, 0.76, 0.70)),
    Scenario("hdr20", "GET 128 B with 20 browser headers", {
        "extra": "".join(f"{name}: {value}\r\n" for name, value in BROWSER.items())},
        cpu(0.60, 0.73, 0.67)),
    Scenario("ka128_c512", "GET 128 B, 512 connections", {"connections": 512},
             cpu(0.54, 0.66, 0.60)),
    Scenario("ka128_c8", "GET 128 B, 8 connections", {"connections": 8}),
    Scenario("ka16k", "GET 16 kB", {"path": "/16k", "expect": 16384}, cpu(0.61, 0.75, 0.68)),
    Scenario("ka1m", "GET 1 MB, 8 connections",
             {"path": "/1m", "expect": 1 << 20, "connections": 8}, cpu(0.63, 0.80, 0.70)),
    Scenario("post16k", "POST 16 kB, answer 128 B", {"body": 16384}, cpu(0.55, 0.72, 0.64)),
    Scenario("close128", "GET 128 B, a new client connection per request", {"close": True},
             cpu(0.82, 0.90, 0.86)),
    Scenario("pipe8", "GET 128 B, 8 requests pipelined", {"depth": 8}, cpu(0.11, 0.60, 0.40)),
    Scenario("rate8k", "GET 128 B, open loop at 8,000 a second, 64 connections", {"rate": 8000}, (
        Goal("cpu_us", 0.75, 0.90, 0.80), Goal("p50_us", None, 0.85, 0.75),
        Goal("p99_us", None, 1.0, 0.9))),
)
IDLE_BYTES = 450  # of user memory per idle connection, at most
