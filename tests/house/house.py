"""What the checks share: which files are ours, and how to complain."""
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_complaints = []


def files(*globs):
    """Files of the project by glob ("src/**/*.cc"), sorted; never from a build folder."""
    found = {p for g in globs for p in ROOT.glob(g) if p.is_file()}
    outside = {"build", "target", ".git"}
    return sorted(p for p in found if not outside & set(p.relative_to(ROOT).parts))


def cxx_files(*folders):
    return files(*(f"{d}/**/*.{ext}" for d in folders for ext in ("h", "cc", "c")))


def complain(path, line, text):
    path = Path(path)
    shown = path.relative_to(ROOT) if path.is_absolute() and path.is_relative_to(ROOT) else path
    _complaints.append(f"{shown}:{line}: {text}")


def allowed(name):
    """tests/house/<name>: lines of "<what>  <reason>". Each must still be needed: see unused()."""
    table = {}
    for number, line in enumerate((ROOT / "tests/house" / name).read_text().splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            what, _, reason = line.partition("  ")
            if not reason.strip():
                complain(f"tests/house/{name}", number, "no reason given (two spaces before it)")
            table[what] = number
    return table


def unused(name, table, used):
    for what, number in table.items():
        if what not in used:
            complain(f"tests/house/{name}", number, f"'{what}' needs no exception any more")


def without_comments(text):
    """C, C++ or Rust text with comments blanked, lines kept."""
    blank = lambda m: m[0] if m[0][0] in "\"'" else re.sub(r"[^\n]", " ", m[0])
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', blank, text, flags=re.S)


def output(*command):
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def finish():
    print("\n".join(_complaints) if _complaints else "nothing to complain of")
    sys.exit(1 if _complaints else 0)
