#!/usr/bin/env python3
"""Who includes whom, as DESIGN.md section 1 has it; that CMake's link lists say the same; and that
every source file is in the build."""
import re

from house import ROOT, complain, cxx_files, files, finish

# Folder: the folders it may include, besides itself and what those may (see below).
FLOORS = {
    "base": [],
    "sys": ["base"],
    "http": ["base"],
    "preface": ["base", "sys"],
    "io": ["base", "sys"],
    "bpf": ["base", "sys"],
    "net": ["base", "sys", "io", "bpf"],
    "tls": ["net"],
    "acceptor": ["net"],
    "loop": ["net"],
    "upstream": ["net", "http", "tls", "preface"],
    "tunnel": ["net", "bpf"],
    "proxy": ["acceptor", "loop", "upstream", "tunnel"],
    "serve": ["net", "http"],
    "config": ["base", "sys"],
}
# Plain structs of higher floors that a lower one fills: headers to see, nothing to link.
VALUES = {"config": {"proxy/config.h", "upstream/config.h", "tls/config.h"}}
FLOORS["zproxy"] = list(FLOORS)
# Values (Result, Address) that the engine's own interfaces speak in come along with the engine.
FLOORS["capi"] = ["acceptor", "loop", "upstream", "tunnel", "proxy", "serve", "config"]

# Foreign headers, and the one folder that each may be seen in.
FOREIGN = {
    "liburing": "io", "linux/io_uring.h": "io", "openssl/": "tls", "bpf/": "bpf", "linux/bpf.h": "bpf",
    "numa": "sys", "nghttp2/": "http", "ares": "net", "toml++/": "config", "spdlog/": "zproxy",
    "CLI/": "zproxy", "prometheus/": "zproxy",
}
# Everything else in angle brackets is C++ (no dot), libc, the kernel's, the compiler's, or our own public header.
LIBC = re.compile(r"^(sys|linux|netinet|arpa|net|asm|sanitizer|zest)/|^(dirent|dlfcn|errno|fcntl|grp|ifaddrs|immintrin|"
                  r"limits|netdb|poll|pthread|pwd|sched|semaphore|signal|spawn|std\w+|string|strings|"
                  r"syscall|termios|time|ucontext|unistd|cpuid|cxxabi|execinfo)\.h$")
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')


def reach(folder):
    """All that a folder may include: its list, and the lists of those."""
    found = {folder}
    for below in FLOORS[folder]:
        found |= {below} | (reach(below) if folder != "zproxy" else set())
    return found


def check_include(path, number, folder, quoted, name):
    if quoted:
        target = name.split("/")[0] if "/" in name else folder
        if target not in FLOORS and not (path.parent / name).exists():
            complain(path, number, f"'{name}' is no folder of src/")
        elif target in FLOORS and target not in reach(folder) and name not in VALUES.get(folder, ()):
            complain(path, number, f"{folder}/ may not include {target}/")
        return
    owner = next((f for prefix, f in FOREIGN.items() if name.startswith(prefix)), None)
    if owner and owner != folder:
        complain(path, number, f"<{name}> belongs in src/{owner}/ alone")
    if name.startswith("zest/") and folder != "capi":
        complain(path, number, "a public header is capi's to include; the engine has its own types")
    if not owner and "." in name and not LIBC.search(name):
        complain(path, number, f"<{name}> is a foreign header that tests/house/floors.py does not know")


def check_links(cmake):
    folder = cmake.parent.name
    text = re.sub(r"#.*", "", cmake.read_text())
    for call in re.finditer(r"zest_floor\(\s*(\w+)([^)]*)\)", text):
        number = text[:call.start()].count("\n") + 1
        links = re.search(r"\bLINKS\b([^)]*)", call[2])
        for link in re.findall(r"\bzest_(\w+)", links[1] if links else ""):
            if link in FLOORS and link not in reach(folder):
                complain(cmake, number, f"zest_{folder} may not link zest_{link}")


def check_in_build(path):
    """Each .cc and .c is named by a CMakeLists.txt at its folder or above it, or found by a glob there."""
    for folder in path.parents:
        cmake = folder / "CMakeLists.txt"
        if cmake.exists():
            text, name = cmake.read_text(), path.relative_to(folder)
            # or by what it becomes: zest_fuzz(address) for address_fuzz.cc
            short = re.sub(r"(_test|_fuzz|_bench|\.bpf)$", "", str(name.with_suffix("")))
            if re.search(rf"(?<![\w/]){re.escape(str(name))}|(?<![\w/]){re.escape(short)}(?!\w)", text):
                return
            if re.search(rf"GLOB[^)]*\*\w*{re.escape(path.suffix)}", text):
                return
        if folder == ROOT:
            break
    complain(path, 1, "is in no CMakeLists.txt: dead file, or forgotten")


for path in cxx_files("src", "capi"):
    folder = path.relative_to(ROOT).parts[1 if path.is_relative_to(ROOT / "src") else 0]
    if folder not in FLOORS:
        complain(path, 1, f"src/{folder}/ is no folder of DESIGN.md's table")
        continue
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if include := INCLUDE.match(line):
            check_include(path, number, folder, include[1] == '"', include[2])
for cmake in files("src/*/CMakeLists.txt", "capi/CMakeLists.txt"):
    check_links(cmake)
for path in files(*(f"{d}/**/*.{ext}" for d in ("src", "capi", "tests", "bench") for ext in ("cc", "c"))):
    check_in_build(path)
finish()
