#!/usr/bin/env python3
"""C4: the same bent conversations through zproxy to several origins. None may count another number of requests, or
see another body, than zproxy does.

  differential.py path/to/zproxy [seconds] [first seed]

After each conversation comes a good request of another client, on the same pooled connections: what was left over
of the one before would meet it. Prints how many conversations ran, and each disagreement with its seed."""
import itertools
import json
import os
import re
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path += [str(HERE), str(HERE.parent / "zproxy")]
import e2e
import messages
import origins

CONFIG = """
workers = 1
access_log = "{log}"
[[listener]]
bind = "127.0.0.1:0"
head_timeout_ms = 2000
body_timeout_ms = 2000
[upstream.a]
addrs = ["{origin}"]
first_byte_timeout_ms = 5000
between_bytes_timeout_ms = 5000
"""
BATCH = 50


def talk(port, conversation):
    """All that comes back; our side ends at once, so that nobody waits for more of it."""
    with socket.create_connection(("127.0.0.1", port), 10) as s:
        answer = b""
        try:
            s.sendall(conversation)
            s.shutdown(socket.SHUT_WR)
            while piece := s.recv(65536):
                answer += piece
        except ConnectionError:
            pass  # refused before all was sent
        return answer


def statuses(answer):
    return [int(s) for s in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer) if s[0] != ord("1")]


def split(items, is_last):
    """Lists that end with (and leave out) the items that are the last of a conversation."""
    parts, part = [], []
    for item in items:
        if is_last(item):
            parts.append(part)
            part = []
        else:
            part.append(item)
    return parts


class Pair:
    """A zproxy and its origin."""

    def __init__(self, origin, folder):
        self.origin, self.log = origin, Path(folder) / f"{origin.name}.log"
        path = Path(folder) / f"{origin.name}.toml"
        path.write_text(CONFIG.format(log=self.log, origin=origin.address))
        self.proxy = e2e.Zproxy("-c", str(path))
        self.port = self.proxy.port()
        self.asked = self.served = 0
        self.lines = open(self.log)

    def run(self, seeds):
        self.answers = []
        for seed in seeds:
            self.answers.append(statuses(talk(self.port, messages.conversation(seed))))
            good = talk(self.port, b"GET /good HTTP/1.1\r\nHost: a\r\n\r\n")
            if statuses(good) != [200]:
                self.answers[-1].append(f"and a bystander: {good[:60]}")

    def read_log(self, count):
        text, deadline = "", time.monotonic() + 20
        while text.count('"target":"/good"') < count:
            text += self.lines.read()
            if time.monotonic() > deadline:
                raise RuntimeError(f"the log of {self.origin.name} lacks lines: {self.proxy.lines}")
            time.sleep(0.002)
        lines = [json.loads(line) for line in text.split("\n")[:-1]]
        return split(lines, lambda line: line.get("target") == "/good")

    def collect(self, count):
        """Of each conversation: what zproxy logged, what the origin understood, what the client saw."""
        logged = self.read_log(count)
        seen = split(self.origin.notes.seen, lambda request: request[1] == b"/good")
        self.origin.notes.seen.clear()
        seen += [["a bystander's request is missing"]] * (count - len(seen))
        self.asked += sum(len(asked(lines)) for lines in logged)
        self.served += sum(map(len, seen))
        return list(zip(logged, seen, self.answers))

    def stop(self):
        self.lines.close()
        return self.proxy.stop()


def asked(logged):
    return [line for line in logged if "origin" in line]


def method_of(request):
    return request[0][:32].decode("latin1")  # as much as the log has of it


def bodies(result):
    """By the place among the requests that were passed on; the origins' servers answer each with 200."""
    logged, seen, _ = result
    places = [place for place, line in enumerate(asked(logged)) if line["status"] == 200]
    return dict(zip(places, (request[2] for request in seen)))


def words_for(plain, result):
    """What is wrong with one conversation; the plain origin knows what zproxy understood."""
    logged, seen, answers = result
    if answers != [line["status"] for line in logged if line["status"]]:
        return "the client saw other answers than were logged"
    if [method_of(request) for request in seen] != [line["method"] for line in asked(logged) if line["status"] == 200]:
        return "another number of requests"
    ours = bodies(plain)
    if any(ours.get(place) != body for place, body in bodies(result).items()):
        return "another body"
    return None


def run_batch(pairs, seeds):
    threads = [threading.Thread(target=pair.run, args=(seeds,)) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results = [pair.collect(len(seeds)) for pair in pairs]
    wrong = 0
    for at, seed in enumerate(seeds):
        for pair, result in zip(pairs, results):
            if words := words_for(results[0][at], result[at]):
                wrong += 1
                print(f"seed {seed}, {pair.origin.name}: {words}\n  sent {messages.conversation(seed)}\n"
                      f"  zproxy {result[at][0]}\n  origin {result[at][1]}\n  client {result[at][2]}\n"
                      f"  plain {results[0][at]}", flush=True)
    return wrong


def main():
    long_form = os.environ.get("ZEST_LONG", "0") != "0"
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 3600 if long_form else 15
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    with tempfile.TemporaryDirectory(prefix="zest_differential.") as folder:
        running, missing = origins.start(folder)
        if missing:
            print(f"not installed: {', '.join(missing)}")
        if len(running) == 1:
            e2e.skip("no origin to compare with: nginx, apache2 or lighttpd")
        pairs = [Pair(origin, folder) for origin in running]
        deadline, wrong, count = time.monotonic() + seconds, 0, 0
        for start in itertools.count(first, BATCH):
            wrong += run_batch(pairs, range(start, start + BATCH))
            count += BATCH
            if time.monotonic() > deadline or wrong > 20:
                break
        for pair in pairs:
            wrong += pair.stop() != 0
            pair.origin.stop()
        print(f"{count} conversations, seeds from {first}: {wrong} disagreements")
        for pair in pairs:
            print(f"  {pair.origin.name}: of {pair.asked} requests that zproxy passed on {pair.served} were understood")
        return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
