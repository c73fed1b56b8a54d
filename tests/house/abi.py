#!/usr/bin/env python3
"""capi/abi/*.abi say what the headers declare (abi.py --update writes them), and what the last tag
had is still there: structs that say their size may have grown at their end, functions and
enumerators may have come. The dumps are made from libraries of empty functions with the headers'
prototypes: that the real ones export just those is what `./dev check symbols` and their compiler see."""
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from house import ROOT, complain, finish

DUMPS = ROOT / "capi/abi"
FUNCTION = re.compile(r"^ZEST_API\s+([^;]*?\))\s*;", re.M | re.S)
ACCEPTOR = {"base.h", "acceptor.h"}

# What must be noticed: a change to the headers' text, and what is told of it.
BREAKS = [
    (r"\bint32_t timeout_ms\b", "int64_t timeout_ms", "parameter"),
    (r"ZEST_API zest_status zest_shutdown\([^;]*;", "", "zest_shutdown"),
    (r"uint32_t struct_size;", "uint64_t struct_size;", "struct_size"),
    (r"ZEST_STEER_CPU = 1", "ZEST_STEER_CPU = 5", "ZEST_STEER_CPU"),
    (r"uint64_t listener_id;", "uint32_t more; uint64_t listener_id;", "more"),
    (r"int32_t os_errno;", "", "os_errno"),
]
# And what must not be, against a tag.
GROWTH = [
    (r"\} zest_receipt;", "uint64_t more; } zest_receipt;"),
    (r"ZEST_HEALTH_FAILED = 2", "ZEST_HEALTH_FAILED = 2, ZEST_HEALTH_MORE = 3"),
    (r"ZEST_C_END\s*#endif\s*$", "ZEST_API zest_status zest_more(void);\nZEST_C_END\n#endif\n"),
]


def headers_of(library, folder):
    names = sorted(p.name for p in folder.glob("*.h") if p.name != "zest.h")
    return [n for n in names if (n in ACCEPTOR) == (library == "zest")]


def name_enums(text):
    """Enumerations are compared by name: each gets that of its first value, which stays the first."""
    return re.sub(r"(?<!typedef )enum \{\s*(?:/\*.*?\*/\s*)*(\w+)", r"enum of_\1 { \1", text, flags=re.S)


def dump(library, headers, into):
    """headers: a folder with zest/ in it, to be changed. Nothing where they don't compile."""
    for path in headers.glob("zest/*.h"):
        path.write_text(name_enums(re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)))
    source = ""
    for name in headers_of(library, headers / "zest"):
        source += f"#include <zest/{name}>\n"
    for name in headers_of(library, headers / "zest"):
        for declared in FUNCTION.findall((headers / "zest" / name).read_text()):
            source += f"{declared} {{ __builtin_trap(); }}\n"
    stub = headers / f"lib{library}.so"
    subprocess.run(["gcc", "-xc", "-std=c11", "-g", "-w", "-fno-eliminate-unused-debug-types", "-fvisibility=hidden",
                    "-fPIC", "-shared", "-nostdlib", f"-I{headers}", "-", "-o", stub],
                   input=source, text=True, check=True)
    subprocess.run(["abidw", "--headers-dir", headers / "zest", "--drop-private-types", "--load-all-types",
                    "--no-corpus-path", "--no-show-locs", "--no-comp-dir-path", "--no-elf-needed", "--no-architecture",
                    "--no-parameter-names", "--out-file", into, stub], check=True)
    # The unit's path is that of a moment.
    into.write_text(re.sub(r" path='[^']*'", "", into.read_text()))


def dump_changed(library, work, pattern="", text=""):
    """A dump of our headers, with one change if there is a pattern."""
    headers = Path(tempfile.mkdtemp(dir=work))
    shutil.copytree(ROOT / "include/zest", headers / "zest")
    mine = [headers / "zest" / name for name in headers_of(library, headers / "zest")]
    changed = next((p for p in mine if pattern and re.search(pattern, p.read_text())), None)
    if changed:
        changed.write_text(re.sub(pattern, text, changed.read_text(), count=1))
    elif pattern:
        complain("tests/house/abi.py", 1, f"nothing to prove with: no '{pattern}' in the headers of {library}")
    dump(library, headers, headers / "now.abi")
    return headers / "now.abi"


class Dump:
    """The structs of a dump that say their size: name -> [(field, offset, type)]."""

    def __init__(self, path):
        self.nodes = {node.get("id"): node for node in ElementTree.parse(path).iter() if node.get("id")}
        structs = [node for node in self.nodes.values() if node.tag == "class-decl"]
        fields = {node.get("name"): self.fields(node) for node in structs}
        self.growing = {name: own for name, own in fields.items() if own and own[0][0] == "struct_size"}

    def fields(self, struct):
        members = [(m.get("layout-offset-in-bits"), m.find("var-decl")) for m in struct.findall("data-member")]
        return [(var.get("name"), offset, self.words(var.get("type-id"))) for offset, var in members]

    def words(self, type_id):
        """A type by its name, whatever its number in this dump."""
        node = self.nodes.get(type_id)
        if node is None or node.tag in ("type-decl", "typedef-decl", "class-decl", "enum-decl"):
            return type_id if node is None else node.get("name")
        dimensions = [part.get("length") for part in node.findall("subrange")]
        return " ".join([node.tag, *dimensions, node.get("const") or "", self.words(node.get("type-id"))])


def shrunken(before, now):
    """Growing structs whose fields are no longer the first ones. abidiff has a rule for this, which
    (2.2) also lets pass what it should not."""
    after = Dump(now).growing
    return [f"{name} had {set(fields) - set(after.get(name, [])) or fields}, and now: {after.get(name)}"
            for name, fields in Dump(before).growing.items() if after.get(name, [])[:len(fields)] != fields]


def differences(before, now):
    """All of them, as abidiff sees them: the text of a dump also changes with the folder it was made in."""
    done = subprocess.run(["abidiff", "--non-reachable-types", "--harmless", str(before), str(now)],
                          capture_output=True, text=True)
    return done.stdout + done.stderr if done.returncode else ""


def breaks(before, now, work):
    """The differences that hosts mind."""
    rules = work / "growth.abignore"
    rules.write_text(f"[suppress_type]\n  type_kind = struct\n  name_regexp = ^({'|'.join(Dump(before).growing)})$\n")
    done = subprocess.run(["abidiff", "--non-reachable-types", "--no-added-syms", "--suppressions", str(rules),
                           str(before), str(now)], capture_output=True, text=True)
    return "\n".join(([done.stdout + done.stderr] if done.returncode else []) + shrunken(before, now))


def last_tag():
    done = subprocess.run(["git", "describe", "--tags", "--abbrev=0", "--match", "v*"],
                          cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip()


def check_against_tag(library, now, tag, work):
    shown = subprocess.run(["git", "show", f"{tag}:capi/abi/{library}.abi"], cwd=ROOT, capture_output=True, text=True)
    if shown.returncode:
        return complain(f"capi/abi/{library}.abi", 1, f"{tag} has none")
    before = work / f"{library}.{tag}.abi"
    before.write_text(shown.stdout)
    if said := breaks(before, now, work):
        complain(f"capi/abi/{library}.abi", 1, f"hosts of {tag} break:\n{said}")


def prove(work):
    """The tools notice what they are here for."""
    now = dump_changed("zest", work)
    for pattern, text, word in BREAKS:
        changed = dump_changed("zest", work, pattern, text)
        for said in (differences(now, changed), breaks(now, changed, work)):
            if word not in said:
                complain("tests/house/abi.py", 1, f"not noticed: '{pattern}' as '{text}'\n{said}")
    for pattern, text in GROWTH:
        changed = dump_changed("zest", work, pattern, text)
        if not differences(now, changed):
            complain("tests/house/abi.py", 1, f"not noticed: '{pattern}' as '{text}'")
        if said := breaks(now, changed, work):
            complain("tests/house/abi.py", 1, f"no break, but told: '{pattern}' as '{text}'\n{said}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        work, tag = Path(folder), last_tag()
        for library in ("zest", "zest-proxy"):
            now, committed = dump_changed(library, work), DUMPS / f"{library}.abi"
            if sys.argv[1:] == ["--update"]:
                committed.write_text(now.read_text())
            elif said := differences(committed, now):
                complain(committed, 1, f"not what the headers say; if it is meant, tests/house/abi.py --update\n{said}")
            if tag:
                check_against_tag(library, now, tag, work)
        prove(work)
    print(f"compared with {tag}" if tag else "no tag yet: compared with the committed dumps alone")
    finish()


main()
