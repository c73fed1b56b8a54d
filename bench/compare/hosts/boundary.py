"""What the boundary costs: a request's head parsed through the shared library from C and from Rust,
beside C++ that is linked with the parser. By http_bench, its rows interleaved at random, in several
processes: where stack, heap and libraries lie is each process's own."""

import json
import statistics
import subprocess

from compare.process import Broken, ours
from compare.table import number, show

ROW = "host_boundary"
HEADS = ("small", "browser", "big")
KERNELS = ("avx512", "avx2", "sse42", "portable")  # the fastest first
WAYS = {"c_abi": "C", "rust": "Rust"}


PLACES = 16  # of a head: http_bench puts it into the next with each repetition


def measured(options):
    """{row: ns}, the median of where a head may lie, in a process of its own."""
    command = [str(options.binaries / "http_bench"), "--benchmark_format=json",
               "--benchmark_filter=^parse/[a-z]*/(avx512|avx2|sse42|portable|c_abi|rust)$",
               "--benchmark_enable_random_interleaving=true",
               f"--benchmark_min_time={max(options.seconds / 100, 0.005)}",
               f"--benchmark_repetitions={2 * PLACES}"]
    done = subprocess.run(ours(command, 0), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=900)
    if done.returncode != 0:
        raise Broken(f"http_bench ended with {done.returncode}")
    samples = {}
    for row in json.loads(done.stdout)["benchmarks"]:
        if row["run_type"] == "iteration":
            samples.setdefault(row["run_name"], []).append(row["cpu_time"])
    return {row: statistics.median(of) for row, of in samples.items()}


def ways_of(rows, head):
    """C++ by the fastest kernel, and both ways through the boundary."""
    plain = next(rows[f"parse/{head}/{name}"] for name in KERNELS if f"parse/{head}/{name}" in rows)
    return {"C++": plain, **{WAYS[way]: rows[f"parse/{head}/{way}"] for way in WAYS
                             if f"parse/{head}/{way}" in rows}}


def figures(processes, head):
    """{way: ns, and how many times C++'s}: medians over processes, since each has its places."""
    each = [ways_of(rows, head) for rows in processes]
    found = {way: {"ns": statistics.median(of[way] for of in each)} for way in each[0]}
    for way in list(found)[1:]:
        found[way]["x"] = statistics.median(of[way] / of["C++"] for of in each)
    return found


def run(options, goals):
    """{head: {way: figures}}"""
    if not options.wants_row(ROW) or not options.has("http_bench"):
        return {}
    processes = [measured(options) for _ in range(2 * options.rounds - 1)]
    found = {head: figures(processes, head) for head in HEADS}
    ways = list(found[HEADS[0]])[1:]
    rows = [[head, number(of["C++"]["ns"], 1),
             *(cell for way in ways for cell in (number(of[way]["ns"], 1), number(of[way]["x"], 3)))]
            for head, of in found.items()]
    head_row = ["head", "C++ ns", *(cell for way in ways for cell in (f"{way} ns", "x C++"))]
    show("host_boundary: a request's head, parsed and framed", head_row, rows)
    return found
