#!/usr/bin/env python3
"""A Python that has its own OpenSSL loads libzest-proxy, starts a proxy with TLS in it, hands it what it
accepted, and asks over TLS itself: the two meet nowhere."""
import ctypes
import http.server
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

REQUESTS = 20
SECONDS_MAX = 60
CONFIG = """
workers = 1
[[listener]]
id = 1
[[listener.tls.certificates]]
certificate = "{folder}/certificate.pem"
key = "{folder}/key.pem"
[upstream.app]
addrs = ["127.0.0.1:{port}"]
"""


class Config(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_uint32), ("reserved", ctypes.c_uint32), ("text", ctypes.c_char_p),
                ("text_size", ctypes.c_size_t), ("name", ctypes.c_char_p), ("path", ctypes.c_char_p),
                ("log", ctypes.c_void_p), ("log_context", ctypes.c_void_p)]


class Error(ctypes.Structure):
    _fields_ = [("code", ctypes.c_int32), ("os_errno", ctypes.c_int32), ("message", ctypes.c_char * 256)]


class Origin(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_):
        pass


def make_certificate(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-keyout", f"{folder}/key.pem", "-out", f"{folder}/certificate.pem"],
                   check=True, capture_output=True, timeout=SECONDS_MAX)


def load():
    name = os.environ.get("ZEST_LIB") or str(Path(__file__).resolve().parents[3] / "build/release/lib/libzest.so.1")
    path = Path(name).with_name("libzest-proxy.so.1")
    if not path.exists():
        print(f"skipped: {path} is not there: ./dev build")
        sys.exit(77)
    return ctypes.CDLL(str(path))


def start_proxy(library, text):
    config, proxy, error = Config(ctypes.sizeof(Config), 0, text, len(text)), ctypes.c_void_p(), Error()
    status = library.zest_proxy_start(ctypes.byref(config), ctypes.byref(proxy), None, ctypes.byref(error))
    assert status == 0, error.message.decode()
    return proxy


def hand_over(library, proxy, listener):
    for _ in range(REQUESTS):
        accepted, _ = listener.accept()
        assert library.zest_proxy_serve(proxy, accepted.detach(), ctypes.c_uint64(1), None) == 0


def ask(context, address):
    with context.wrap_socket(socket.create_connection(address, SECONDS_MAX), server_hostname="localhost") as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = b""
        while not answer.endswith(b"hello"):
            more = client.recv(4096)
            assert more, f"cut: {answer}"
            answer += more


def main():
    library = load()
    origin = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Origin)
    threading.Thread(target=origin.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as listener:
        make_certificate(folder)
        proxy = start_proxy(library, CONFIG.format(folder=folder, port=origin.server_port).encode())
        context = ssl.create_default_context(cafile=f"{folder}/certificate.pem")
        threading.Thread(target=hand_over, args=(library, proxy, listener), daemon=True).start()
        for _ in range(REQUESTS):
            ask(context, listener.getsockname())
        assert library.zest_proxy_drain(proxy, SECONDS_MAX * 1000, None) == 0
        assert library.zest_proxy_free(ctypes.byref(proxy)) == 0
    print(f"{REQUESTS} requests over TLS; the host's own is {ssl.OPENSSL_VERSION}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
