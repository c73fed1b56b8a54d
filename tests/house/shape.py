#!/usr/bin/env python3
"""Length of files and functions, words that may not stay, and no mutable globals in the library."""
import json
import re
import subprocess

from house import ROOT, allowed, complain, files, finish, output, unused, without_comments

FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 70
SOURCES = ("src/**/*", "capi/**/*", "include/**/*", "tests/**/*", "bench/**/*", "rust-examples/**/*", "examples/**/*",
           "tools/*", "cmake/*", "dev", ".ci/*")
ENDINGS = {".h", ".cc", ".c", ".rs", ".py", ".js", ".sh", ".cmake", ""}

# In code (comments blanked): what, in which files, and why not.
BANNED = [
    (r"\bstd::endl\b", "src|capi|tests|bench", "std::endl flushes: '\\n'"),
    (r"\bstd::(cout|cerr)\b|(?<!\w)(printf|puts|perror)\s*\(", "src|capi", "the library writes nothing"),
    (r"\bdbg!\(", "rust-examples", "a debugging print"),
    (r"\b(todo|unimplemented)!\(", "rust-examples", "a promise, not code"),
    (r"\busing namespace std;", "src|capi|tests|bench", "write std::"),
    (r"(?<![\w.>~])(_?exit|quick_exit|sigaction)\(|(?<!\w)(std)?::signal\(", "src|capi",
     "the process is its owner's"),
]
LEFTOVERS = re.compile(r"\b(FIXME|XXX|HACK|TODO)\b")

# What foreign headers leave in the objects of those that are no part of a library.
FOREIGN_GLOBALS = re.compile(r"(guard variable for )?(CLI|fmt|spdlog|std)::")

used = set()
exceptions = allowed("shape_exceptions.txt")


def excused(what):
    used.add(what) if what in exceptions else None
    return what in exceptions


def head_of(lines, opening):
    """The first line of the statement that lines[opening] ends: after a blank one, or one that ended another."""
    first = opening
    while first > 0 and re.search(r"[^;{}:\s]\s*$", lines[first - 1]) and not lines[first - 1].startswith("#"):
        first -= 1
    return first


def check_functions(path, lines):
    """The formatter puts a body's closing brace under the first column of its head."""
    other = re.compile(r"^\s*(\} )?(namespace|class|struct|enum|union|mod|trait|extern|impl|if|for|while|switch|do|"
                       r"else|case|default|loop|match|unsafe \{|try)\b|^\s*\(")
    for opening, line in enumerate(lines):
        first = head_of(lines, opening) if line.endswith("{") else opening
        head = lines[first]
        if not line.endswith("{") or other.match(head) or ")" not in "".join(lines[first:opening + 1]):
            continue
        close = re.compile(rf"^{re.match(r' *', head)[0]}\}}")
        end = next((i for i in range(opening + 1, len(lines)) if close.match(lines[i])), opening)
        if end - first > FUNCTION_LINES_MAX and not excused(f"{path.relative_to(ROOT)}:{head.strip()}"):
            complain(path, first + 1, f"a function of {end - first} lines, the most is {FUNCTION_LINES_MAX}")


def check_text(path):
    name = str(path.relative_to(ROOT))
    lines = path.read_text(errors="replace").splitlines()
    if len(lines) > FILE_LINES_MAX and not excused(name):
        complain(path, len(lines), f"longer than {FILE_LINES_MAX} lines: look for the second noun in it")
    for number, line in enumerate(lines, 1):
        if LEFTOVERS.search(line) and path.name != "shape.py":
            complain(path, number, "a leftover: do it, or open an issue")
        if line != line.rstrip() or ("\t" in line and path.suffix != ".map"):
            complain(path, number, "a tab, or white space at the end")
        if len(line) > 120 or (len(line) > 100 and path.suffix in {".h", ".cc", ".c", ".rs"} and "http" not in line):
            complain(path, number, "too long a line")
    if path.suffix in {".h", ".cc", ".c", ".rs"}:
        code = without_comments("\n".join(lines)).splitlines()
        for number, line in enumerate(code, 1):
            for pattern, where, why in BANNED:
                if re.search(pattern, line) and re.match(where, name) and not excused(f"{name}:{pattern}"):
                    complain(path, number, f"'{line.strip()}': {why}")
        check_functions(path, code)


def check_globals():
    """Writable data in our own object files. Constants with pointers (.data.rel.ro) are fine."""
    build = ROOT / "build/release"
    seen = set()
    for unit in json.loads((build / "compile_commands.json").read_text()):
        source = unit["file"].removeprefix(f"{ROOT}/")
        if not source.startswith(("src/", "capi/")):
            continue
        objectfile = re.search(r" -o (\S+)", unit["command"])[1]
        if not (build / objectfile).exists():
            continue  # a target that the release products do not need
        for row in output("nm", "-C", "-f", "sysv", "--defined-only", str(build / objectfile)).splitlines():
            cells = [cell.strip() for cell in row.split("|")]
            if len(cells) < 7 or not re.match(r"\.(t?data|t?bss)\b(?!\.rel\.ro)", cells[6]):
                continue
            if cells[3] in ("SECTION", "NOTYPE") or cells[0].startswith("DW.ref."):  # the compiler's
                continue
            if source.startswith("src/zproxy/") and FOREIGN_GLOBALS.match(cells[0]):
                continue
            if (source, cells[0]) not in seen and not excused(f"global {cells[0]}"):
                complain(source, 1, f"a mutable global: {cells[0]}")
            seen.add((source, cells[0]))


for path in files(*SOURCES):
    if path.suffix in ENDINGS and not path.name.startswith(".") and "corpus" not in path.parts:
        check_text(path)
try:
    check_globals()
except (FileNotFoundError, subprocess.CalledProcessError) as problem:
    complain("build/release", 1, f"cannot look for globals: {problem}")
unused("shape_exceptions.txt", exceptions, used)
finish()
