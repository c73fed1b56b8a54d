#!/usr/bin/env python3
"""HTTPS that is not to be: who is refused, how, and that nothing of it stays."""
import socket
import ssl
import threading

import e2e
import tls
from certificates import Authority


class Refusals(tls.Case):
    def test_a_clients_certificate_can_be_required(self):
        proxy = self.serve(settings=f'client_auth = "required"\nclient_ca = "{self.authority.file}"')
        ours = self.authority.issue("client.test", "ec")
        other = Authority()
        self.addCleanup(other.close)
        theirs = other.issue("client.test", "ec")
        for version in tls.VERSIONS:
            context = self.context(version)
            context.load_cert_chain(ours.certificate, ours.key)
            self.assertEqual(self.ask(self.connect(proxy.port(), context), "/in"), b"GET /in\n")
            for bad in (None, theirs):
                context = self.context(version)
                if bad:
                    context.load_cert_chain(bad.certificate, bad.key)
                with self.assertRaises((ssl.SSLError, ConnectionError)):
                    self.ask(self.connect(proxy.port(), context))
        e2e.wait_until(lambda: self.handshakes(proxy, "failed") == 4, "failures are counted")

    def test_versions_below_the_least_are_refused(self):
        port = self.serve(settings='min_version = "1.3"').port()
        with self.assertRaises(ssl.SSLError):
            self.connect(port, self.context("1.2"))
        self.assertEqual(self.ask(self.connect(port)), b"GET /\n")

    def test_http_at_a_tls_port_is_told_so(self):
        proxy = self.serve()
        answer = e2e.exchange(proxy.port(), b"GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer)
        self.assertIn(b"HTTPS", answer)
        # Also who is still sending gets to see it.
        large = b"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 300000\r\n\r\n" + b"x" * 300_000
        self.assertTrue(e2e.exchange(proxy.port(), large).startswith(b"HTTP/1.1 400 "))
        self.assertEqual(self.handshakes(proxy, "failed"), 2)
        self.assertEqual(self.metric(proxy, "zest_connections_reset_total"), 0)
        self.nothing_is_left(proxy)

    def test_what_is_neither_tls_nor_http_is_not_told_that_it_was(self):
        proxy = self.serve()
        for garbage in (b"SSH-2.0-x\r\n", b"\0\1\2", b"hello\r\n", b"\r\n", b"GET\t/\r\n"):
            self.assertEqual(e2e.exchange(proxy.port(), garbage), b"", garbage)
        self.assertIn(b"HTTPS", e2e.exchange(proxy.port(), b"BREW /pot"))
        e2e.wait_until(lambda: self.handshakes(proxy, "failed") == 6, "they are counted")
        self.nothing_is_left(proxy)

    def test_tls_at_an_http_port_is_let_go(self):
        proxy = self.simple(self.origin(), "--admin", "127.0.0.1:0")
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.connect(proxy.port())
        self.assertEqual(self.metric(proxy, 'zest_arrivals_refused_total{why="not_http"}'), 1)
        self.nothing_is_left(proxy)

    def test_the_silent_are_cut_in_time(self):
        proxy = self.serve(listener="handshake_timeout_ms = 200")
        for first in (b"", b"\x16", b"\x16\x03\x01\x02\x00\x01"):
            with socket.create_connection(("127.0.0.1", proxy.port()), timeout=e2e.PATIENCE) as silent:
                silent.sendall(first)
                self.assertEqual(silent.recv(100), b"")
        self.assertEqual(self.metric(proxy, 'zest_timeouts_total{timeout="handshake"}'), 3)
        self.nothing_is_left(proxy)

    def test_cut_and_broken_handshakes_leave_nothing(self):
        proxy = self.serve()
        hello = self.client_hello()
        for cut in (*range(1, 64), len(hello) - 1, len(hello)):
            with socket.create_connection(("127.0.0.1", proxy.port())) as client:
                client.sendall(hello[:cut])
        for broken in (b"\x16\x03\x01\xff\xff" + b"x" * 300, b"\x16\x03\x01\x00\x05\x63\x00\x00\x01x", b"\x80\x2e\x01",
                       b"\x15\x03\x01\x00\x02\x02\x28", b"\x17\x03\x03\x00\x10" + b"x" * 16, b"\0" * 100,
                       hello[:40] + b"\xff" * (len(hello) - 40)):
            e2e.exchange(proxy.port(), broken)
        self.nothing_is_left(proxy)
        self.assertEqual(self.ask(self.connect(proxy.port())), b"GET /\n")

    def client_hello(self):
        to, out = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = self.context().wrap_bio(to, out, server_hostname="ecdsa.test")
        with self.assertRaises(ssl.SSLWantReadError):
            client.do_handshake()
        return out.read()

    def test_silent_connections_take_no_place(self):
        proxy = self.serve(listener="max_handshakes = 1")
        silent = [socket.create_connection(("127.0.0.1", proxy.port())) for _ in range(20)]
        with self.connect(proxy.port()) as client:
            self.assertEqual(self.ask(client), b"GET /\n")
        self.assertEqual(self.metric(proxy, 'zest_limits_hit_total{limit="handshakes"}'), 0)
        for client in silent:
            client.close()
        self.nothing_is_left(proxy)

    def test_who_falls_silent_in_a_handshake_makes_room(self):
        proxy = self.serve(workers=1, listener="max_handshakes = 2")
        stalled = [socket.create_connection(("127.0.0.1", proxy.port()), timeout=e2e.PATIENCE) for _ in range(2)]
        for client in stalled:
            client.sendall(self.client_hello()[:50])
        with self.connect(proxy.port()) as client:
            self.assertEqual(self.ask(client), b"GET /\n")
        self.assertEqual(stalled[0].recv(1), b"", "the first to fall silent was let go")
        self.assertEqual(self.metric(proxy, 'zest_limits_hit_total{limit="handshakes"}'), 1)
        for client in stalled:
            client.close()
        self.nothing_is_left(proxy)

    def test_bytes_alone_keep_no_place(self):
        proxy = self.serve(workers=1, listener="max_handshakes = 2")
        hello, over = self.client_hello(), threading.Event()
        drippers = [socket.create_connection(("127.0.0.1", proxy.port()), timeout=e2e.PATIENCE) for _ in range(2)]

        def drip():  # one byte at a time, for longer than a place is kept
            for byte in hello[:-1]:
                for client in drippers:
                    try:
                        client.sendall(bytes([byte]))
                    except OSError:
                        pass  # let go
                if over.wait(0.1):
                    return
        dripping = threading.Thread(target=drip)
        dripping.start()
        for client in drippers:
            e2e.wait_until(lambda: self.metric(proxy, "zest_connections_open") == 2, "both have come")
        with self.connect(proxy.port()) as client:
            self.assertEqual(self.ask(client), b"GET /\n")
        self.assertFalse(over.is_set() or not dripping.is_alive(), "they had not come to their end")
        over.set()
        dripping.join()
        self.assertEqual(self.metric(proxy, 'zest_limits_hit_total{limit="handshakes"}'), 1)
        self.assertEqual(self.handshakes(proxy, "failed"), 1)
        proxy.said(r"TLS handshake with 127.0.0.1:[0-9]+ on 127.0.0.1:.* failed: others waited for its place")
        for client in drippers:
            client.close()
        self.nothing_is_left(proxy)

    def test_the_log_says_why_one_failed_and_how_many_more(self):
        proxy = self.serve(settings='min_version = "1.3"')
        for _ in range(20):
            with self.assertRaises(ssl.SSLError):
                self.connect(proxy.port(), self.context("1.2"))
        proxy.said(r"TLS handshake with 127.0.0.1:[0-9]+ on 127.0.0.1:.* failed: unsupported protocol")
        self.assertLess(sum("TLS handshake" in line for line in proxy.lines), 20)
        with socket.create_connection(("127.0.0.1", proxy.port())):
            pass  # it has not begun one
        self.nothing_is_left(proxy)

    def test_a_request_with_the_end_of_the_handshake_and_of_the_connection_is_answered(self):
        proxy = self.serve()
        to, out = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.context().wrap_bio(to, out, server_hostname="ecdsa.test")
        with socket.create_connection(("127.0.0.1", proxy.port()), timeout=e2e.PATIENCE) as client:
            while True:
                try:
                    tls.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    client.sendall(out.read())
                    to.write(client.recv(65536))
            tls.write(b"GET / HTTP/1.1\r\nHost: t\r\n\r\n")
            with self.assertRaises(ssl.SSLWantReadError):
                tls.unwrap()
            client.sendall(out.read())  # Finished, the request and close_notify
            while more := client.recv(65536):
                to.write(more)
            self.assertIn(b" 200 ", tls.read(65536).split(b"\r\n")[0])


e2e.main()
