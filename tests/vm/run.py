#!/usr/bin/env python3
"""run.py <build> <kernel> <out> [ctest's -R, -E ...]: runs ctest's tests with the label "vm" in a
machine of its own, with an older kernel, TLS in it, and two NUMA nodes.

The image is laid out as the host is, so ctest's commands, folders and environments are taken as
they stand. Leaves <out>.xml in ctest's form, and the machine's console in <out>.console.
"""
import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

import junit
import machine
import modules
from image import Image
from report import Report

HERE = Path(__file__).resolve().parent
MODULES = ["tls", "aesni_intel", "gcm", "ccm", "chacha20poly1305", "chacha_x86_64",
           "poly1305_x86_64", "inet_diag", "tcp_diag", "unix_diag"]
# Emulated code is some ten to thirty times slower: fewer rounds of what is only repeated, but for
# who asks for the long forms, and has an hour.
LONG = "ZEST_LONG" in os.environ
ENVIRONMENT = ["ZEST_LONG=1" if LONG else "ZEST_SHORT=1", "ZEST_RACE_OPS=3000"]
TEST_SECONDS = 7200 if LONG else 400
HOST_FILES = ["/etc/passwd", "/etc/group", "/etc/protocols", "/etc/services",
              "/usr/bin/openssl", "/usr/lib/ssl/openssl.cnf"]  # for certificates


def tests(build, choice):
    listing = subprocess.run(["ctest", "--test-dir", build, "-L", "^vm$", *choice, "--show-only=json-v1"],
                             check=True, capture_output=True, text=True).stdout
    return [(test["name"], test["command"], {p["name"]: p["value"] for p in test["properties"]})
            for test in json.loads(listing)["tests"]]


def script(command, properties):
    lines = [f"export {shlex.quote(pair)}" for pair in [*ENVIRONMENT, *properties.get("ENVIRONMENT", [])]]
    lines.append(f"cd {shlex.quote(properties['WORKING_DIRECTORY'])}")
    lines.append(f"exec timeout -s KILL {TEST_SECONDS} {shlex.join(command)}")
    return "\n".join(lines).encode()


def make_image(kernel, wanted):
    image = Image()
    for folder in ("/proc", "/sys", "/dev", "/tmp", "/sbin"):
        image.folder(folder)
    image.device("/dev/console", 5, 1)
    image.file("/init", (HERE / "init").read_bytes())
    image.host_file("/bin/busybox")
    for path in filter(Path.exists, map(Path, HOST_FILES)):
        image.host_file(path)
    add_modules(image, modules.in_order(kernel, MODULES))
    for test in wanted:
        add_test(image, *test)
    return image


def add_modules(image, ordered):
    image.file("/modules/order", "\n".join(path.name for path in ordered).encode())
    for path in ordered:
        image.file(f"/modules/{path.name}", path.read_bytes())


def add_test(image, name, command, properties):
    image.file(f"/tests/{name}", script(command, properties))
    image.folder(properties["WORKING_DIRECTORY"])
    for path in [*command, *properties.get("REQUIRED_FILES", [])]:
        if path.startswith("/") and Path(path).is_file():
            image.host_file(path)


def say(words):
    print(f"vm: {words}", flush=True)


def main(build, kernel, out, *choice):
    kernel, out, began = Path(kernel), Path(out), time.monotonic()
    wanted = tests(build, choice)
    names = [name for name, _, _ in wanted]
    image, console = out.with_suffix(".img"), out.with_suffix(".console")
    make_image(kernel, wanted).write(image)
    say(f"{len(wanted)} tests, an image of {image.stat().st_size >> 20} MB")
    report = Report(talks=bool(choice))
    machine.boot(next(kernel.glob("boot/vmlinuz-*")), image, console, report, say)
    image.unlink()
    junit.write(out.with_suffix(".xml"), names, report)
    for problem in report.problems(names):
        say(problem)
    if report.problems(names):
        print(console.read_text(errors="replace")[-4000:])
    say(f"all in {time.monotonic() - began:.1f} s")
    return 0 if report.good(names) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
