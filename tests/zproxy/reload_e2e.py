#!/usr/bin/env python3
"""SIGHUP: another configuration, other certificates; and what is no good changes nothing."""
import contextlib
import shutil
import signal
import socket
import subprocess
import threading

import e2e
import tls


class Reload(tls.Case):
    def config(self, origin, path="/", certificate=None, more=""):
        listener = '[[listener]]\nbind = "127.0.0.1:0"\n'
        if certificate:
            listener += f"[listener.tls]\ncertificates = [{certificate}]\n"
        return (f'workers = 2\n{listener}[upstream.a]\naddrs = ["{origin.address}"]\n'
                f'[[route]]\npath = "{path}"\nupstream = "a"\n[admin]\nbind = "127.0.0.1:0"\n{more}')

    def reload(self, proxy, wanted):
        said = len([line for line in proxy.lines if "reloaded" in line])
        proxy.signal(signal.SIGHUP)
        e2e.wait_until(lambda: len([line for line in proxy.lines if "reloaded" in line]) > said, "the reload")
        proxy.said(wanted)
        self.assertRegex([line for line in proxy.lines if "reloaded" in line][said], wanted)

    def test_routes_change(self):
        origin = self.origin()
        proxy = self.zproxy("-c", self.file(self.config(origin)))
        port = proxy.port()
        self.assertEqual(e2e.get(port, "/a"), (200, "GET /a\n"))
        self.file(self.config(origin, path="/b"))
        self.reload(proxy, "reloaded: 1 listeners, 1 upstreams, 1 routes")
        self.assertEqual(e2e.get(port, "/a")[0], 404)
        self.assertEqual(e2e.get(port, "/b"), (200, "GET /b\n"))
        self.assertEqual(self.metric(proxy, 'zest_reloads_total{result="taken"}'), 1)

    def test_what_is_no_good_is_named_and_changes_nothing(self):
        origin = self.origin()
        proxy = self.zproxy("-c", self.file(self.config(origin)))
        port = proxy.port()
        self.file(self.config(origin, more="[io]\nbuf_cuont = 5\n"))
        self.reload(proxy, r"not reloaded.*zproxy\.toml:\d+:\d+: .*buf_count")
        self.file(self.config(origin, certificate='{ certificate = "/no.pem", key = "/no.key" }'))
        self.reload(proxy, r"not reloaded.*/no\.pem")
        self.file("")
        self.reload(proxy, "not reloaded")
        self.assertEqual(e2e.get(port, "/a"), (200, "GET /a\n"))
        self.assertEqual(self.metric(proxy, 'zest_reloads_total{result="refused"}'), 3)

    def test_what_needs_a_restart_is_said(self):
        origin = self.origin()
        proxy = self.zproxy("-c", self.file(self.config(origin)))
        port = proxy.port()
        self.file(self.config(origin, more="[io]\nbuf_count = 64\n"))
        self.reload(proxy, "reloaded: ")
        proxy.said("only a restart")
        self.assertEqual(e2e.get(port)[0], 200)

    def test_certificates_are_swapped_under_traffic(self):
        files = [self.folder / "now.pem", self.folder / "now.key"]
        certificates = [self.authority.issue("ecdsa.test", "ec"), self.authority.issue("ecdsa.test", "rsa")]

        def put(issued):
            for source, target in zip((issued.certificate, issued.key), files):
                shutil.copy(source, target)
        put(certificates[0])
        table = f'{{ certificate = "{files[0]}", key = "{files[1]}" }}'
        proxy = self.zproxy("-c", self.file(self.config(self.origin(), certificate=table)))
        port = int(proxy.said(r"listening on https://\S+:(\d+): ")[1])
        failures, count, stop = [], [0], threading.Event()

        def traffic():
            context = self.context()
            while not stop.is_set():
                try:
                    client = self.connect(port, context)
                    for _ in range(2):
                        if self.closing_answer(client):
                            break
                    client.close()
                    count[0] += 1
                except (OSError, AssertionError) as error:
                    failures.append(repr(error))
        threads = [threading.Thread(target=traffic) for _ in range(3)]
        for thread in threads:
            thread.start()
        seen = set()
        for i in range(10):
            put(certificates[i % 2])
            self.reload(proxy, "reloaded: ")
            client = self.connect(port)
            seen.add(client.getpeercert(binary_form=True))
            client.close()
        before = count[0]
        e2e.wait_until(lambda: count[0] > before + 3 or failures, "traffic")
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertEqual(len(seen), 2)

    def test_lines_of_the_access_log_name_their_listener(self):
        origin, log = self.origin(), self.folder / "access.log"

        def text(*ports):
            listeners = "".join(f'[[listener]]\nbind = "127.0.0.1:{port}"\n' for port in ports)
            return f'access_log = "{log}"\n{listeners}[upstream.a]\naddrs = ["{origin.address}"]\n'
        with contextlib.ExitStack() as held:
            ports = []
            for _ in range(3):
                bound = held.enter_context(socket.socket())
                bound.bind(("127.0.0.1", 0))
                ports.append(bound.getsockname()[1])
        one, two, three = ports
        proxy = self.zproxy("-c", self.file(text(one, two)))
        proxy.said("listening on .*%d" % two)
        for now in ((one, two), (two, one), (three,), (one,)):
            self.file(text(*now))
            self.reload(proxy, "reloaded: ")
            for port in now:
                self.assertEqual(e2e.get(port, f"/{port}")[0], 200)
        e2e.wait_until(lambda: len(e2e.json_lines(log)) == 6, "lines")
        for line in e2e.json_lines(log):
            self.assertEqual(line["listener"], "127.0.0.1:" + line["target"][1:])

    def closing_answer(self, client):
        """Asks; true if the answer was the last."""
        client.sendall(b"GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        got = b""
        while not got.endswith(b"GET /\n"):
            piece = client.recv(65536)
            self.assertTrue(piece, "no answer")
            got += piece
        self.assertTrue(got.startswith(b"HTTP/1.1 200"), got)
        return b"connection: close" in got.lower()

    def test_tickets_outlive_a_reload(self):
        table = self.ecdsa.toml
        proxy = self.zproxy("-c", self.file(self.config(self.origin(), certificate=table)))
        port = int(proxy.said(r"listening on https://\S+:(\d+): ")[1])
        context = self.context("1.2")
        first = self.connect(port, context)
        self.ask(first)
        session = first.session
        self.reload(proxy, "reloaded: ")
        self.assertTrue(self.connect(port, context, session=session).session_reused)

    def test_ticket_keys_in_a_file_serve_two(self):
        keys = self.folder / "tickets.key"
        subprocess.run(["openssl", "rand", "-out", keys, "80"], check=True)
        keys.chmod(0o600)
        ports = []
        for name in ("one.toml", "two.toml"):
            table = f'{self.ecdsa.toml}]\nticket_keys = "{keys}"\n#'
            text = self.config(self.origin(), certificate=table)
            proxy = self.zproxy("-c", self.file(text, name))
            ports.append(int(proxy.said(r"listening on https://\S+:(\d+): ")[1]))
        context = self.context("1.2")
        first = self.connect(ports[0], context)
        self.ask(first)
        self.assertTrue(self.connect(ports[1], context, session=first.session).session_reused)


if __name__ == "__main__":
    e2e.main()
