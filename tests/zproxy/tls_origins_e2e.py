#!/usr/bin/env python3
"""HTTPS to origins: who is believed, and who is not."""
import os
import shutil
import socket
import ssl
import subprocess
import unittest

import e2e
import tls
from certificates import Authority


class Origins(tls.Case):
    def https_origin(self, issued, **more):
        origin = self.origin()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(issued.certificate, issued.key)
        context.sni_callback = lambda _, name, __: origin.asked.append(name)
        for name, value in more.items():
            setattr(context, name, value)
        origin.asked = []
        wrap = origin.get_request

        def get_request():
            bare, address = wrap()
            return context.wrap_socket(bare, server_side=True, do_handshake_on_connect=False), address
        origin.get_request = get_request
        origin.context = context
        return origin

    def before(self, origin, settings, scheme="", workers=1, more=()):
        path = self.file(f"""
            workers = {workers}
            [[listener]]
            bind = "127.0.0.1:0"
            [upstream.a]
            addrs = ["{scheme}{origin.address}"]
            connect_timeout_ms = 5000
            tls = {settings}
            [admin]
            bind = "127.0.0.1:0"
            """)
        return self.zproxy("-c", path, *more)

    def believing(self, name="ecdsa.test", more=""):
        return f'{{ name = "{name}", ca = "{self.authority.file}"{more} }}'

    def test_an_origin_is_asked_by_its_name_and_believed(self):
        for issued, name in ((self.ecdsa, "ecdsa.test"), (self.rsa, "rsa.test")):
            for version in tls.VERSIONS.values():
                origin = self.https_origin(issued, minimum_version=version, maximum_version=version)
                proxy = self.before(origin, self.believing(name), "https://")
                for i in range(3):
                    self.assertEqual(e2e.get(proxy.port(), f"/{i}"), (200, f"GET /{i}\n"))
                self.assertEqual(origin.asked, [name])
                proxy.said(rf"upstream a: https://{origin.address}")

    def test_an_origin_may_be_called_by_its_address(self):
        origin = self.https_origin(self.authority.issue("127.0.0.1", "ec"))
        self.assertEqual(e2e.get(self.before(origin, self.believing("127.0.0.1")).port())[0], 200)
        self.assertEqual(origin.asked, [None])

    def test_a_wrong_name_or_an_unknown_authority_is_a_502(self):
        other = Authority()
        self.addCleanup(other.close)
        for origin, settings in ((self.https_origin(self.ecdsa), self.believing("other.test")),
                                 (self.https_origin(other.issue("ecdsa.test", "ec")), self.believing()),
                                 (self.https_origin(self.ecdsa), '{ name = "ecdsa.test" }'),
                                 (self.origin(), self.believing())):
            proxy = self.before(origin, settings)
            self.assertEqual(e2e.get(proxy.port())[0], 502)
            self.assertGreaterEqual(self.metric(proxy, "zest_upstream_connect_failures_total"), 1)
            e2e.wait_until(lambda: self.metric(proxy, "zest_connections_open") == 0, "nothing is left")

    def test_the_log_says_why_an_origin_was_not_believed(self):
        other = Authority()
        self.addCleanup(other.close)
        for origin, settings, why in (
                (self.https_origin(self.ecdsa), self.believing("other.test"), "Hostname mismatch"),
                (self.https_origin(other.issue("ecdsa.test", "ec")), self.believing(),
                 "unable to get local issuer certificate"),
                (self.origin(), self.believing(), "no record of TLS")):
            log = self.folder / f"{why}.log"
            proxy = self.before(origin, settings, more=("--access-log", str(log)))
            self.assertEqual(e2e.get(proxy.port())[0], 502)
            self.assertEqual(self.metric(proxy, "zest_upstream_tls_failures_total"), 1)
            self.assertEqual(proxy.stop(), 0)
            (line,) = e2e.json_lines(log)
            self.assertEqual((line["status"], line["why"].lower()), (502, why.lower()))

    def test_the_log_says_why_an_origin_broke_off_after_the_handshake(self):
        origin = self.https_origin(self.ecdsa, minimum_version=ssl.TLSVersion.TLSv1_3, verify_mode=ssl.CERT_REQUIRED)
        log = self.folder / "log"
        proxy = self.before(origin, self.believing(), more=("--access-log", str(log)))
        self.assertEqual(e2e.get(proxy.port())[0], 502)
        self.assertEqual(self.metric(proxy, "zest_upstream_tls_failures_total"), 1)
        self.assertEqual(proxy.stop(), 0)
        (line,) = e2e.json_lines(log)
        self.assertIn("certificate required", line["why"].lower())

    def test_an_origin_that_does_not_shake_hands_in_time_is_a_504_that_says_so(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            log = self.folder / "silent.log"
            path = self.file(f"""
                [[listener]]
                bind = "127.0.0.1:0"
                [upstream.a]
                addrs = ["https://127.0.0.1:{silent.getsockname()[1]}"]
                connect_timeout_ms = 300
                tls = {self.believing()}
                """)
            proxy = self.zproxy("-c", path, "--access-log", str(log))
            self.assertEqual(e2e.get(proxy.port())[0], 504)
            self.assertEqual(proxy.stop(), 0)
            (line,) = e2e.json_lines(log)
            self.assertEqual(line["why"], "the origin did not finish its TLS handshake in time")

    def test_origins_are_offered_http_1_1(self):
        origin = self.https_origin(self.ecdsa)
        origin.context.set_alpn_protocols(["h2", "http/1.1"])
        origin.chosen = []
        original = origin.RequestHandlerClass.answer

        class Handler(origin.RequestHandlerClass):
            def answer(self):
                origin.chosen.append(self.connection.selected_alpn_protocol())
                original(self)
            do_GET = answer
        origin.RequestHandlerClass = Handler
        self.assertEqual(e2e.get(self.before(origin, self.believing()).port())[0], 200)
        self.assertEqual(origin.chosen, ["http/1.1"])

    @unittest.skipUnless(shutil.which("nginx"), "no nginx")
    def test_nginx_as_an_origin(self):
        body = os.urandom(5_000_000)
        (self.folder / "body").write_bytes(body)
        (self.folder / "small").write_bytes(b"small")
        (self.folder / "nginx.conf").write_text(f"""
            daemon off; worker_processes 1; pid {self.folder}/pid; error_log stderr crit;
            events {{}}
            http {{
                access_log off; client_body_temp_path {self.folder}; proxy_temp_path {self.folder};
                fastcgi_temp_path {self.folder}; uwsgi_temp_path {self.folder}; scgi_temp_path {self.folder};
                server {{
                    listen unix:{self.folder}/nginx.sock ssl;
                    ssl_certificate {self.ecdsa.certificate}; ssl_certificate_key {self.ecdsa.key};
                    ssl_protocols TLSv1.2 TLSv1.3; root {self.folder};
                }}
            }}""")
        nginx = subprocess.Popen(["nginx", "-c", self.folder / "nginx.conf", "-e", "stderr"])
        self.addCleanup(nginx.wait)
        self.addCleanup(nginx.terminate)
        e2e.wait_until((self.folder / "nginx.sock").is_socket, "nginx listens")
        (self.folder / "nginx.sock").chmod(0o777)
        self.folder.chmod(0o755)
        path = self.file(f"""
            [[listener]]
            bind = "127.0.0.1:0"
            [upstream.a]
            addrs = ["unix:{self.folder}/nginx.sock"]
            tls = {self.believing()}
            """)
        port = self.zproxy("-c", path).port()
        for _ in range(3):
            self.assertEqual(e2e.get(port, "/small"), (200, "small"))
            got = e2e.exchange(port, b"GET /body HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
            self.assertEqual(got.partition(b"\r\n\r\n")[2], body)

    def test_who_does_not_verify_takes_anybody(self):
        other = Authority()
        self.addCleanup(other.close)
        origin = self.https_origin(other.issue("x.test", "rsa"))
        self.assertEqual(e2e.get(self.before(origin, "{ verify = false }").port())[0], 200)

    def test_large_bodies_go_both_ways(self):
        origin = self.https_origin(self.ecdsa)
        proxy = self.before(origin, self.believing())
        upload = self.folder / "upload"
        upload.write_bytes(os.urandom(20_000_000))
        done = subprocess.run(["curl", "-sS", "-T", upload, f"http://127.0.0.1:{proxy.port()}/x"],
                              capture_output=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertEqual(done.stdout, upload.read_bytes())

    def test_an_origin_can_ask_who_we_are(self):
        ours = self.authority.issue("proxy.test", "ec")
        origin = self.https_origin(self.ecdsa, verify_mode=ssl.CERT_REQUIRED)
        origin.context.load_verify_locations(self.authority.file)
        shown = f', certificate = "{ours.certificate}", key = "{ours.key}"'
        self.assertEqual(e2e.get(self.before(origin, self.believing(more=shown)).port())[0], 200)
        self.assertEqual(e2e.get(self.before(origin, self.believing()).port())[0], 502)

    def test_sessions_with_origins_are_resumed(self):
        origin = self.https_origin(self.ecdsa)
        path = self.file(f"""
            workers = 1
            [[listener]]
            bind = "127.0.0.1:0"
            [upstream.a]
            addrs = ["{origin.address}"]
            tls = {self.believing()}
            keepalive = false
            """)
        proxy = self.zproxy("-c", path)
        for _ in range(5):
            self.assertEqual(e2e.get(proxy.port())[0], 200)
        self.assertEqual(len(origin.asked), 5)
        self.assertGreaterEqual(origin.context.session_stats()["hits"], 3)


e2e.main()
