#!/usr/bin/env python3
"""From start to answers: by flags, by a file, and the demo."""
import os

import e2e


class Serving(e2e.Case):
    def test_flags_are_enough(self):
        proxy = self.simple(self.origin())
        self.assertEqual(e2e.get(proxy.port(), "/hello"), (200, "GET /hello\n"))
        backend = os.environ.get("ZEST_EXPECT_BACKEND", "io_uring|epoll")
        proxy.said(rf"zproxy \S+ on Linux \S+: 2 workers on ({backend})")
        proxy.said(r"upstream origins: 127\.0\.0\.1:\d+")

    def test_several_listeners_and_origins(self):
        one, other = self.origin(), self.origin()
        proxy = self.zproxy("--listen", "127.0.0.1:0", "--listen", "[::1]:0",
                            "--to", one.address, "--to", other.address)
        self.assertEqual(e2e.get(proxy.port())[0], 200)
        proxy.said(r"listening on \[::1\]:[1-9]")

    def test_a_file_routes_and_sets_the_host(self):
        app, static = self.origin(), self.origin()
        path = self.file(f"""
            workers = 1
            [[listener]]
            bind = "127.0.0.1:0"
            max_body_bytes = 10
            [upstream.app]
            addrs = ["{app.address}"]
            [upstream.static]
            addrs = ["{static.address}"]
            keepalive = false
            [[route]]
            path = "/app"
            upstream = "app"
            [[route]]
            host = "T"
            path = "/static"
            upstream = "static"
            """)
        port = self.zproxy("-c", path).port()
        self.assertEqual(e2e.get(port, "/app/x"), (200, "GET /app/x\n"))
        self.assertEqual(e2e.get(port, "/static"), (200, "GET /static\n"))
        self.assertEqual(e2e.get(port, "/other")[0], 404)
        self.assertEqual(e2e.get(port, "/app", "Content-Length: 11\r\n", "POST")[0], 413)

    def test_epoll_on_demand(self):
        origin = self.origin()
        path = self.file(f"""
            [io]
            backend = "epoll"
            [[listener]]
            bind = "127.0.0.1:0"
            [upstream.a]
            addrs = ["{origin.address}"]
            """)
        proxy = self.zproxy("-c", path)
        self.assertEqual(e2e.get(proxy.port())[0], 200)
        proxy.said(r"workers? on epoll")

    def test_the_demo_serves_itself(self):
        proxy = self.zproxy("--demo", "--listen", "127.0.0.1:0", "--workers", "1")
        port = int(proxy.said(r"open http://127\.0\.0\.1:(\d+)/")[1])
        status, body = e2e.get(port)
        self.assertEqual(status, 200)
        self.assertIn("<h1>It works</h1>", body)
        self.assertEqual(len(e2e.get(port, "/bytes/3000000")[1]), 3000000)
        self.assertEqual(e2e.get(port, "/bytes/x")[0], 400)
        self.assertEqual(e2e.get(port, "/none")[0], 404)
        answer = e2e.exchange(port, b"POST /echo HTTP/1.1\r\nHost: t\r\nConnection: close\r\nTransfer-Encoding: chunked"
                                    b"\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")
        self.assertTrue(answer.endswith(b"hello world"), answer)
        answer = e2e.exchange(port, b"PUT / HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc")
        self.assertTrue(answer.endswith(b"abc"), answer)

    def test_an_origin_that_is_not_there_is_a_502(self):
        proxy = self.zproxy("--listen", "127.0.0.1:0", "--to", "127.0.0.1:1")
        self.assertEqual(e2e.get(proxy.port())[0], 502)


e2e.main()
