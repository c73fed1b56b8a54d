"""How fast this processor's time stamp counter is.

An emulated machine sees the same counter. Left to measure it at boot, its kernel is wrong by any
factor where others use the processor at that moment, and its clock with it.
"""
import ctypes
import mmap
import time

# rdtsc; shl rdx, 32; or rax, rdx; ret
READ = bytes.fromhex("0f31" "48c1e220" "4809d0" "c3")
MEASURE_SECONDS = 0.2


def khz():
    page = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(READ)
    read = ctypes.CFUNCTYPE(ctypes.c_uint64)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
    ticks, began = read(), time.monotonic_ns()
    time.sleep(MEASURE_SECONDS)
    return round((read() - ticks) * 1_000_000 / (time.monotonic_ns() - began))
