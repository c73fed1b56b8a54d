#!/usr/bin/env python3
"""A host that exits with a proxy running, while its threads shake hands in TLS, exits as it meant to."""
import socket
import ssl
import subprocess
import sys
import tempfile
import threading

from own_openssl_test import load, start_proxy

HOSTS = 25
CLIENTS, HANDSHAKES = 6, 60
SECONDS_MAX = 60
CONFIG = """
workers = 2
[[listener]]
bind = "unix:{path}"
tls = "self-signed"
[upstream.app]
addrs = ["127.0.0.1:9"]
"""


def be_host(path):
    start_proxy(load(), CONFIG.format(path=path).encode())
    print("serves", flush=True)
    sys.stdin.read(1)
    sys.exit(7)


def knock(path, over, served):
    context = ssl._create_unverified_context()
    while not over.is_set():
        try:
            with socket.socket(socket.AF_UNIX) as plain:
                plain.settimeout(2)
                plain.connect(path)
                with context.wrap_socket(plain):
                    served.release()
        except OSError:
            pass


def exit_under_load(which, path):
    over, served = threading.Event(), threading.Semaphore(0)
    host = subprocess.Popen([sys.executable, __file__, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    said = host.stdout.readline()
    if said != b"serves\n":  # why it was skipped
        print(said.decode(), end="")
        sys.exit(host.wait(SECONDS_MAX))
    clients = [threading.Thread(target=knock, args=(path, over, served)) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for _ in range(HANDSHAKES):
        assert served.acquire(timeout=SECONDS_MAX)
    host.stdin.close()
    status = host.wait(SECONDS_MAX)
    over.set()
    for client in clients:
        client.join()
    assert status == 7, f"host {which} of {HOSTS} ended with {status}"


def main():
    if len(sys.argv) > 1:
        be_host(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        for which in range(HOSTS):
            exit_under_load(which, f"{folder}/{which}")
    print(f"{HOSTS} hosts have exited as they meant to")


main()
