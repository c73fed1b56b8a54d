"""Kernel modules in the order in which insmod takes them.

What a module needs stands in its .modinfo section, so neither depmod nor modprobe is asked.
"""
import re
from pathlib import Path

NEEDS = re.compile(rb"\0depends=([^\0]*)\0")
SOFT_NEEDS = re.compile(rb"\0softdep=pre: ([^\0]*)\0")


def by_name(kernel: Path):
    return {path.stem.replace("-", "_"): path for path in kernel.glob("lib/modules/*/kernel/**/*.ko")}


def needs(path: Path):
    image = path.read_bytes()
    hard = b"".join(NEEDS.findall(image)).decode().split(",")
    soft = b" ".join(SOFT_NEEDS.findall(image)).decode().split()
    return [name.replace("-", "_") for name in [*soft, *hard] if name]


def in_order(kernel: Path, wanted):
    """The files of the wanted modules and of all that they need. A soft need may be built in."""
    known, ordered = by_name(kernel), {}

    def add(name):
        if name in ordered or name not in known:
            return
        for other in needs(known[name]):
            add(other)
        ordered[name] = known[name]

    for name in wanted:
        if name not in known:
            raise SystemExit(f"vm: the kernel has no module {name}")
        add(name)
    return list(ordered.values())
