#!/usr/bin/env python3
"""HTTPS to clients as Python's ssl and curl speak it: versions, certificates, bodies, sessions, and its end."""
import hashlib
import os
import signal
import socket
import ssl
import subprocess
import time

import e2e
import tls

BIG = 20_000_000


class Https(tls.Case):
    def test_when_certificates_expire_is_a_metric(self):
        proxy = self.serve()
        for issued in (self.ecdsa, self.rsa):
            label = f'{{certificate="{issued.certificate}"}}'
            until = self.metric(proxy, f"zest_certificate_expiry_timestamp_seconds{label}")
            self.assertLess(abs(until - time.time() - 90 * 86400), 3600)

    def test_both_versions_and_both_kinds_of_key(self):
        port = self.serve().port()
        for version in tls.VERSIONS:
            for name in ("ecdsa.test", "rsa.test"):
                client = self.connect(port, self.context(version), name)
                self.assertEqual(client.version(), f"TLSv{version}")
                self.assertEqual(client.getpeercert()["subjectAltName"], (("DNS", name),))
                for i in range(3):
                    self.assertEqual(self.ask(client, f"/{i}"), f"GET /{i}\n".encode())
                client.unwrap()

    def test_names_nobody_has_get_the_first_certificate(self):
        context = self.context()
        context.check_hostname = False
        client = self.connect(self.serve().port(), context, "other.test")
        self.assertEqual(client.getpeercert()["subjectAltName"], (("DNS", "ecdsa.test"),))

    def test_pipelined_requests_are_answered_in_order(self):
        client = self.connect(self.serve().port())
        client.sendall(b"".join(b"GET /%d HTTP/1.1\r\nHost: t\r\n\r\n" % i for i in range(100)))
        self.assertEqual(self.read_answers(client, 100), [b"GET /%d\n" % i for i in range(100)])

    def test_large_bodies_go_both_ways_byte_by_byte(self):
        port = self.serve().port()
        body = os.urandom(BIG)
        for version in tls.VERSIONS:
            client = self.connect(port, self.context(version))
            head = b"PUT / HTTP/1.1\r\nHost: t\r\nContent-Length: %d\r\n\r\n" % BIG
            # One after the other: an SSL object is not for two threads, and the origin answers last.
            client.sendall(head + body)
            [answer] = self.read_answers(client, 1)
            self.assertEqual(hashlib.sha256(answer).digest(), hashlib.sha256(body).digest())
            self.assertEqual(self.ask(client, "/after"), b"GET /after\n")

    def test_few_buffers_are_enough_for_many_readers(self):
        origin, large = self.origin(), os.urandom(2_000_000)

        class Handler(e2e.Handler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", str(len(large)))
                self.end_headers()
                self.wfile.write(large)
        origin.RequestHandlerClass = Handler
        port = self.serve(origin, more="[io]\nbuf_count = 16").port()
        clients = [subprocess.Popen(["curl", "-sSk", f"https://127.0.0.1:{port}/", "-o", self.folder / str(i)])
                   for i in range(20)]
        for i, client in enumerate(clients):
            self.assertEqual(client.wait(e2e.PATIENCE), 0)
            self.assertEqual((self.folder / str(i)).read_bytes(), large)

    def test_records_of_one_byte(self):
        client = self.connect(self.serve().port())
        for byte in b"GET /bits HTTP/1.1\r\nHost: t\r\n\r\n":
            client.send(bytes([byte]))
        self.assertEqual(self.read_answers(client, 1), [b"GET /bits\n"])

    def test_curl_likes_it(self):
        port = self.serve().port()
        upload = self.folder / "upload"
        upload.write_bytes(os.urandom(3_000_000))
        for flags in (["--tlsv1.3"], ["--tls-max", "1.2"]):
            done = subprocess.run(["curl", "-sS", "--http1.1", "--cacert", self.authority.file, *flags,
                                   "--resolve", f"rsa.test:{port}:127.0.0.1", "-T", upload,
                                   f"https://rsa.test:{port}/x"], capture_output=True, timeout=60)
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            self.assertEqual(done.stdout, upload.read_bytes())

    def test_sessions_are_resumed_by_any_worker(self):
        proxy = self.serve()
        for version in tls.VERSIONS:
            context = self.context(version)
            first = self.connect(proxy.port(), context)
            self.ask(first)
            session = first.session
            first.unwrap()
            for _ in range(6):
                again = self.connect(proxy.port(), context, session=session)
                self.assertEqual(self.ask(again, "/again"), b"GET /again\n")
                self.assertTrue(again.session_reused, version)
                again.unwrap()
        e2e.wait_until(lambda: self.handshakes(proxy, "resumed") == 12, "resumptions are counted")
        self.assertEqual(self.handshakes(proxy, "full"), 2)
        self.nothing_is_left(proxy)

    def test_the_protocol_is_agreed_on(self):
        context = self.context()
        context.set_alpn_protocols(["h2", "http/1.1"])
        client = self.connect(self.serve().port(), context)
        self.assertEqual(client.selected_alpn_protocol(), "http/1.1")

    def test_the_origin_hears_of_it(self):
        origin, seen = self.origin(), []
        original = origin.RequestHandlerClass.answer

        class Handler(origin.RequestHandlerClass):
            def answer(self):
                seen.append(self.headers["X-Forwarded-Proto"])
                original(self)
            do_GET = answer
        origin.RequestHandlerClass = Handler
        self.ask(self.connect(self.serve(origin).port()))
        self.assertEqual(seen, ["https"])

    def test_an_end_is_announced(self):
        origin = self.origin()
        proxy = self.serve(origin)
        for version in tls.VERSIONS:
            client = self.connect(proxy.port(), self.context(version))
            client.sendall(b"GET /last HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
            self.assertEqual(self.read_answers(client, 1), [b"GET /last\n"])
            self.assertEqual(client.recv(10), b"")

    def test_a_drain_ends_tls_in_order(self):
        origin = self.origin()
        proxy = self.serve(origin)
        idle, busy = self.connect(proxy.port()), self.connect(proxy.port())
        shaking = socket.create_connection(("127.0.0.1", proxy.port()))
        self.addCleanup(shaking.close)
        self.ask(idle)
        busy.sendall(b"GET /slow HTTP/1.1\r\nHost: t\r\n\r\n")
        self.assertTrue(origin.slow_began.wait(e2e.PATIENCE))
        proxy.signal(signal.SIGTERM)
        self.assertEqual(idle.recv(10), b"")  # announced: a cut would be an SSLEOFError
        origin.slow_may_end.set()
        self.assertEqual(self.read_answers(busy, 1), [b"GET /slow\n"])
        self.assertEqual(busy.recv(10), b"")
        self.assertEqual(proxy.wait(), 0)
        proxy.said(r"drained in .* 0 forced")

    def test_a_certificate_in_memory(self):
        proxy = self.simple(self.origin(), "--self-signed")
        proxy.said(r"listening on https://127\.0\.0\.1")
        port = proxy.port()
        for name in ("localhost", "127.0.0.1"):
            pem = self.folder / "seen.pem"
            pem.write_text(ssl.get_server_certificate(("127.0.0.1", port)))
            self.assertEqual(self.ask(self.connect(port, self.context(ca=str(pem)), name)), b"GET /\n")

    def test_who_comes_without_tls_is_sent_there(self):
        origin = self.origin()
        path = self.file(f"""
            [[listener]]
            bind = "127.0.0.1:0"
            [[listener]]
            bind = "localhost.sock"
            tls = "self-signed"
            [upstream.a]
            addrs = ["{origin.address}"]
            [[route]]
            redirect = "https"
            """.replace("localhost.sock", f"unix:{self.folder}/s"))
        proxy = self.zproxy("-c", path)
        port = int(proxy.said(r"listening on 127\.0\.0\.1:(\d+)")[1])
        answer = e2e.exchange(port, b"GET /a?b=c HTTP/1.1\r\nHost: www.test:8080\r\nConnection: close\r\n\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 308 "), answer)
        self.assertIn(b"\r\nLocation: https://www.test/a?b=c\r\n", answer)
        bare = socket.socket(socket.AF_UNIX)
        bare.connect(f"{self.folder}/s")
        self.addCleanup(bare.close)
        context = ssl._create_unverified_context()
        with context.wrap_socket(bare, server_hostname="localhost") as client:
            self.assertEqual(self.ask(client, "/there"), b"GET /there\n")


e2e.main()
