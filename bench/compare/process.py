"""Servers and clients as processes: started, pinned, measured, stopped; all of them bounded."""

import itertools
import json
import os
import select
import signal
import subprocess
import time

# A fresh port for each server: the kernel tears a dead process's ring down a little after its end,
# and until then its listener still holds the port. Below the ephemeral range, and not from its
# begin on, where another run on this machine may be.
_ports = itertools.cycle(range(20000, 32000))
next(itertools.islice(_ports, os.getpid() * 97 % 12000, None))


def fresh_port():
    return next(_ports)


def ours(command, cpu=None, at_our_death="KILL"):
    """The command as a child that dies with us, on one CPU if that is asked for."""
    pinned = [] if cpu is None else ["taskset", "-c", str(cpu)]
    return ["setpriv", "--pdeathsig", at_our_death, *pinned, *command]


class Broken(Exception):
    """A server or the client ended, failed or went silent: its row says so, the others go on."""


class Server:
    """A server of this folder. Lines of JSON come on its stdout; see common.h."""

    def __init__(self, command, cpu=None, preload=None):
        environment = dict(os.environ, LD_PRELOAD=str(preload)) if preload else None
        self.process = subprocess.Popen(ours(command, cpu), stdout=subprocess.PIPE,
                                        env=environment)
        self._text = b""
        try:
            self.line()  # ready
        except Broken:
            self.kill()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def line(self, timeout=15):
        """The next line of JSON."""
        end = time.monotonic() + timeout
        while b"\n" not in self._text:
            ready, _, _ = select.select([self.process.stdout], [], [],
                                        max(0, end - time.monotonic()))
            more = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            if not more:
                raise Broken(f"ended with {self.process.wait()}" if ready else "does not answer")
            self._text += more
        line, self._text = self._text.split(b"\n", 1)
        return json.loads(line)

    def cpu_seconds(self):
        """CPU time of the process over all its threads, to the nanosecond: the clock that
        clock_getcpuclockid(pid) names. It holds the softirq work done on the threads' time."""
        return time.clock_gettime((~self.process.pid << 3) | 2)

    def check_alive(self):
        if self.process.poll() is not None:
            raise Broken(f"ended with {self.process.returncode}")

    def snapshot(self):
        self.check_alive()
        self.process.send_signal(signal.SIGUSR1)
        return self.line()

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Churn:
    """One run of the client."""

    def __init__(self, binaries, port, work, seconds, cpu=None, **options):
        words = [str(binaries / "churn"), "--port", str(port), "--work", work,
                 "--seconds", str(seconds)]
        for name, value in options.items():
            words += [f"--{name}"] if value is True else [f"--{name}", str(value)]
        self.process = subprocess.Popen(ours(words, cpu), stdout=subprocess.PIPE)
        self.limit = seconds + 30

    def result(self):
        try:
            text, _ = self.process.communicate(timeout=self.limit)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise Broken("the client does not end") from None
        if self.process.returncode != 0:
            raise Broken(f"the client failed: {self.process.args}")
        return json.loads(text)


def lost(result):
    """Connections that a client saw established and that were not served."""
    return result["reset"] + result["closed_early"] + result["timeout_established"]


def failed(result):
    return lost(result) + result["refused"] + result["timeout_connecting"] + result["other"]
