#!/usr/bin/env python3
"""examples/python/zest.py: its structs are those of the headers, errors are told, nothing is left behind."""
import ctypes
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_structs_are_as_in_the_header(zest, zest_proxy):
    """The same numbers as in the layout tests of tests/capi."""
    sizes = {zest.Error: 264, zest.Address: 136, zest.ListenerConfig: 48, zest.Settings: 40,
             zest.Connection: 312, zest.Receipt: 56, zest.ReportRow: 528,
             zest_proxy.Receipt: 48, zest_proxy.Text: 24}
    for struct, size in sizes.items():
        assert ctypes.sizeof(struct) == size, struct


def test_errors_are_told(zest, zest_proxy):
    for make, argument, words in (
            (zest.Service, {}, "ZEST_INVALID_ARGUMENT: no listeners"),
            (zest.Service, {7: "x"}, "ZEST_BAD_ADDRESS: listener 7"),
            (zest.Service, {7: "192.0.2.1:1"}, "ZEST_ADDRESS_NOT_AVAILABLE: listener 7"),
            (zest_proxy.Proxy, "[[lstener]]", "config:1:3: unknown key \"lstener\"")):
        try:
            make(argument)
        except zest.ZestError as error:
            assert words in str(error), error
        else:
            raise AssertionError(f"{argument} was accepted")


def test_start_and_stop(zest):
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(100):
        service = zest.Service({1: "127.0.0.1:0"})
        assert service.next_batch() == []
        assert service.shutdown(1000).complete == 1
        assert service.next_batch() is None
        service.close()
        service.close()
    deadline = time.monotonic() + 5
    while len(os.listdir("/proc/self/fd")) != before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(os.listdir("/proc/self/fd")) == before


def main():
    for name, library in (("ZEST_LIB", "libzest.so.1"), ("ZEST_PROXY_LIB", "libzest-proxy.so.1")):
        path = os.environ.setdefault(name, str(ROOT / "build/release/lib" / library))
        if not os.path.exists(path):
            print(f"skipped: {path} is not there: ./dev build")
            sys.exit(77)
    sys.path.insert(0, str(ROOT / "examples/python"))
    import zest
    import zest_proxy
    test_structs_are_as_in_the_header(zest, zest_proxy)
    test_errors_are_told(zest, zest_proxy)
    test_start_and_stop(zest)


if __name__ == "__main__":
    main()
