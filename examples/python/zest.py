"""libzest by ctypes: as much of zest/acceptor.h as an asyncio host needs.

Statuses become exceptions, except for those that are everyday answers. Structs are written out as in
the header; what begins with struct_size is made with it set. The library is $ZEST_LIB, else
libzest.so.1 where the system finds it."""
import ctypes
import os
from ctypes import (POINTER, byref, c_char, c_char_p, c_int32, c_int64, c_size_t, c_uint8, c_uint16,
                    c_uint32, c_uint64, c_void_p)

OK, TIMED_OUT, CLOSED, LISTENER_FAILED = 0, 1, 2, 3
TCP, UDP, UNIX = 0, 1, 2
FAMILY_NONE = 0


class Sized(ctypes.Structure):
    """A struct that begins with its size."""

    def __init__(self, **fields):
        super().__init__(struct_size=ctypes.sizeof(self), **fields)


class Error(ctypes.Structure):
    _fields_ = [("code", c_int32), ("os_errno", c_int32), ("message", c_char * 256)]


class Address(ctypes.Structure):
    _fields_ = [("family", c_uint16), ("port", c_uint16), ("scope_id", c_uint32), ("ip", c_uint8 * 16),
                ("path_size", c_uint32), ("path", c_uint8 * 108)]

    def __str__(self):
        text = ctypes.create_string_buffer(128)
        check(library.zest_address_format(byref(self), text, len(text)))
        return text.value.decode(errors="replace")


class ListenerConfig(Sized):
    _fields_ = [("struct_size", c_uint32), ("flags", c_uint32), ("listener_id", c_uint64),
                ("address", c_char_p), ("protocol", c_uint32), ("fd", c_int32), ("unix_mode", c_uint32),
                ("reserved", c_uint32), ("socket_options", c_void_p)]


class Settings(Sized):
    _fields_ = [("struct_size", c_uint32), ("flags", c_uint32), ("threads_per_address", c_uint32),
                ("backlog", c_uint32), ("queue_capacity", c_uint32), ("steering", c_uint32),
                ("backend", c_uint32), ("reserved", c_uint32), ("socket_options", c_void_p)]


class Connection(Sized):
    _fields_ = [("struct_size", c_uint32), ("fd", c_int32), ("listener_id", c_uint64),
                ("protocol", c_uint32), ("shard", c_uint32), ("accepted_at_ns", c_int64),
                ("os_errno", c_int32), ("reserved", c_uint32), ("local", Address), ("remote", Address)]


class Receipt(Sized):
    _fields_ = [("struct_size", c_uint32), ("complete", c_uint32), ("accepted", c_uint64),
                ("handed_over", c_uint64), ("in_queue", c_uint64), ("refused", c_uint64),
                ("left_in_kernel", c_uint64), ("duration_ns", c_uint64)]

    def as_dict(self):
        return {name: getattr(self, name) for name, _ in self._fields_[1:]}


class ReportRow(Sized):
    _fields_ = [("struct_size", c_uint32), ("status", c_int32), ("os_errno", c_int32), ("shard", c_uint32),
                ("listener_id", c_uint64), ("protocol", c_uint32), ("reuseport", c_uint32),
                ("backend", c_uint32), ("steering", c_uint32), ("cpu", c_int32), ("numa_node", c_int32),
                ("backlog_asked", c_uint32), ("backlog_effective", c_uint32), ("address", Address),
                ("thread_name", c_char * 80), ("note", c_char * 256)]


class ZestError(Exception):
    def __init__(self, status, message=""):
        name = library.zest_status_string(status).decode()
        super().__init__(f"{name}: {message}" if message else name)
        self.status = status


def check(status, error=None):
    if status != OK:
        raise ZestError(status, error.message.decode() if error else "")


def _load():
    loaded = ctypes.CDLL(os.environ.get("ZEST_LIB", "libzest.so.1"))
    signatures = {
        "zest_status_string": ([c_int32], c_char_p),
        "zest_address_format": ([POINTER(Address), c_char_p, c_size_t], c_int32),
        "zest_listen": ([POINTER(ListenerConfig), c_size_t, POINTER(Settings), POINTER(c_void_p),
                         POINTER(c_void_p), POINTER(Error)], c_int32),
        "zest_next_batch": ([c_void_p, POINTER(Connection), c_size_t, POINTER(c_size_t), c_int32], c_int32),
        "zest_service_event_fd": ([c_void_p, POINTER(c_int32)], c_int32),
        "zest_shutdown": ([c_void_p, c_int32, POINTER(Receipt)], c_int32),
        "zest_service_free": ([POINTER(c_void_p)], c_int32),
        "zest_report_count": ([c_void_p, POINTER(c_size_t)], c_int32),
        "zest_report_row_get": ([c_void_p, c_size_t, POINTER(ReportRow)], c_int32),
        "zest_report_free": ([POINTER(c_void_p)], c_int32),
    }
    for name, (arguments, result) in signatures.items():
        function = getattr(loaded, name)
        function.argtypes, function.restype = arguments, result
    return loaded


library = _load()


class Service:
    """The listeners of one zest_listen. `rows` is its setup report."""

    BATCH = 64

    def __init__(self, addresses, **settings):
        """addresses: {listener_id: "127.0.0.1:80"}; settings: fields of zest_settings."""
        configs = (ListenerConfig * len(addresses))(
            *(ListenerConfig(listener_id=id, address=text.encode()) for id, text in addresses.items()))
        self._handle, report, error = c_void_p(), c_void_p(), Error()
        check(library.zest_listen(configs, len(configs), byref(Settings(**settings)), byref(self._handle),
                                  byref(report), byref(error)), error)
        self.rows = self._read(report)
        self._batch = (Connection * self.BATCH)()
        fd = c_int32()
        check(library.zest_service_event_fd(self._handle, byref(fd)))
        self.event_fd = fd.value  # borrowed: never read, never closed

    @staticmethod
    def _read(report):
        count = c_size_t()
        check(library.zest_report_count(report, byref(count)))
        rows = [ReportRow() for _ in range(count.value)]
        for index, row in enumerate(rows):
            check(library.zest_report_row_get(report, index, byref(row)))
        check(library.zest_report_free(byref(report)))
        return rows

    def next_batch(self):
        """What is there now, without a wait: a list that may be empty, or None at the end."""
        count = c_size_t()
        self._batch[0].struct_size = ctypes.sizeof(Connection)  # the stride
        status = library.zest_next_batch(self._handle, self._batch, self.BATCH, byref(count), 0)
        if status == TIMED_OUT:
            return []
        if status == CLOSED:
            return None
        if status != LISTENER_FAILED:  # which comes as a connection without an fd
            check(status)
        # Copies: the array is used anew by the next call.
        return [Connection.from_buffer_copy(self._batch[i]) for i in range(count.value)]

    def shutdown(self, timeout_ms):
        """Blocks: for a thread of its own. The receipt; its `complete` is 0 if the deadline came first."""
        receipt = Receipt()
        status = library.zest_shutdown(self._handle, timeout_ms, byref(receipt))
        if status not in (OK, TIMED_OUT):
            check(status)
        return receipt

    def close(self):
        check(library.zest_service_free(byref(self._handle)))
