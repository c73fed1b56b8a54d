"""Medians, ratios and plain tables."""

import statistics
import sys


def median(samples, field):
    return statistics.median(s[field] for s in samples)


def ratios(samples, others, field):
    """Of each round."""
    return [s[field] / o[field] for s, o in zip(samples, others or ()) if o[field]]


def ratio(samples, others, field):
    """The median of the rounds' ratios; None where there is nothing to compare."""
    found = ratios(samples, others, field)
    return statistics.median(found) if found else None


def quartile_distance(values):
    """Half the distance between the quartiles; None of too few values."""
    if len(values) < 3:
        return None
    low, _, high = statistics.quantiles(values, n=4)
    return (high - low) / 2


def spread(samples, field):
    """Half the distance between the quartiles, as a share of the median: the noise."""
    values = [s[field] for s in samples]
    distance, middle = quartile_distance(values), statistics.median(values)
    return distance and (distance / middle if middle else 0)


def number(value, places=2):
    return "-" if value is None else f"{value:.{places}f}"


def show(title, head, rows):
    """Left column left, the others right."""
    widths = [max(len(str(row[i])) for row in [head, *rows]) for i in range(len(head))]
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)  # the progress line
    print(f"\n{title}")
    for row in [head, *rows]:
        cells = [str(c).ljust(w) if i == 0 else str(c).rjust(w)
                 for i, (c, w) in enumerate(zip(row, widths))]
        print("  " + "  ".join(cells).rstrip())


def accept_table(form, work, samples):
    bare, tokio = samples.get("bare_uring"), samples.get("tokio")
    rows = []
    for name, of in samples.items():
        noise = spread(of, "cpu_us")
        rows.append([
            name, number(median(of, "cpu_us")), "-" if noise is None else f"{noise:.1%}",
            number(ratio(of, bare, "cpu_us"), 3), number(ratio(of, tokio, "cpu_us"), 3),
            number(median(of, "both_us")), number(ratio(of, bare, "both_us"), 3),
            number(median(of, "per_second"), 0), number(ratio(of, bare, "per_second"), 3),
            number(ratio(of, tokio, "per_second"), 3), number(median(of, "client_load")),
            sum(s["failed"] for s in of)])
    words = {"close": "accept + close", "byte": "accept + 1 byte + close"}[work]
    show(f"{words}, {form}", ["server", "CPU us", "+-", "x bare", "x Tokio", "+ client us", "x bare",
                              "conn/s", "x bare", "x Tokio", "client CPU", "failed"], rows)


def latency_table(rate, samples):
    bare, tokio = samples.get("bare_uring"), samples.get("tokio")
    rows = [[name, number(median(of, "p50_us"), 1), number(median(of, "p99_us"), 1),
             number(ratio(of, bare, "p99_us"), 3), number(median(of, "p999_us"), 0),
             number(median(of, "cpu_us")), number(ratio(of, bare, "cpu_us"), 3),
             number(ratio(of, tokio, "cpu_us"), 3), sum(s["failed"] for s in of)]
            for name, of in samples.items()]
    show(f"connect to first byte at half load, {rate} a second, pinned",
         ["server", "p50 us", "p99 us", "x bare", "p99.9 us", "CPU us", "x bare", "x Tokio",
          "failed"], rows)
