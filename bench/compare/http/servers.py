"""The proxies, the origin behind them and the client, as processes on two CPUs."""

import http.client  # of its exceptions
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass

from compare.process import Broken, Server, fresh_port, ours

HERE = pathlib.Path(__file__).resolve().parent
SERVER_CPU, CLIENT_CPU = 0, 1
READY_SECONDS = 10
FORWARDED = {
    "nginx.conf": "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; "
                  "proxy_set_header X-Forwarded-Proto $scheme; "
                  "proxy_set_header X-Forwarded-Host $http_host;",
    "haproxy.cfg": "option forwardfor\n  http-request set-header X-Forwarded-Proto http\n"
                   "  http-request set-header X-Forwarded-Host %[req.hdr(host)]",
}


@dataclass(frozen=True)
class Peer:
    name: str
    program: str
    template: str | None = None  # of its configuration; none: a relay of ours
    arguments: tuple = ()        # with {file} and {dir}
    backend: str = ""
    buffering: str = "on"
    without: tuple = ()          # scenarios that are not for it
    more: tuple = ()             # what else stands between @ in its configuration: (name, value)
    ready: str = "/128"          # what it answers once it is ready

    def words(self, port, origin, close):
        """What it is told where it has no configuration."""
        return ["--port", str(port), "--origin", str(origin), *(["--once"] if close else [])]

    def path(self, binaries):
        """Where its program is; None: nowhere."""
        for place in (binaries / self.program, binaries.parents[1] / "release/bin" / self.program):
            if place.exists():
                return place
        if self.template is None or self.backend:
            return None
        return shutil.which(self.program, path=os.environ["PATH"] + ":/usr/sbin")


PEERS = (
    Peer("nginx", "nginx", "nginx.conf", ("-p", "{dir}", "-e", "stderr", "-c", "{file}")),
    Peer("nginx unbuffered", "nginx", "nginx.conf", ("-p", "{dir}", "-e", "stderr", "-c", "{file}"),
         buffering="off"),
    Peer("haproxy", "haproxy", "haproxy.cfg", ("-db", "-f", "{file}")),
    Peer("relay_epoll", "relay_epoll"),
    Peer("relay_uring", "relay_uring", without=("close128",)),
    Peer("zproxy", "zproxy", "zproxy.toml", ("-c", "{file}"), backend="auto"),
    Peer("zproxy epoll", "zproxy", "zproxy.toml", ("-c", "{file}"), backend="epoll"),
)


def fill(template, values):
    text = (HERE / template).read_text()
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    return text


def family(pid):
    """A process and all that descend from it."""
    parents = {}
    for entry in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(entry.parent.name)] = int(entry.read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            continue  # it has just ended
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


class Proxy:
    """One proxy before an origin, pinned, ready when a request has come through."""

    def __init__(self, options, peer, origin, close):
        self._front = options.front
        self.port, self._dir = fresh_port(), tempfile.TemporaryDirectory(prefix="zest-bench-")
        self._log = pathlib.Path(self._dir.name) / "log"
        # TERM, so that nginx's master takes its worker along if we die.
        command = ours(self._command(options, peer, origin, close), SERVER_CPU, "TERM")
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            self._await_ready(peer.ready)
            self.pids = family(self.process.pid)
        except Broken:
            self.kill()
            raise

    def _command(self, options, peer, origin, close):
        program = str(peer.path(options.binaries))
        if peer.template is None:
            return [program, *peer.words(self.port, origin, close)]
        directory = pathlib.Path(self._dir.name)
        file = directory / pathlib.Path(peer.template).name
        file.write_text(fill(peer.template, {
            "PORT": self.port, "ORIGIN": origin, "DIR": directory, "POOL": options.pool,
            "BACKEND": peer.backend, "BUFFERING": peer.buffering, "USER": "user root;" if os.getuid() == 0 else "",
            "FORWARDED": FORWARDED.get(peer.template, "") if options.forwarded else "",
            **options.front.lines(peer.template), **dict(peer.more)}))
        return [program, *(a.format(file=file, dir=directory) for a in peer.arguments)]

    def _await_ready(self, path):
        end = time.monotonic() + READY_SECONDS
        while True:
            connection = self._front.connection(self.port)
            try:
                connection.request("GET", path)
                if connection.getresponse().status == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass
            finally:
                connection.close()
            self.check_alive()
            if time.monotonic() > end:
                raise Broken(f"not ready: {self._said()}")
            time.sleep(0.01)

    def _said(self):
        return self._log.read_text(errors="replace").strip()[-300:] or "it says nothing"

    def check_alive(self):
        if self.process.poll() is not None:
            raise Broken(f"ended with {self.process.returncode}: {self._said()}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def kill(self):
        """TERM first: nginx's master then ends its worker."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                for pid in reversed(family(self.process.pid)):
                    os.kill(pid, 9)
        self.process.wait()
        self._dir.cleanup()


class Origin(Server):
    def __init__(self, options):
        self.port = fresh_port()
        super().__init__([str(options.binaries / "origin"), "--port", str(self.port), "--keep"],
                         CLIENT_CPU)


def load_command(options, port, words):
    command = [str(options.binaries / options.front.client), "--port", str(port)]
    for name, value in words.items():
        command += [f"--{name}"] if value is True else [f"--{name}", str(value)]
    return ours(command, CLIENT_CPU)


def load(options, port, **words):
    """One run of the client: what it prints."""
    command = load_command(options, port, words)
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True,
                              timeout=words["seconds"] + words.get("warm", 0) + 30)
    except subprocess.SubprocessError as why:
        raise Broken(f"the client: {why}") from None
    return json.loads(done.stdout)
