"""What the end-to-end tests of zproxy share: the binary, an origin, and clients on bare sockets."""
import http.server
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

BINARY = str(Path(sys.argv[1]).resolve()) if len(sys.argv) > 1 else ""
PATIENCE = 20


def run(*arguments, **more):
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=60, **more)


def wait_until(reached, what):
    deadline = time.monotonic() + PATIENCE
    while not reached():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE} s in vain: {what}")
        time.sleep(0.02)


def refused(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except ConnectionRefusedError:
        return True
    return False


def wait_until_refused(port):
    """A proxy that drains has closed its listeners."""
    wait_until(lambda: refused(port), "connections are refused")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.startswith("/slow"):
            self.server.slow_began.set()
            self.server.slow_may_end.wait(PATIENCE)
        body = body or f"{self.command} {self.path}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = answer

    def log_message(self, *_):
        pass


class Origin(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.slow_began, self.slow_may_end = threading.Event(), threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        pass  # a proxy that was told to may cut a connection

    @property
    def address(self):
        return f"127.0.0.1:{self.server_address[1]}"


class Zproxy:
    """A running zproxy; its stderr is read as it comes."""

    def __init__(self, *arguments, stdout=subprocess.DEVNULL):
        self.lines = []
        self.process = subprocess.Popen([BINARY, *arguments], stdout=stdout, stderr=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))

    def find(self, pattern):
        return next((m for line in list(self.lines) if (m := re.search(pattern, line))), None)

    def said(self, pattern):
        """Waits for a line; its match."""
        wait_until(lambda: self.find(pattern) or self.process.poll() is not None, f"{pattern}: {self.lines}")
        found = self.find(pattern)
        if not found:
            self.reader.join(PATIENCE)
            found = self.find(pattern)
        assert found, f"it ended without {pattern}: {self.lines}"
        return found

    def port(self):
        return int(self.said(r"listening on \S+:(\d+): ")[1])

    def admin_port(self):
        return int(self.said(r"admin on http://\S+:(\d+): ")[1])

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self):
        status = self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)
        return status

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.wait()
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


def exchange(port, request):
    """Sends bytes, reads to the end of the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as s:
        s.sendall(request)
        answer = b""
        while piece := s.recv(65536):
            answer += piece
        return answer


def get(port, path="/", head="", method="GET"):
    """(status, body) of one request on a connection of its own."""
    answer = exchange(port, f"{method} {path} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n{head}\r\n".encode())
    start, _, body = answer.partition(b"\r\n\r\n")
    return int(start.split()[1]), body.decode()


class Case(unittest.TestCase):
    """With a folder, an origin, and the zproxies it started; these must end well."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="zproxy_e2e.")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def origin(self):
        origin = Origin()
        self.addCleanup(origin.server_close)
        self.addCleanup(origin.shutdown)
        self.addCleanup(origin.slow_may_end.set)
        return origin

    def zproxy(self, *arguments, **more):
        proxy = Zproxy(*arguments, **more)
        self.addCleanup(self.end, proxy)
        return proxy

    def end(self, proxy):
        status = proxy.stop()
        proxy.process.stderr.close()
        self.assertEqual(status, 0, proxy.lines)

    def simple(self, origin, *more, **kinds):
        return self.zproxy("--listen", "127.0.0.1:0", "--to", origin.address, "--workers", "2", *more, **kinds)

    def file(self, text, name="zproxy.toml"):
        path = self.folder / name
        path.write_text(text)
        return str(path)


def json_lines(path):
    return [json.loads(line) for line in Path(path).read_bytes().split(b"\n")[:-1]]


def main():
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=2)


def skip(reason):
    print(f"skipped: {reason}")
    os._exit(77)
