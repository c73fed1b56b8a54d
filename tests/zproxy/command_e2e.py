#!/usr/bin/env python3
"""The command line: what it prints, and what it ends with."""
import re
import signal
import socket
from pathlib import Path

import e2e
from certificates import Authority

GOOD = """
[[listener]]
bind = "127.0.0.1:0"
[upstream.app]
addrs = ["127.0.0.1:3000"]
"""


class Command(e2e.Case):
    def test_version_says_what_the_kernel_can_do(self):
        done = e2e.run("--version")
        self.assertEqual(done.returncode, 0, done.stderr)
        for word in ("zproxy 0.", "built with", "features: http/1.1", "kernel: ", "io_uring: ", "backend: "):
            self.assertIn(word, done.stdout)

    def test_help_tells_every_option(self):
        done = e2e.run("--help")
        self.assertEqual(done.returncode, 0)
        for word in ("--config", "--test", "--listen", "--to", "--admin", "--workers", "--demo", "--self-signed",
                     "--version", "SIGTERM", "SIGHUP", "SIGUSR1"):
            self.assertIn(word, done.stdout)

    def test_a_good_file_is_good(self):
        done = e2e.run("-t", "-c", path := self.file(GOOD))
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, f"{path}: good\n", ""))

    def test_a_bad_file_is_told_with_all_its_places(self):
        path = self.file(GOOD + "pool_sise = 3\nkeepalive = 1\n[io]\nbackend = \"uring\"\n")
        done = e2e.run("-t", "-c", path)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr.splitlines(), [
            f'{path}:6:1: unknown key "pool_sise" in [upstream.app]; did you mean "pool_size"?',
            f"{path}:7:13: keepalive is a whole number, and must be true or false",
            f'{path}:9:11: backend = "uring": must be "auto", "io_uring" or "epoll"; did you mean "io_uring"?'])
        self.assertEqual(e2e.run("-c", path).returncode, 1)

    def test_no_file_no_service(self):
        done = e2e.run("-c", "/nonexistent.toml")
        self.assertEqual((done.returncode, done.stderr), (1, "/nonexistent.toml: No such file or directory\n"))
        self.assertEqual(e2e.run("-t", "-c", str(self.folder)).returncode, 1)

    def test_hooks_are_for_programs_with_a_proxy_inside(self):
        done = e2e.run("-t", "-c", self.file(GOOD + '[[route]]\npath = "/x"\nhook = "gate"\n'))
        self.assertEqual(done.returncode, 1)
        self.assertIn('hook = "gate" is for programs with a proxy inside', done.stderr)

    def test_flags_are_looked_at_too(self):
        done = e2e.run("-t", "--listen", "nowhere:80", "--to", "app:3000", "--admin", "5")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr.splitlines(), [
            '--listen: "nowhere:80": an IP address; names come later',
            '--to: "app:3000": an IP address; names come later',
            '--admin: "5": needs a port, as in 127.0.0.1:80 or [::1]:80'])
        twice = e2e.run("-t", "--listen", ":1", "--listen", ":1", "--to", "127.0.0.1:1")
        self.assertEqual((twice.returncode, twice.stderr), (1, "--listen: :1 twice\n"))
        clash = e2e.run("-t", "--listen", ":1", "--listen", "0.0.0.0:1", "--to", "127.0.0.1:1",
                        "--admin", "127.0.0.1:1")
        self.assertEqual((clash.returncode, clash.stderr.splitlines()), (1, [
            "--listen: 0.0.0.0:1 clashes with [::]:1", "--admin: 127.0.0.1:1 clashes with the listener at [::]:1",
            "--admin: 127.0.0.1:1 clashes with the listener at 0.0.0.0:1"]))
        self.assertEqual(e2e.run("-t", "--listen", ":80", "--to", "127.0.0.1:1").returncode, 0)

    def test_what_is_written_in_vain_is_a_warning(self):
        path = self.file(GOOD + "keepalive = false\npool_size = 3\n")
        told = f"{path}:7:1: warning: pool_size has no effect: keepalive is false\n"
        done = e2e.run("-t", "-c", path)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, f"{path}: good\n", told))
        proxy = self.zproxy("-c", path)
        proxy.said(f"warning {path}:7:1: pool_size has no effect: keepalive is false")
        self.file(GOOD + "keepalive = false\nidle_timeout_ms = 3\n")
        proxy.signal(signal.SIGHUP)
        proxy.said(f"warning {path}:7:1: idle_timeout_ms has no effect: keepalive is false")

    def test_an_access_log_that_cannot_be_written_is_told_and_none_is_made(self):
        log, folder = self.folder / "log", self.folder / "folder"
        folder.mkdir()
        for name, told in (("/nonexistent/log", "No such file or directory"), (folder, "Is a directory"),
                           (f"{log}/", "No such file or directory"), ("/proc/version/x", "Not a directory")):
            path = self.file(f'access_log = "{name}"' + GOOD)
            done = e2e.run("-t", "-c", path)
            self.assertEqual((done.returncode, done.stderr), (1, f"{path}:1:14: {name}: access log: {told}\n"))
        log.write_text("kept\n")
        for name in (log, self.folder / "new", "stdout", "off"):
            self.assertEqual(e2e.run("-t", "-c", self.file(f'access_log = "{name}"' + GOOD)).returncode, 0)
        self.assertEqual(log.read_text(), "kept\n")
        self.assertFalse((self.folder / "new").exists())

    def test_the_examples_of_the_guide_are_good(self):
        """With files that are there in place of theirs."""
        authority = Authority()
        self.addCleanup(authority.close)
        issued = authority.issue("example.org", "ec")
        there = {"/etc/zproxy/a.pem": issued.certificate, "/etc/zproxy/a.key": issued.key,
                 "/etc/zproxy/origins.pem": authority.file, "/var/log/zproxy/": f"{self.folder}/"}
        guide = (Path(__file__).parents[2] / "docs/OPERATOR.md").read_text()
        examples = re.findall(r"^```toml\n(.*?)^```$", guide, re.M | re.S)
        self.assertGreaterEqual(len(examples), 4)
        for example in examples:
            for name, other in there.items():
                example = example.replace(name, other)
            path = self.file(example)
            done = e2e.run("-t", "-c", path)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, f"{path}: good\n", ""), example)

    def test_what_makes_no_sense_is_status_2(self):
        for arguments in ([], ["--listen", ":80"], ["--to", "127.0.0.1:1"], ["-c", "x", "--to", "127.0.0.1:1"],
                          ["--nonsense"], ["--demo", "--to", "127.0.0.1:1"], ["--workers", "many"], ["-c"],
                          ["-c", "x", "--self-signed"]):
            done = e2e.run(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertNotEqual(done.stderr, "", arguments)

    def test_a_taken_port_is_told(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            done = e2e.run("--listen", address, "--to", "127.0.0.1:1")
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, f"cannot start: .*{address}.*in use")
            done = e2e.run("--listen", "127.0.0.1:0", "--to", "127.0.0.1:1", "--admin", address)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, f"cannot start: .*{address}.*in use")


e2e.main()
