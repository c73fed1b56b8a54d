#!/usr/bin/env python3
"""Tunnels with real clients: CONNECT by curl, the PROXY protocol with HAProxy on either side, TLS passed
through by its name."""
import http.client
import shutil
import socket
import ssl
import subprocess

import e2e
import tunnels

if not shutil.which("haproxy"):
    e2e.skip("no haproxy; ./dev setup installs it")


class Telling(e2e.Handler):
    """Says from whom a request came."""

    def answer(self):
        body = self.headers.get("X-Forwarded-For", "nobody").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = answer


class Tunnels(tunnels.Case):
    def test_curl_connects_where_it_may(self):
        origin = self.origin()
        port = origin.server_address[1]
        proxy = self.zproxy("-c", self.file_for(f'connect_to = ["127.0.0.1:{port}"]', "127.0.0.1:1"))

        def curl(url):
            return subprocess.run(["curl", "-sS", "--max-time", "20", "--proxytunnel", "-x",
                                   f"http://127.0.0.1:{proxy.port()}", "-w", "%{http_connect}", url],
                                  capture_output=True, text=True, timeout=60)

        done = curl(f"http://{origin.address}/through")
        self.assertEqual((done.returncode, done.stdout), (0, "GET /through\n200"))
        for url in (f"http://127.0.0.2:{port}/", "http://127.0.0.1:1/", f"http://localhost:{port}/"):
            done = curl(url)
            self.assertNotEqual(done.returncode, 0)
            self.assertTrue(done.stdout.endswith("403"), (url, done))
        e2e.wait_until(lambda: self.metric(proxy, 'zest_tunnel_ends_total{end="done"}') == 1, "an end")

    def haproxy(self, text):
        """HAProxy with a frontend on a free port, which is returned once it answers."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        path = self.file(f"""
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
{text.replace("@PORT@", str(port))}
""", f"haproxy.{port}.cfg")
        process = subprocess.Popen(["haproxy", "-db", "-f", path], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)

        def answers():
            self.assertIsNone(process.poll())
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return True
            except OSError:
                return False
        e2e.wait_until(answers, "haproxy")
        return port

    def telling(self):
        origin = self.origin()
        origin.RequestHandlerClass = Telling
        return origin

    def to_end(self, client):
        """What comes until the end, which may be a reset."""
        got = b""
        try:
            while piece := client.recv(65536):
                got += piece
        except ConnectionResetError:
            pass
        return got

    def ask_from(self, client, port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=e2e.PATIENCE, source_address=(client, 0))
        connection.request("GET", "/")
        body = connection.getresponse().read().decode()
        connection.close()
        return body

    def test_haproxy_tells_us_who_has_come(self):
        origin = self.telling()
        proxy = self.zproxy("-c", self.file_for(
            'proxy_protocol = "required"\ntrusted_proxies = ["127.0.0.1"]', origin.address))
        for word in ("send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options crc32c,unique-id"):
            front = self.haproxy(f"frontend f\n  bind 127.0.0.1:@PORT@\n  default_backend b\nbackend b\n"
                                 f"  server z 127.0.0.1:{proxy.port()} {word} source 127.0.0.1\n")
            for client in ("127.0.0.7", "127.0.0.8"):
                self.assertEqual(self.ask_from(client, front), client, word)
        with socket.create_connection(("127.0.0.1", proxy.port()), timeout=e2e.PATIENCE) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertEqual(self.to_end(plain), b"")
        self.assertEqual(self.metric(proxy, 'zest_arrivals_refused_total{why="proxy_header"}'), 1)
        e2e.wait_until(lambda: len(e2e.json_lines(self.folder / "log")) == 6, "lines")
        clients = {line["client"].partition(":")[0] for line in e2e.json_lines(self.folder / "log")}
        self.assertEqual(clients, {"127.0.0.7", "127.0.0.8"})

    def test_we_tell_haproxy_who_has_come(self):
        origin = self.telling()
        for version in ("v1", "v2"):
            # HAProxy's port answers none that says nothing: so its readiness is asked of another one.
            with socket.create_server(("127.0.0.1", 0)) as free:
                taking = free.getsockname()[1]
            self.haproxy(f"frontend ready\n  bind 127.0.0.1:@PORT@\n  default_backend b\n"
                         f"frontend f\n  bind 127.0.0.1:{taking} accept-proxy\n  option forwardfor\n"
                         f"  default_backend b\nbackend b\n  server o {origin.address}\n")
            for mode in ('mode = "tcp"\nupstream = "a"', 'x_forwarded = "off"'):
                proxy = self.zproxy("-c", self.file_for(mode, f"127.0.0.1:{taking}",
                                                        upstream=f'send_proxy = "{version}"'))
                self.assertEqual(self.ask_from("127.0.0.9", proxy.port()), "127.0.0.9", (version, mode))

    def tls_origin(self, issued):
        origin = self.origin()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(issued.certificate, issued.key)
        wrap = origin.get_request

        def get_request():
            bare, address = wrap()
            return context.wrap_socket(bare, server_side=True, do_handshake_on_connect=False), address
        origin.get_request = get_request
        return origin

    def test_tls_passes_through_by_its_name(self):
        one, other = self.tls_origin(self.ecdsa), self.tls_origin(self.rsa)
        proxy = self.zproxy("-c", self.file_for(
            'mode = "tcp"\nsni_routes = true', one.address, more=f"""
            [upstream.b]
            addrs = ["{other.address}"]
            [[route]]
            sni = "ecdsa.test"
            upstream = "a"
            [[route]]
            sni = "*.test"
            upstream = "b"
            """))
        for name in ("ecdsa.test", "rsa.test"):
            client = self.connect(proxy.port(), name=name)
            self.assertEqual(self.ask(client, f"/{name}"), f"GET /{name}\n".encode())
            client.close()
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.connect(proxy.port(), name="elsewhere.example")
        e2e.wait_until(lambda: self.metric(proxy, 'zest_arrivals_refused_total{why="no_route"}') == 1, "a refusal")
        e2e.wait_until(lambda: len(e2e.json_lines(self.folder / "log")) == 2, "lines")
        lines = {line["host"]: line for line in e2e.json_lines(self.folder / "log")}
        self.assertEqual(lines["ecdsa.test"]["upstream"], "a")
        self.assertEqual(lines["rsa.test"]["upstream"], "b")
        self.assertNotIn("status", lines["rsa.test"])

    def test_tls_in_front_and_to_the_origin_of_a_tunnel(self):
        origin = self.tls_origin(self.rsa)
        believing = f'tls = {{ name = "rsa.test", ca = "{self.authority.file}" }}'
        proxy = self.zproxy("-c", self.file_for(
            f'mode = "tcp"\nupstream = "a"\ntls = {{ certificates = [{self.ecdsa.toml}] }}',
            origin.address, upstream=believing))
        client = self.connect(proxy.port())
        for i in range(3):
            self.assertEqual(self.ask(client, f"/{i}"), f"GET /{i}\n".encode())
        other = self.zproxy("-c", self.file_for('mode = "tcp"\nupstream = "a"', origin.address, upstream=believing))
        with socket.create_connection(("127.0.0.1", other.port()), timeout=e2e.PATIENCE) as plain:
            self.assertEqual(self.ask(plain, "/plain"), b"GET /plain\n")


e2e.main()
