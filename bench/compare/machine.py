"""What the figures were taken on, and who else was running."""

import os
import pathlib
import platform
import resource
import time


def describe():
    cpu = next((line.split(":")[1].strip() for line in pathlib.Path("/proc/cpuinfo").open()
                if line.startswith("model name")), "unknown CPU")
    return {"kernel": platform.release(), "cpu": cpu, "cpus": len(os.sched_getaffinity(0)),
            "load": os.getloadavg()[0]}


def show():
    of = describe()
    print(f"kernel {of['kernel']}, {of['cpu']}, {of['cpus']} CPUs, load {of['load']:.2f}")
    return of


class Bystanders:
    """The share of the machine that other processes took between two moments, about: the kernel
    counts its CPUs' time in ticks, and ours exactly."""

    def __init__(self):
        self._busy, self._ours, self._at = busy_seconds(), our_seconds(), time.monotonic()

    def share(self):
        passed = (time.monotonic() - self._at) * os.cpu_count()
        others = busy_seconds() - self._busy - (our_seconds() - self._ours)
        return max(0.0, others / passed)


def busy_seconds():
    """User, nice, system, irq, softirq and steal of all CPUs."""
    values = pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    return sum(int(v) for i, v in enumerate(values) if i not in (3, 4)) / os.sysconf("SC_CLK_TCK")


def our_seconds():
    """Ours and that of every process that we waited for."""
    whos = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, whos))
