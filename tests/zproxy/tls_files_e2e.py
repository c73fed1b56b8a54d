#!/usr/bin/env python3
"""The files that TLS needs: what `zproxy -t`, a start and a reload find wrong with them, and where."""
import re
import signal
from pathlib import Path

import e2e
import tls


class Files(tls.Case):
    def check(self, certificate, key, more="]"):
        path = self.file(f"""
            [[listener]]
            bind = "127.0.0.1:0"
            tls = {{ certificates = [{{ certificate = "{certificate}", key = "{key}" }}{more} }}
            [upstream.a]
            addrs = ["127.0.0.1:3000"]
            """)
        return path, e2e.run("-t", "-c", path)

    def refused(self, certificate, key, pattern):
        """With the place where the file is named."""
        path, done = self.check(certificate, key)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, rf"^{path}:4:\d+: {pattern}\n$")
        started = e2e.run("-c", path)
        self.assertEqual((started.returncode, started.stderr), (1, done.stderr))

    def test_what_is_wrong_with_a_file_is_named(self):
        good, other = self.ecdsa, self.rsa
        text = self.file("no PEM", "text.pem")
        self.refused("/nonexistent.pem", good.key, r"/nonexistent\.pem: No such file or directory")
        self.refused(good.certificate, "/nonexistent.key", r"/nonexistent\.key: No such file or directory")
        self.refused(good.certificate, other.key, rf"{other.key}: is not the key of {good.certificate}")
        self.refused(text, good.key, rf"{text}: .+")
        self.refused(good.certificate, text, rf"{text}: .+")
        expired = self.authority.issue("old.test", "ec", days=-1)
        self.refused(expired.certificate, expired.key, rf"{expired.certificate}: expired on \d+-\d+-\d+")

    def test_what_expires_soon_is_a_warning(self):
        soon = self.authority.issue("soon.test", "ec", days=5)
        path, done = self.check(soon.certificate, soon.key)
        self.assertEqual((done.returncode, done.stdout), (0, f"{path}: good\n"))
        self.assertRegex(done.stderr, rf"^{path}:4:\d+: warning: {soon.certificate}: expires on \d+-\d+-\d+\n$")
        proxy = self.zproxy("-c", path)
        proxy.said(rf"{soon.certificate}: expires on")

    def test_what_would_be_passed_over_in_silence_is_told(self):
        good, old = self.ecdsa, self.authority.issue("old-ca.test", "ec", days=-1)
        cipher = "ECDHE-ECDSA-AES128-GCM-SHA256"
        path, done = self.check(good.certificate, good.key, f'], ciphers = "{cipher}:{cipher[:-1]}"')
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, rf'ciphers "{cipher[:-1]}": OpenSSL knows no such cipher\n$')
        path, done = self.check(good.certificate, good.key, f', {good.toml}], ciphers = "{cipher}:{cipher}", '
                                f'client_auth = "required", client_ca = "{old.certificate}"')
        self.assertEqual((done.returncode, done.stdout), (0, f"{path}: good\n"))
        self.assertRegex(done.stderr, rf'warning: ciphers "{cipher}": stands there twice\n')
        self.assertRegex(done.stderr, rf"warning: {good.certificate}: is never used: ")
        self.assertRegex(done.stderr, rf"warning: {old.certificate}: expired on \d+-\d+-\d+\n")

    def test_good_files_are_good(self):
        path, done = self.check(self.rsa.certificate, self.rsa.key)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, f"{path}: good\n", ""))

    def test_files_for_origins_are_read_too(self):
        path = self.file("""
            [[listener]]
            bind = "127.0.0.1:0"
            [upstream.a]
            addrs = ["127.0.0.1:3000"]
            tls = { name = "a", ca = "/nonexistent.pem" }
            """)
        done = e2e.run("-t", "-c", path)
        self.assertEqual((done.returncode, done.stderr),
                         (1, f"{path}:6:38: /nonexistent.pem: No such file or directory\n"))

    def test_all_that_is_wrong_with_files_is_told_at_its_place(self):
        good, text = self.ecdsa, self.file("no PEM", "text.pem")
        old = self.authority.issue("old.test", "ec", days=-1)
        bad = f"""
            [upstream.a]
            addrs = ["https://127.0.0.1:3000"]
            tls.name = "a"
            tls.ca = "/none.pem"
            tls.certificate = "{text}"
            tls.key = "{self.rsa.key}"
            [[listener]]
            bind = "127.0.0.1:0"
            [listener.tls]
            ticket_keys = "{text}"
            client_auth = "required"
            client_ca = "/none.pem"
            [[listener.tls.certificates]]
            certificate = "/none.pem"
            key = "{text}"
            [[listener.tls.certificates]]
            certificate = "{old.certificate}"
            key = "{self.rsa.key}"
            ocsp = "/none.der"
            """
        path = self.file(bad)
        done = e2e.run("-t", "-c", path)
        self.assertEqual(done.returncode, 1)
        places = [(int(line.split(":")[1]), line.split(": ")[1]) for line in done.stderr.splitlines()]
        self.assertEqual(places, [(5, "/none.pem"), (6, text), (11, text), (13, "/none.pem"), (15, "/none.pem"),
                                  (16, text), (18, old.certificate), (19, self.rsa.key), (20, "/none.der")])
        self.assertEqual(e2e.run("-c", path).stderr, done.stderr)
        proxy = self.zproxy("-c", self.check(good.certificate, good.key)[0])
        proxy.port()
        self.file(bad)
        proxy.signal(signal.SIGHUP)
        for line, name in places:
            proxy.said(rf"not reloaded, .*: {path}:{line}:\d+: {name}: ")

    def test_a_key_that_others_may_read_is_a_warning(self):
        good = self.ecdsa
        for mode, warned in ((0o600, False), (0o400, False), (0o644, True), (0o606, True), (0o660, True)):
            Path(good.key).chmod(mode)
            path, done = self.check(good.certificate, good.key)
            self.assertEqual(done.returncode, 0)
            told = re.search(rf"^{path}:4:\d+: warning: {good.key}: .* may use it", done.stderr)
            self.assertEqual(bool(told), warned)
        proxy = self.zproxy("-c", path)
        proxy.said(rf"warning {good.key}: its group may use it \(chmod go= {good.key}\)")
        Path(good.key).chmod(0o604)
        proxy.signal(signal.SIGHUP)
        proxy.said(rf"warning {good.key}: other users may use it")


e2e.main()
