"""zest/tls.h for Python, as much as its tests need."""
import ctypes
import select
from ctypes import POINTER, c_char_p, c_int32, c_size_t, c_uint32, c_void_p

from own_openssl_test import Error

SECONDS_MAX = 60
OK, CLOSED, WANT_READ, WANT_WRITE = 0, 2, 5, 6
TLS_FAILED, TLS_TRUNCATED = 400, 401


class Certificate(ctypes.Structure):
    _fields_ = [("struct_size", c_uint32), ("reserved", c_uint32), ("certificate_file", c_char_p),
                ("key_file", c_char_p), ("certificate", c_char_p), ("certificate_size", c_size_t),
                ("key", c_char_p), ("key_size", c_size_t), ("ocsp_file", c_char_p)]


class Config(ctypes.Structure):
    _fields_ = [("struct_size", c_uint32), ("flags", c_uint32), ("certificates", POINTER(Certificate)),
                ("certificate_count", c_size_t), ("self_signed", POINTER(c_char_p)), ("self_signed_count", c_size_t),
                ("alpn", POINTER(c_char_p)), ("alpn_count", c_size_t), ("ca_file", c_char_p), ("ca", c_char_p),
                ("ca_size", c_size_t), ("ciphers", c_char_p), ("ciphersuites", c_char_p),
                ("ticket_key_file", c_char_p), ("version_min", c_uint32), ("version_max", c_uint32),
                ("clients", c_uint32), ("kernel", c_uint32), ("session_timeout_s", c_uint32), ("reserved", c_uint32)]


class Facts(ctypes.Structure):
    _fields_ = [("struct_size", c_uint32), ("version", c_uint32), ("resumed", c_uint32), ("mode", c_uint32),
                ("cipher", c_void_p), ("alpn", c_void_p), ("server_name", c_void_p), ("peer_subject", c_void_p),
                ("peer_fingerprint", c_void_p), ("cipher_size", c_uint32), ("alpn_size", c_uint32),
                ("server_name_size", c_uint32), ("peer_subject_size", c_uint32), ("peer_fingerprint_size", c_uint32),
                ("reserved", c_uint32)]


class Failed(Exception):
    """A status that is none of progress."""

    def __init__(self, status, error):
        super().__init__(f"{status}: {error.message.decode()}")
        self.status = status


class Context:
    def __init__(self, library, serves, config):
        self.library, self.serves, self.handle = library, serves, c_void_p()
        error = Error()
        make = library.zest_tls_context_server if serves else library.zest_tls_context_client
        status = make(ctypes.byref(config), ctypes.byref(self.handle), ctypes.byref(error))
        assert status == OK, error.message

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.library.zest_tls_context_free(ctypes.byref(self.handle))


class Connection:
    """One that waits, over calls that do not."""

    def __init__(self, context, connected, name=None):
        self.library, self.socket, self.handle = context.library, connected, c_void_p()
        error, fd = Error(), c_int32(connected.fileno())
        if context.serves:
            status = self.library.zest_tls_server(context.handle, fd, ctypes.byref(self.handle), ctypes.byref(error))
        else:
            status = self.library.zest_tls_client(context.handle, fd, name, ctypes.byref(self.handle),
                                                  ctypes.byref(error))
        assert status == OK, error.message
        self.wait(self.library.zest_tls_handshake, None)

    def wait(self, call, *arguments, until=(OK,)):
        while True:
            error = Error()
            status = call(self.handle, *arguments, ctypes.byref(error))
            if status in until:
                return status
            if status not in (WANT_READ, WANT_WRITE):
                raise Failed(status, error)
            reads, writes = ([self.socket], []) if status == WANT_READ else ([], [self.socket])
            assert any(select.select(reads, writes, [], SECONDS_MAX)), "nothing came"

    def send(self, data):
        taken = c_size_t()
        while data:
            self.wait(self.library.zest_tls_write, data, c_size_t(len(data)), ctypes.byref(taken),
                      until=(OK, WANT_WRITE))
            data = data[taken.value:]
            self.wait(self.library.zest_tls_flush)

    def receive(self, size):
        buffer, got, data = ctypes.create_string_buffer(100_000), c_size_t(), bytearray()
        while len(data) < size:
            room = c_size_t(min(len(buffer), size - len(data)))
            self.wait(self.library.zest_tls_read, buffer, room, ctypes.byref(got))
            data += buffer.raw[:got.value]
        return bytes(data)

    def end_of(self):
        """How the peer's side ends."""
        try:
            self.receive(1)
        except Failed as failed:
            return failed.status
        raise AssertionError("it has not ended")

    def facts(self):
        facts = Facts(ctypes.sizeof(Facts))
        assert self.library.zest_tls_facts_get(self.handle, ctypes.byref(facts)) == OK
        return facts

    def shut_down(self):
        self.wait(self.library.zest_tls_shutdown)

    def close(self):
        self.library.zest_tls_free(ctypes.byref(self.handle))
        self.socket.close()
