#!/usr/bin/env python3
"""zest/tls.h against others: Python's ssl as client and as server, and openssl s_client. Megabytes byte by byte,
ends and truncations, certificates that are refused, sessions that are resumed."""
import ctypes
import hashlib
import os
import random
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from own_openssl_test import make_certificate
from tls_host import CLOSED, SECONDS_MAX, TLS_FAILED, TLS_TRUNCATED, Certificate, Config, Connection, Context, Failed

SIZE = 4_000_000


class Other(threading.Thread):
    """The far end, in a thread, that hands on what it fails with."""

    def __init__(self, body, *arguments):
        super().__init__(daemon=True)
        self.body, self.arguments, self.failure = body, arguments, None
        self.start()

    def run(self):
        try:
            self.body(*self.arguments)
        except BaseException as failure:  # for the test's thread to see
            self.failure = failure

    def finish(self):
        self.join(SECONDS_MAX)
        assert not self.is_alive(), "the far end hangs"
        return self.failure


def server_config(folder):
    certificate = Certificate(ctypes.sizeof(Certificate), 0, f"{folder}/certificate.pem".encode(),
                              f"{folder}/key.pem".encode())
    return Config(ctypes.sizeof(Config), 0, ctypes.pointer(certificate), 1)


def client_config(folder):
    return Config(ctypes.sizeof(Config), 0, ca_file=f"{folder}/certificate.pem".encode())


def echo(secure):
    """All of it back, then an end in order from both."""
    data = b""
    while len(data) < SIZE:
        data += secure.recv(100_000)
    secure.sendall(data)
    secure.unwrap().close()


def python_client(folder, address, version):
    context = ssl.create_default_context(cafile=f"{folder}/certificate.pem")
    context.minimum_version = context.maximum_version = version
    echo(context.wrap_socket(socket.create_connection(address, SECONDS_MAX), server_hostname="localhost"))


def python_server(folder, listener, version):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/certificate.pem", f"{folder}/key.pem")
    context.minimum_version = context.maximum_version = version
    echo(context.wrap_socket(listener.accept()[0], server_side=True))


def talk(connection, version):
    data = random.randbytes(SIZE)
    connection.send(data)
    assert hashlib.sha256(connection.receive(SIZE)).digest() == hashlib.sha256(data).digest()
    assert connection.end_of() == CLOSED
    assert connection.facts().version == int(version)
    connection.shut_down()
    connection.close()


def check_python(library, folder, listener):
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        with Context(library, True, server_config(folder)) as context:
            other = Other(python_client, folder, listener.getsockname(), version)
            talk(Connection(context, listener.accept()[0]), version)
            assert other.finish() is None, other.failure
        with Context(library, False, client_config(folder)) as context:
            other = Other(python_server, folder, listener, version)
            connected = socket.create_connection(listener.getsockname(), SECONDS_MAX)
            talk(Connection(context, connected, b"localhost"), version)
            assert other.finish() is None, other.failure


def resuming_client(folder, address, resumed):
    context = ssl.create_default_context(cafile=f"{folder}/certificate.pem")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    session = None
    for _ in range(2):
        with context.wrap_socket(socket.create_connection(address, SECONDS_MAX), server_hostname="localhost",
                                 session=session) as secure:
            session = secure.session
            resumed.append(secure.session_reused)


def check_resumption(library, folder, listener, flags, expected):
    config, resumed = server_config(folder), []
    config.flags = flags
    with Context(library, True, config) as context:
        other = Other(resuming_client, folder, listener.getsockname(), resumed)
        for told in expected:
            connection = Connection(context, listener.accept()[0])
            assert connection.facts().resumed == told
            connection.close()
        assert other.finish() is None, other.failure
    assert resumed == expected


def cutting_client(folder, address):
    context = ssl.create_default_context(cafile=f"{folder}/certificate.pem")
    secure = context.wrap_socket(socket.create_connection(address, SECONDS_MAX), server_hostname="localhost")
    raw = socket.socket(fileno=secure.detach())  # closed without a word of TLS
    raw.close()


def distrusting_client(address):
    context = ssl.create_default_context()
    context.wrap_socket(socket.create_connection(address, SECONDS_MAX), server_hostname="localhost")


def check_failures(library, folder, listener):
    with Context(library, True, server_config(folder)) as context:
        other = Other(cutting_client, folder, listener.getsockname())
        connection = Connection(context, listener.accept()[0])
        assert other.finish() is None, other.failure
        assert connection.end_of() == TLS_TRUNCATED
        connection.close()
        other = Other(distrusting_client, listener.getsockname())
        try:
            connection = Connection(context, listener.accept()[0])
            assert connection.end_of() == TLS_FAILED  # of TLS 1.3 the alert comes after its Finished
        except Failed as failed:
            assert failed.status == TLS_FAILED and "unknown ca" in str(failed), failed
        assert isinstance(other.finish(), ssl.SSLCertVerificationError), other.failure
    with Context(library, False, Config(ctypes.sizeof(Config))) as context:
        other = Other(python_server, folder, listener, ssl.TLSVersion.TLSv1_3)
        try:
            Connection(context, socket.create_connection(listener.getsockname(), SECONDS_MAX), b"localhost")
            raise AssertionError("a stranger was trusted")
        except Failed as failed:
            assert failed.status == TLS_FAILED and "certificate" in str(failed), failed
        assert isinstance(other.finish(), ssl.SSLError), other.failure


def check_openssl(library, folder, listener):
    words = ["openssl", "s_client", "-connect", f"127.0.0.1:{listener.getsockname()[1]}", "-CAfile",
             f"{folder}/certificate.pem", "-servername", "localhost", "-verify_return_error", "-quiet", "-no_ign_eof"]
    with Context(library, True, server_config(folder)) as context, \
            subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as client:
        connection = Connection(context, listener.accept()[0])
        client.stdin.write(b"from s_client\n")
        client.stdin.flush()
        assert connection.receive(14) == b"from s_client\n"
        connection.send(b"to s_client\n")
        assert client.stdout.read(12) == b"to s_client\n"
        client.stdin.close()
        assert connection.end_of() == CLOSED
        connection.close()
        client.wait(SECONDS_MAX)


def main():
    name = os.environ.get("ZEST_LIB") or str(Path(__file__).resolve().parents[3] / "build/release/lib/libzest.so.1")
    path = Path(name).with_name("libzest-proxy.so.1")
    if not path.exists():
        print(f"skipped: {path} is not there: ./dev build")
        return 77
    library = ctypes.CDLL(str(path))
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(SECONDS_MAX)
        make_certificate(folder)
        check_python(library, folder, listener)
        check_resumption(library, folder, listener, 0, [False, True])
        check_resumption(library, folder, listener, 2, [False, False])
        check_failures(library, folder, listener)
        check_openssl(library, folder, listener)
    print(f"both sides of {ssl.OPENSSL_VERSION}, {SIZE} bytes each way, and s_client")
    return 0


if __name__ == "__main__":
    sys.exit(main())
