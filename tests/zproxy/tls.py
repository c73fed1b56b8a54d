"""What the tests of HTTPS share: certificates, a zproxy that has them, and clients that speak TLS."""
import re
import shutil
import socket
import ssl

import e2e
from certificates import Authority

if not shutil.which("openssl") or not shutil.which("curl"):
    e2e.skip("no openssl or curl; ./dev setup installs them")

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


class Case(e2e.Case):
    @classmethod
    def setUpClass(cls):
        cls.authority = Authority()
        cls.addClassCleanup(cls.authority.close)
        cls.ecdsa = cls.authority.issue("ecdsa.test", "ec")
        cls.rsa = cls.authority.issue("rsa.test", "rsa")

    def serve(self, origin=None, settings="", listener="", more="", workers=2):
        """A listener with an ECDSA and an RSA certificate before an origin."""
        origin = origin or self.origin()
        path = self.file(f"""
            workers = {workers}
            [[listener]]
            bind = "127.0.0.1:0"
            {listener}
            [listener.tls]
            certificates = [{self.ecdsa.toml}, {self.rsa.toml}]
            {settings}
            [upstream.a]
            addrs = ["{origin.address}"]
            [admin]
            bind = "127.0.0.1:0"
            {more}
            """)
        proxy = self.zproxy("-c", path)
        proxy.said(r"listening on https://127\.0\.0\.1:\d+")
        return proxy

    def context(self, version=None, ca=None):
        context = ssl.create_default_context(cafile=ca or self.authority.file)
        if version:
            context.minimum_version = context.maximum_version = VERSIONS[version]
        return context

    def connect(self, port, context=None, name="ecdsa.test", session=None):
        bare = socket.create_connection(("127.0.0.1", port), timeout=e2e.PATIENCE)
        self.addCleanup(bare.close)
        client = (context or self.context()).wrap_socket(bare, server_hostname=name, session=session,
                                                         suppress_ragged_eofs=False)
        self.addCleanup(client.close)
        return client

    def read_answers(self, client, count):
        """The bodies of so many answers with a Content-Length."""
        got, bodies = b"", []
        while len(bodies) < count:
            head, end, rest = got.partition(b"\r\n\r\n")
            size = int(re.search(rb"(?i)content-length: (\d+)", head)[1]) if end else 0
            if not end or len(rest) < size:
                piece = client.recv(65536)
                self.assertTrue(piece, "the end too early")
                got += piece
                continue
            bodies.append(rest[:size])
            got = rest[size:]
        return bodies

    def ask(self, client, path="/"):
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: t\r\n\r\n".encode())
        return self.read_answers(client, 1)[0]

    def metric(self, proxy, name):
        body = e2e.get(proxy.admin_port(), "/metrics")[1]
        return float(re.search(rf"^{re.escape(name)} (\S+)$", body, re.M)[1])

    def handshakes(self, proxy, result):
        return self.metric(proxy, f'zest_tls_handshakes_total{{result="{result}"}}')

    def nothing_is_left(self, proxy):
        e2e.wait_until(lambda: self.metric(proxy, "zest_connections_open") == 0, "connections gone")
