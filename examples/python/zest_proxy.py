"""libzest-proxy by ctypes: as much of zest/proxy.h as a host needs that hands connections to a proxy.

The library is $ZEST_PROXY_LIB, else libzest-proxy.so.1 where the system finds it."""
import ctypes
import os
from ctypes import POINTER, byref, c_char_p, c_int32, c_size_t, c_uint32, c_uint64, c_void_p

from zest import Error, Sized, TIMED_OUT, check


class Text(ctypes.Structure):
    _fields_ = [("bytes", c_char_p), ("size", c_size_t), ("needed", c_size_t)]


class Config(Sized):
    _fields_ = [("struct_size", c_uint32), ("reserved", c_uint32), ("text", c_char_p), ("text_size", c_size_t),
                ("name", c_char_p), ("path", c_char_p), ("log", c_void_p), ("log_context", c_void_p)]


class Receipt(Sized):
    _fields_ = [("struct_size", c_uint32), ("complete", c_uint32), ("finished", c_uint64),
                ("closed_idle", c_uint64), ("tunnels", c_uint64), ("forced", c_uint64), ("duration_ns", c_uint64)]


class Stats(Sized):
    _fields_ = [("struct_size", c_uint32), ("workers", c_uint32)] + [
        (name, c_uint64) for name in ("connections", "active", "idle_links", "tunnels_open", "buffers",
                                      "buffers_free", "accept_queue", "connections_accepted",
                                      "connections_closed", "connections_reset", "requests")] + [
        ("answers", c_uint64 * 6)] + [
        (name, c_uint64) for name in ("bytes_from_clients", "bytes_to_clients", "bytes_from_origins",
                                      "bytes_to_origins", "timeouts", "limits", "upstream_connects",
                                      "upstream_connect_failures", "upstream_reused", "upstream_retries",
                                      "accept_errors", "tunnels", "handshakes", "handshakes_failed")]


def _load():
    loaded = ctypes.CDLL(os.environ.get("ZEST_PROXY_LIB", "libzest-proxy.so.1"))
    signatures = {
        "zest_proxy_start": [POINTER(Config), POINTER(c_void_p), POINTER(Text), POINTER(Error)],
        "zest_proxy_serve": [c_void_p, c_int32, c_uint64, POINTER(Error)],
        "zest_proxy_drain": [c_void_p, c_int32, POINTER(Receipt)],
        "zest_proxy_stats_get": [c_void_p, POINTER(Stats)],
        "zest_proxy_free": [POINTER(c_void_p)],
    }
    for name, arguments in signatures.items():
        function = getattr(loaded, name)
        function.argtypes, function.restype = arguments, c_int32
    return loaded


library = _load()


class Proxy:
    """A running proxy, from text in zproxy's language."""

    def __init__(self, text):
        text = text.encode()
        self._handle, error = c_void_p(), Error()
        room = ctypes.create_string_buffer(4096)
        said = Text(bytes=ctypes.cast(room, c_char_p), size=len(room))
        status = library.zest_proxy_start(byref(Config(text=text, text_size=len(text))), byref(self._handle),
                                          byref(said), byref(error))
        if status and room.value:
            error.message = room.value[:255]
        check(status, error)

    def serve(self, fd, listener_id):
        """Takes the fd, also when it fails."""
        error = Error()
        check(library.zest_proxy_serve(self._handle, fd, listener_id, byref(error)), error)

    def drain(self, timeout_ms):
        """Blocks. The receipt; its `complete` is 0 if something had to be cut."""
        receipt = Receipt()
        status = library.zest_proxy_drain(self._handle, timeout_ms, byref(receipt))
        if status != TIMED_OUT:
            check(status)
        return receipt

    def stats(self):
        stats = Stats()
        check(library.zest_proxy_stats_get(self._handle, byref(stats)))
        return stats

    def close(self):
        check(library.zest_proxy_free(byref(self._handle)))
