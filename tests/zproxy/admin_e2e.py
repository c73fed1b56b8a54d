#!/usr/bin/env python3
"""The admin address: metrics that promtool likes and that count, health, and a small server's manners."""
import re
import shutil
import signal
import socket
import subprocess

import e2e

if not shutil.which("promtool"):
    e2e.skip("no promtool; ./dev setup installs it (package prometheus)")


class Admin(e2e.Case):
    def setUp(self):
        super().setUp()
        self.from_origin = self.origin()
        self.proxy = self.simple(self.from_origin, "--admin", "127.0.0.1:0",
                                 "--access-log", str(self.folder / "log"))
        self.port, self.admin = self.proxy.port(), self.proxy.admin_port()

    def metric(self, name):
        body = e2e.get(self.admin, "/metrics")[1]
        found = re.search(rf"^{re.escape(name)} (\S+)$", body, re.M)
        self.assertTrue(found, f"{name} in {body}")
        return float(found[1])

    def test_promtool_finds_nothing(self):
        e2e.get(self.port)
        status, body = e2e.get(self.admin, "/metrics")
        self.assertEqual(status, 200)
        done = subprocess.run(["promtool", "check", "metrics"], input=body, capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_what_happened_is_counted(self):
        for _ in range(3):
            self.assertEqual(e2e.get(self.port)[0], 200)
        e2e.wait_until(lambda: self.metric("zest_connections_open") == 0, "connections gone")
        for name, value in [("zest_connections_accepted_total", 3), ("zest_connections_closed_total", 3),
                            ('zest_responses_total{class="2xx"}', 3),
                            ("zest_workers", 2), ("zest_draining", 0),
                            ("zest_request_duration_seconds_count", 3),
                            ('zest_request_duration_seconds_bucket{le="+Inf"}', 3)]:
            self.assertEqual(self.metric(name), value, name)
        e2e.exchange(self.port, b"nonsense\r\n\r\n")
        e2e.wait_until(lambda: self.metric('zest_responses_total{class="4xx"}') == 1, "a refusal")
        for name in ("zest_client_received_bytes_total", "zest_client_sent_bytes_total",
                     "zest_upstream_sent_bytes_total", "zest_upstream_received_bytes_total",
                     "zest_upstream_connects_total", "zest_io_turns_total"):
            self.assertGreater(self.metric(name), 0, name)
        for name in ('zest_timeouts_total{timeout="head"}', 'zest_limits_hit_total{limit="body_bytes"}',
                     "zest_upstream_retries_total", "zest_accept_queue_connections", "zest_io_cq_overflows_total",
                     "zest_namespace_listen_overflows_total", "zest_access_log_dropped_lines_total",
                     "zest_tunnel_splices_total", "zest_tunnel_kernel_joins_total", "zest_tunnel_kernel_bytes_total",
                     "zest_tunnel_set_aside_total", "zest_tunnel_set_aside_refused_total"):
            self.assertGreaterEqual(self.metric(name), 0, name)
        e2e.wait_until(lambda: self.metric("zest_access_log_lines_total") >= 3, "lines written")

    def test_upstreams_and_listeners_are_counted_by_name(self):
        dead = socket.socket()
        self.addCleanup(dead.close)
        dead.bind(("127.0.0.1", 0))
        path = self.file(f"""
            [admin]
            bind = "127.0.0.1:0"
            [[listener]]
            bind = "127.0.0.1:0"
            [upstream.app]
            addrs = ["{self.from_origin.address}"]
            [upstream.half]
            addrs = ["{self.from_origin.address}", "127.0.0.1:{dead.getsockname()[1]}"]
            [[route]]
            upstream = "app"
            [[route]]
            path = "/half"
            upstream = "half"
            """)
        proxy = self.zproxy("-c", path)
        self.admin, port = proxy.admin_port(), proxy.port()
        for target in ("/", "/", "/half", "/half", "/half"):
            self.assertEqual(e2e.get(port, target)[0], 200)
        for name, app, half in (("requests_total", 2, 3), ("origin_connect_failures_total", 0, 1), ("active", 0, 0),
                                ("origins", 1, 2), ("resting_origins", 0, 1)):
            self.assertEqual(self.metric(f'zest_upstream_{name}{{upstream="app"}}'), app, name)
            self.assertEqual(self.metric(f'zest_upstream_{name}{{upstream="half"}}'), half, name)
        self.assertGreaterEqual(self.metric('zest_upstream_origin_connects_total{upstream="half"}'), 2)
        name = f'zest_listener_connections_open{{listener="127.0.0.1:{port}"}}'
        with socket.create_connection(("127.0.0.1", port)):
            e2e.wait_until(lambda: self.metric(name) == 1, "one is open")
        e2e.wait_until(lambda: self.metric(name) == 0, "none is")

    def test_health(self):
        self.assertEqual(e2e.get(self.admin, "/healthz"), (200, "ok\n"))
        self.assertEqual(e2e.get(self.admin, "/readyz?x=1"), (200, "ready\n"))
        self.assertEqual(e2e.get(self.admin, "/readyz", method="HEAD"), (200, ""))

    def test_while_it_drains_it_is_not_ready(self):
        with socket.create_connection(("127.0.0.1", self.port)) as client:
            client.sendall(b"GET /slow HTTP/1.1\r\nHost: t\r\n\r\n")
            self.assertTrue(self.from_origin.slow_began.wait(e2e.PATIENCE))
            self.proxy.signal(signal.SIGTERM)
            self.proxy.said("draining")
            self.assertEqual(e2e.get(self.admin, "/readyz"), (503, "draining\n"))
            self.assertEqual(e2e.get(self.admin, "/healthz"), (200, "ok\n"))
            self.assertEqual(self.metric("zest_draining"), 1)
            self.from_origin.slow_may_end.set()
            self.assertEqual(self.proxy.wait(), 0)

    def test_what_it_does_not_know(self):
        self.assertEqual(e2e.get(self.admin, "/")[0], 404)
        self.assertEqual(e2e.get(self.admin, "/metrics/")[0], 404)
        self.assertEqual(e2e.get(self.admin, "/metrics", method="POST")[0], 405)
        self.assertIn(b" 400 ", e2e.exchange(self.admin, b"\x00\x01\r\n\r\n").split(b"\r\n")[0])
        self.assertIn(b" 400 ", e2e.exchange(self.admin, b"GET / HTTP/1.1\r\n\r\n").split(b"\r\n")[0])

    def test_a_slow_or_endless_client_is_let_go(self):
        with socket.create_connection(("127.0.0.1", self.admin), timeout=e2e.PATIENCE) as slow:
            slow.sendall(b"GET /metrics HTTP/1.1\r\n")
            self.assertEqual(slow.recv(100), b"")
        answer = e2e.exchange(self.admin, b"GET /" + b"x" * 20000 + b" HTTP/1.1\r\nHost: t\r\n\r\n")
        self.assertRegex(answer.split(b"\r\n")[0], rb" 4\d\d ")
        self.assertEqual(e2e.get(self.admin, "/healthz")[0], 200)

    def test_silent_clients_hold_up_nobody(self):
        silent = [socket.create_connection(("127.0.0.1", self.admin)) for _ in range(32)]
        self.assertEqual(e2e.get(self.admin, "/healthz")[0], 200)
        silent[0].settimeout(e2e.PATIENCE)
        self.assertEqual(silent[0].recv(1), b"", "the oldest of the silent made room")
        with self.assertRaises(BlockingIOError, msg="another one is still waited for"):
            silent[31].recv(1, socket.MSG_DONTWAIT)
        for one in silent:
            one.close()


e2e.main()
