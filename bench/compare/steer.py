"""Who gets 64 long connections: four threads, by hash and to the less loaded of two."""

import json
import statistics
import subprocess

from compare.table import show

KINDS = ("hash", "less", "hash,burst", "less,burst")


def trial(options, variant):
    command = [str(options.binaries / "zest_steer"), "--threads", "4", "--variant", variant]
    done = subprocess.run(command, stdout=subprocess.PIPE, timeout=30, check=True)
    return json.loads(done.stdout)


def run(options, goals):
    rows, results = [], []
    if not options.has("zest_steer"):
        return results
    for variant in KINDS:
        try:
            trials = [trial(options, variant) for _ in range(options.trials)]
        except subprocess.SubprocessError as why:
            goals.broken(f"steer: {variant}", why)
            continue
        busiest = [max(t["held"]) for t in trials]
        fell_back = "less" in variant and any(t["steering"] != 2 for t in trials)
        rows.append([variant + (" (refused: hash)" if fell_back else ""),
                     ", ".join(map(str, sorted(trials[0]["held"]))), min(busiest),
                     statistics.median(busiest), max(busiest)])
        results.append({"variant": variant, "trials": [t["held"] for t in trials],
                        "note": trials[0]["note"]})
        if variant == "less":
            goals.judge("steering less loaded: busiest of 4 threads with 64 connections, worst",
                        max(busiest), 20)
    show(f"64 connections kept open on 4 threads, {options.trials} trials "
         "(burst: all at once, loads not told)",
         ["steering", "first trial", "busiest min", "median", "max"], rows)
    return results
