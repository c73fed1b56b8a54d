"""The relays that are compared, and the client that is both far ends, as processes on two CPUs."""

import select
import socket
import subprocess
import time
from json import loads

from compare.http import servers
from compare.process import Broken, fresh_port, ours

NGINX = ("../tunnel/nginx.conf", ("-p", "{dir}", "-e", "stderr", "-c", "{file}"))


def zproxy(engine, backend="auto", without=()):
    name = f"zproxy {engine}" + ("" if backend == "auto" else f" {backend}")
    return servers.Peer(name, "zproxy", "../tunnel/zproxy.toml", ("-c", "{file}"), backend=backend,
                        more=(("ENGINE", engine),), without=without)


PEERS = (
    servers.Peer("nginx", "nginx", *NGINX, more=(("BUFFER", "64k"),)),
    servers.Peer("haproxy", "haproxy", "../tunnel/haproxy.cfg", ("-db", "-f", "{file}")),
    zproxy("copy"),
    zproxy("splice"),
    zproxy("sockmap"),
    zproxy("auto"),
    zproxy("copy", "epoll", without=("idle", "stall")),
    servers.Peer("relay_uring", "relay_uring", without=("idle", "stall")),
    servers.Peer("plain sockmap", "plain_sockmap", without=("idle",)),
)
OTHERS = ("nginx", "haproxy")


class Relay(servers.Proxy):
    """One relay, pinned, ready when a connection has come through to the client's origin."""

    def __init__(self, options, peer, talk):
        super().__init__(options, peer, talk.origin, False)

    def _await_ready(self, _path):
        end = time.monotonic() + servers.READY_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 5).close()
                return
            except OSError:
                pass
            self.check_alive()
            if time.monotonic() > end:
                raise Broken(f"not ready: {self._said()}")
            time.sleep(0.01)


class Talk:
    """One run of the client: it listens as the origin, and begins when it is told of the relay."""

    def __init__(self, options, **words):
        self.origin = fresh_port()
        command = [str(options.binaries / "talk"), "--origin", str(self.origin)]
        for name, value in words.items():
            command += [f"--{name}"] if value is True else [f"--{name}", str(value)]
        self.process = subprocess.Popen(ours(command, servers.CLIENT_CPU), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self._patience = 30 + words.get("seconds", 0) + words.get("warm", 0)
        self.line()  # ready

    def begin(self, relay):
        self.process.stdin.write(" ".join(map(str, [relay.port, *relay.pids])).encode() + b"\n")
        self.process.stdin.flush()

    def line(self):
        ready, _, _ = select.select([self.process.stdout], [], [], self._patience)
        text = self.process.stdout.readline() if ready else b""
        if not text:
            raise Broken("the client does not answer")
        return loads(text)

    def go_on(self):
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
