"""What origins understood: a list of (method, target, body's digest), in order. It is taken down by
an SCGI server behind a real one, or by the plain origin itself."""
import hashlib
import socket
import socketserver
import threading
import time


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def listens(port, process):
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            if process.poll() is not None:
                return False
            time.sleep(0.02)
    return False


def digest(body):
    return f"{len(body)}:{hashlib.sha1(body).hexdigest()[:12]}"


class Threads(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128


class Notes:
    """A server on a free port whose handler notes each request."""

    def __init__(self, handle):
        self.seen = []
        notes = self

        class Handler(socketserver.StreamRequestHandler):
            disable_nagle_algorithm = True

            def handle(self):
                try:
                    handle(notes, self.rfile, self.wfile)
                except (OSError, ValueError, IndexError):
                    pass  # a cut connection; what was not whole is not noted

        self.server = Threads(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def note(self, method, target, body):
        self.seen.append((method, target, digest(body)))

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def scgi(notes, rfile, wfile):
    size = b""
    while (c := rfile.read(1)) != b":":
        if not c:
            return
        size += c
    texts = rfile.read(int(size) + 1)[:-1].split(b"\0")
    names = dict(zip(texts[0::2], texts[1::2]))
    length = int(names.get(b"CONTENT_LENGTH") or 0)
    body = rfile.read(length)
    if len(body) < length:
        return
    notes.note(names[b"REQUEST_METHOD"], names[b"REQUEST_URI"], body)
    wfile.write(b"Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok")


class Scgi(Notes):
    def __init__(self):
        super().__init__(scgi)


def read_chunks(rfile):
    body = b""
    while size := int(rfile.readline().partition(b"\r\n")[0], 16):
        body += rfile.read(size)
        if rfile.read(2) != b"\r\n":
            raise ValueError
    while rfile.readline() not in (b"\r\n", b""):
        pass
    return body


def plain(notes, rfile, wfile):
    """For what zproxy writes, which is always well formed: what is not is an error of zproxy's."""
    while line := rfile.readline():
        method, target, version = line.split(b" ")
        fields = []
        while (field := rfile.readline()) not in (b"\r\n", b""):
            name, _, value = field.removesuffix(b"\r\n").partition(b":")
            fields.append((name.lower(), value.strip(b" \t")))
        lengths = [v for n, v in fields if n == b"content-length"]
        codings = [v for n, v in fields if n == b"transfer-encoding"]
        if version != b"HTTP/1.1\r\n" or len(lengths) + len(codings) > 1 or codings not in ([], [b"chunked"]):
            notes.seen.append((b"malformed", line, repr(fields)))
            return
        if (b"expect", b"100-continue") in fields:
            wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        length = int(lengths[0]) if lengths else 0
        body = read_chunks(rfile) if codings else rfile.read(length)
        if not codings and len(body) < length:
            return
        notes.note(method, target, body)
        wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + (b"" if method == b"HEAD" else b"ok"))


class Plain(Notes):
    """Says what zproxy itself understood: it believes the bytes that zproxy wrote."""
    name = "plain"

    def __init__(self):
        super().__init__(plain)
        self.address = f"127.0.0.1:{self.port}"
        self.notes = self

    def stop(self):
        self.close()
