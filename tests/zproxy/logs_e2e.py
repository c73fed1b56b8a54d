#!/usr/bin/env python3
"""The access log: valid JSON whatever is asked for, opened again on demand, and no burden when it fails."""
import os
import re
import signal
import socket
import subprocess
import time

import e2e

# Nothing of this may break a line, forge one, or make the log invalid.
HOSTILE = [
    b"GET /\"},{\"status\":200 HTTP/1.1\r\nHost: t\r\n\r\n",
    b"GET /\\\"\\u0000 HTTP/1.1\r\nHost: t\r\n\r\n",
    b"GET /\xff\xfe\xc3\x28 HTTP/1.1\r\nHost: t\r\n\r\n",
    b"GET /\x1b[31m HTTP/1.1\r\nHost: t\r\n\r\n",
    b"GET /\x00 HTTP/1.1\r\nHost: t\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\"b\\c\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: \xf0\x28\x8c\x28\r\n\r\n",
    b"G\"ET / HTTP/1.1\r\nHost: t\r\n\r\n",
    b"GET /" + b"x" * 5000 + b" HTTP/1.1\r\nHost: t\r\n\r\n",
    b"GET /%0d%0a{\"time\":1} HTTP/1.1\r\nHost: t\r\n\r\n",
    b"GET /\r\n{\"time\":\"forged\"}\r\n\r\n",
    bytes(range(256)) + b"\r\n\r\n",
]


class Logs(e2e.Case):
    def attempt(self, port, request):
        try:
            return e2e.exchange(port, request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
        except OSError:
            return b""

    def test_a_line_per_request_with_what_happened(self):
        origin, log = self.origin(), self.folder / "log"
        proxy = self.simple(origin, "--access-log", str(log))
        port = proxy.port()
        e2e.get(port, "/a?b=c")
        self.assertEqual(proxy.stop(), 0)
        (line,) = e2e.json_lines(log)
        self.assertRegex(line["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertLess(abs(time.time() - time.mktime(time.strptime(line["time"][:19], "%Y-%m-%dT%H:%M:%S")) +
                            time.timezone), 60)
        self.assertRegex(line["client"], r"^127\.0\.0\.1:\d+$")
        self.assertEqual(line["listener"], f"127.0.0.1:{port}")
        self.assertEqual((line["method"], line["target"], line["host"]), ("GET", "/a?b=c", "t"))
        self.assertEqual((line["status"], line["upstream"], line["origin"]), (200, "origins", origin.address))
        self.assertGreaterEqual(line["duration_us"], line["first_byte_us"])

    def test_hostile_requests_leave_valid_lines(self):
        log = self.folder / "log"
        proxy = self.simple(self.origin(), "--access-log", str(log))
        port = proxy.port()
        for request in HOSTILE:
            self.attempt(port, request)
        self.assertEqual(e2e.get(port, "/last")[0], 200)
        self.assertEqual(proxy.stop(), 0)
        raw = log.read_bytes()
        raw.decode("utf-8")
        self.assertFalse([c for c in raw if c < 0x20 and c != 0x0a or c == 0x7f])
        lines = e2e.json_lines(log)
        self.assertIn("/last", [line.get("target") for line in lines])
        self.assertFalse([line for line in lines if line["time"] in (1, "forged")])
        self.assertTrue([line for line in lines if line.get("texts_cut")])

    def test_stdout_is_for_the_log_alone(self):
        proxy = self.simple(self.origin(), "--access-log", "stdout", stdout=subprocess.PIPE)
        e2e.get(proxy.port(), "/x")
        proxy.signal(signal.SIGTERM)
        out = proxy.process.stdout.read()
        proxy.process.stdout.close()
        self.assertEqual(out.count("\n"), 1)
        self.assertTrue(out.startswith('{"time":'), out)

    def test_a_rotated_log_is_opened_again(self):
        log = self.folder / "log"
        proxy = self.simple(self.origin(), "--access-log", str(log))
        port = proxy.port()
        e2e.get(port, "/before")
        e2e.wait_until(lambda: log.read_text(), "the first line")
        log.rename(self.folder / "log.1")
        proxy.signal(signal.SIGUSR1)
        proxy.said("opened again")
        e2e.get(port, "/after")
        self.assertEqual(proxy.stop(), 0)
        self.assertEqual([line["target"] for line in e2e.json_lines(self.folder / "log.1")], ["/before"])
        self.assertEqual([line["target"] for line in e2e.json_lines(log)], ["/after"])

    def test_a_full_disk_is_counted_and_traffic_goes_on(self):
        proxy = self.simple(self.origin(), "--access-log", "/dev/full", "--admin", "127.0.0.1:0")
        port, admin = proxy.port(), proxy.admin_port()
        for _ in range(50):
            self.assertEqual(e2e.get(port)[0], 200)
        proxy.said(r"access log /dev/full: No space left on device \(\d+ lines lost so far\)")
        e2e.wait_until(lambda: "zest_access_log_lost_lines_total 50" in e2e.get(admin, "/metrics")[1], "50 lost")
        self.assertLess(len([line for line in proxy.lines if "No space" in line]), 20)

    def test_a_log_that_cannot_be_opened_is_told_at_the_start(self):
        done = e2e.run("--listen", "127.0.0.1:0", "--to", "127.0.0.1:1", "--access-log", "/nonexistent/log")
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot start: access log /nonexistent/log: No such file or directory", done.stderr)

    def test_refused_connections_are_told_of_with_their_number(self):
        origin = self.origin()
        path = self.file(f"""
            workers = 1
            [[listener]]
            bind = "127.0.0.1:0"
            max_connections_per_client = 1
            [[listener]]
            bind = "[::1]:0"
            max_connections = 1
            [upstream.a]
            addrs = ["{origin.address}"]
            """)
        proxy = self.zproxy("-c", path)
        ports = {host: int(proxy.said(rf"listening on {re.escape(shown)}:(\d+): ")[1])
                 for host, shown in (("127.0.0.1", "127.0.0.1"), ("::1", "[::1]"))}
        for host, words in (("127.0.0.1", "a client has its max_connections_per_client"),
                            ("::1", "a listener has its max_connections")):
            with socket.create_connection((host, ports[host]), timeout=e2e.PATIENCE) as first:
                first.sendall(b"GET / HTTP/1.1\r\nHost: t\r\n\r\n")
                self.assertTrue(first.recv(100))
                for _ in range(5):
                    with socket.create_connection((host, ports[host]), timeout=e2e.PATIENCE) as refused:
                        self.assertEqual(refused.recv(1), b"")
                proxy.said(rf"warning \d connections refused: {words}; 5 in all \(limit connections_per_\w+\)")
        lines = [line for line in proxy.lines if "refused" in line]
        self.assertEqual(sum(int(re.search(r"warning (\d+)", line)[1]) for line in lines), 10, lines)

    def test_a_reader_that_stops_reading_holds_up_nothing(self):
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        proxy = self.simple(self.origin(), "--access-log", str(fifo))
        port = proxy.port()
        for _ in range(300):
            self.assertEqual(e2e.get(port, "/" + "x" * 300)[0], 200)
        began = time.monotonic()
        self.assertEqual(proxy.stop(), 0)
        self.assertLess(time.monotonic() - began, 10)


e2e.main()
