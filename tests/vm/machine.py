"""Boots the machine and listens until its report has ended, or too long nothing comes of it."""
import os
import select
import subprocess
import time
from pathlib import Path

import tsc

LONG = 18 if "ZEST_LONG" in os.environ else 1
NODE_MB = 2048 if LONG > 1 else 1024
# Two NUMA nodes of a CPU each. Emulated also where KVM looks present: not everywhere does it work.
OPTIONS = f"""
  -accel tcg,thread=multi -machine pc,hpet=off -cpu max,la57=off -smp 2 -m {2 * NODE_MB}
  -nodefaults -no-reboot -display none
  -object memory-backend-ram,id=near,size={NODE_MB}M -numa node,nodeid=0,cpus=0,memdev=near
  -object memory-backend-ram,id=far,size={NODE_MB}M -numa node,nodeid=1,cpus=1,memdev=far
  -chardev stdio,id=report,signal=off
""".split()
# A panic or an oops ends the machine. No mitigation is what is tested here, and each one costs. Boot
# looks whether the timer ticks, and panics where others use the processor for too long just then.
KERNEL = ("console=ttyS0 quiet panic=-1 oops=panic mitigations=off nokaslr random.trust_cpu=on "
          "tsc=reliable no_timer_check")
SILENCE_SECONDS = 500 * LONG  # longer than a test may take (run.py)
BOOT_SECONDS = 240  # it takes 3 where nothing else runs
ALL_SECONDS = 1200 * LONG


def command(kernel: Path, image: Path, console: Path):
    return ["qemu-system-x86_64", *OPTIONS, "-serial", f"file:{console}", "-serial", "chardev:report",
            "-kernel", kernel, "-initrd", image, "-append", f"{KERNEL} tsc_early_khz={tsc.khz()}"]


def boot(kernel: Path, image: Path, console: Path, report, say):
    machine = subprocess.Popen(command(kernel, image, console), stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE)
    try:
        listen(machine.stdout, report, say)
    finally:
        machine.kill()
        machine.wait()


def listen(pipe, report, say):
    deadline = time.monotonic() + ALL_SECONDS
    while not report.ended:
        patience = min(SILENCE_SECONDS if report.kernel else BOOT_SECONDS, deadline - time.monotonic())
        if not select.select([pipe], [], [], max(0, patience))[0]:
            report.trouble.append("the machine is silent" if report.kernel else "the machine does not boot")
            return
        piece = pipe.read1(65536)
        if not piece:
            return
        report.take(piece, say)
