#!/usr/bin/env python3
"""Signals: an end in order with its receipt, an end at once, and those that end nothing."""
import signal
import socket
import threading
import time

import e2e

RECEIPT = (r"(drained|cut short) in (\S+) s: (\d+) exchanges finished, (\d+) idle connections closed, "
           r"\d+ tunnels ended, (\d+) forced")


class Drain(e2e.Case):
    def slow_request(self, proxy, origin):
        """A request that the origin holds; its answer will be in the list."""
        answers = []
        thread = threading.Thread(target=lambda: answers.append(self.attempt(proxy.port())), daemon=True)
        thread.start()
        self.assertTrue(origin.slow_began.wait(e2e.PATIENCE))
        return thread, answers

    def attempt(self, port):
        try:
            return e2e.get(port, "/slow")
        except (OSError, IndexError):
            return None

    def test_a_request_under_way_comes_to_its_end(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            origin = self.origin()
            proxy = self.simple(origin)
            thread, answers = self.slow_request(proxy, origin)
            with socket.create_connection(("127.0.0.1", proxy.port())) as idle:
                # Answered by the proxy itself: such an exchange has ended when its answer is sent.
                idle.sendall(b"OPTIONS * HTTP/1.1\r\nHost: t\r\n\r\n")
                self.assertTrue(idle.recv(1000))
                proxy.signal(number)
                proxy.said("draining for at most")
                idle.settimeout(e2e.PATIENCE)
                while idle.recv(1000):
                    pass
                self.assertIsNone(proxy.process.poll())
                # Each worker closes its own listener: the other one's may be open a moment longer.
                e2e.wait_until_refused(proxy.port())
            origin.slow_may_end.set()
            thread.join(e2e.PATIENCE)
            self.assertEqual(answers, [(200, "GET /slow\n")])
            self.assertEqual(proxy.wait(), 0)
            receipt = proxy.said(RECEIPT)
            self.assertEqual(receipt.group(1, 3, 5), ("drained", "1", "0"))
            self.assertGreaterEqual(int(receipt.group(4)), 1)

    def test_a_second_signal_ends_it_at_once(self):
        origin = self.origin()
        proxy = self.simple(origin)
        thread, answers = self.slow_request(proxy, origin)
        proxy.signal(signal.SIGTERM)
        proxy.said("draining for at most")
        began = time.monotonic()
        proxy.signal(signal.SIGTERM)
        self.assertEqual(proxy.wait(), 0)
        self.assertLess(time.monotonic() - began, 5)
        thread.join(e2e.PATIENCE)
        self.assertEqual(answers, [None])
        self.assertEqual(proxy.said(RECEIPT).group(1, 5), ("cut short", "1"))

    def test_a_deadline_ends_it_too(self):
        origin = self.origin()
        path = self.file(f"""
            drain_timeout_ms = 200
            [[listener]]
            bind = "127.0.0.1:0"
            [upstream.a]
            addrs = ["{origin.address}"]
            """)
        proxy = self.zproxy("-c", path)
        thread, answers = self.slow_request(proxy, origin)
        proxy.signal(signal.SIGTERM)
        self.assertEqual(proxy.wait(), 0)
        thread.join(e2e.PATIENCE)
        self.assertEqual(answers, [None])
        self.assertEqual(proxy.said(RECEIPT).group(1, 5), ("cut short", "1"))

    def test_a_reload_that_is_asked_for_while_draining_is_refused_at_once(self):
        origin = self.origin()
        proxy = self.simple(origin)
        thread, answers = self.slow_request(proxy, origin)
        proxy.signal(signal.SIGTERM)
        proxy.said("draining for at most")
        proxy.signal(signal.SIGHUP)
        proxy.said("not reloaded.*draining")
        proxy.signal(signal.SIGTERM)
        self.assertEqual(proxy.wait(), 0)
        thread.join(e2e.PATIENCE)
        self.assertEqual(answers, [None])

    def test_other_signals_end_nothing(self):
        proxy = self.simple(self.origin())
        port = proxy.port()
        proxy.signal(signal.SIGHUP)
        proxy.said("reloaded: ")
        proxy.signal(signal.SIGUSR1)  # without an access log
        proxy.signal(signal.SIGPIPE)
        self.assertEqual(e2e.get(port)[0], 200)


e2e.main()
