#!/usr/bin/env python3
"""Every public function is described, every link and command in the documents works, the C programs
in them compile, the man pages are well-formed, and the version is the same wherever it is written."""
import re
import subprocess
import tempfile
from pathlib import Path

from house import ROOT, complain, files, finish

FUNCTION = re.compile(r"^ZEST_API\b[^;]*?\b(zest_\w+)\(", re.M)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def check_header(path):
    """A comment stands above each function, or above a run of them, and says since when."""
    lines, comment = path.read_text().splitlines(), ""
    inside = False
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("/*"):
            inside, comment = True, ""
        if inside:
            comment += line
            inside = "*/" not in line
        elif line.startswith("ZEST_API"):
            name = FUNCTION.search("\n".join(lines[number - 1:number + 4]))
            if not re.search(r"\bSince \d+\.\d+", comment):
                complain(path, number, f"{name[1] if name else line}: no comment with 'Since <version>' above it")
        elif not line.strip():
            comment = ""


def headings(path):
    """The anchors that GitHub makes of a document's headings."""
    titles = re.findall(r"^#+ +(.*)$", path.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", t.lower()).replace(" ", "-") for t in titles}


def check_document(path, verbs):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        for link in LINK.findall(line):
            target, _, anchor = link.partition("#")
            if re.match(r"[a-z]+:", link):
                continue
            file = (path.parent / target) if target else path
            if not file.exists():
                complain(path, number, f"broken link: {link}")
            elif anchor and file.suffix == ".md" and anchor not in headings(file):
                complain(path, number, f"no such heading: {link}")
        for verb in re.findall(r"(?:^|[`\s$])\./dev +([a-z]+)\b", line):
            if verb not in verbs:
                complain(path, number, f"./dev has no verb '{verb}'")


def check_programs(path):
    """A block of C is a whole file: what it includes and calls is there."""
    text = path.read_text()
    for block in re.finditer(r"^```c\n(.*?)^```$", text, re.M | re.S):
        compiled = subprocess.run(
            ["clang-19", "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
             f"-I{ROOT}/include", "-xc", "-"], input=block[1], capture_output=True, text=True)
        if compiled.returncode:
            complain(path, text.count("\n", 0, block.start()) + 1, compiled.stderr.strip())


def check_reference():
    """Of each header a man page without faults, and of each function one that leads there."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([ROOT / "tools/reference.py", folder, "0"], check=True)
        for header in files("include/zest/*.h"):
            for name in FUNCTION.findall(header.read_text()):
                if not (Path(folder) / f"man3/{name}.3").exists():
                    complain(header, 1, f"{name} has no man page")
        pages = sorted(p for p in Path(folder).glob("man3/*.3") if not p.read_text().startswith(".so"))
        for page in pages:
            lint = subprocess.run(["mandoc", "-Tlint", "-Wwarning", page], capture_output=True, text=True)
            if lint.returncode or lint.stdout:
                complain(f"include/zest/{page.stem.removeprefix('zest_')}.h", 1, f"its man page: {lint.stdout}")


def check_versions():
    base = (ROOT / "include/zest/base.h").read_text()
    parts = [re.search(rf"ZEST_VERSION_{p} (\d+)", base)[1] for p in ("MAJOR", "MINOR", "PATCH")]
    version = ".".join(parts)
    places = [("CMakeLists.txt", r"project\(zest VERSION (\S+)"), ("CHANGELOG.md", r"^## \[?(\d+\.\d+\.\d+)"),
              ("rust-examples/Cargo.toml", r'^version = "([^"]+)"'),
              ("rust-examples/zest/Cargo.toml", r'^version = "([^"]+)"'),
              ("rust-examples/zest-sys/Cargo.toml", r'^version = "([^"]+)"')]
    for name, pattern in places:
        text = (ROOT / name).read_text() if (ROOT / name).exists() else ""
        found = re.search(pattern, text, re.M)
        if found and found[1] != version:
            line = text[:found.start()].count("\n") + 1
            complain(name, line, f"version {found[1]}, but include/zest/base.h says {version}")


def check_metrics():
    """The table of metrics is that of the code."""
    document = ROOT / "docs/METRICS.md"
    table = set(re.findall(r"^\| `(zest_\w+)`", document.read_text(), re.M))
    code = {name for source in files("src/zproxy/*.cc") for name in re.findall(r'"(zest_[a-z_]+)"', source.read_text())}
    for name in sorted(table ^ code):
        complain(document, 1, f"{name}: {'not in the code' if name in table else 'missing'}")


known = set(re.findall(r"^  (\w+)  +|^  (\w+) \[", (ROOT / "dev").read_text(), re.M))
verbs = {name for pair in known for name in pair if name} | {"help"}
for header in files("include/zest/*.h"):
    check_header(header)
for document in files("*.md", "docs/**/*.md", "bench/**/*.md", "tests/**/*.md", "rust-examples/**/*.md",
                      "examples/**/*.md"):
    check_document(document, verbs)
    check_programs(document)
for required in ("README.md", "CHANGELOG.md", "LICENSE"):
    if not (ROOT / required).exists():
        complain(required, 1, "missing")
check_reference()
check_versions()
check_metrics()
finish()
