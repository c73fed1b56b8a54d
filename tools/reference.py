#!/usr/bin/env python3
"""Man pages (section 3) and a reference in Markdown, out of the comments of include/zest/*.h.

reference.py OUT VERSION: OUT/man3/zest_<header>.3, a page zest_<function>.3 that leads there for each
function, and OUT/reference/<header>.md. Made by the build, so they are never behind."""
import os
import re
import sys
import time
from pathlib import Path

HEADERS = Path(__file__).resolve().parents[1] / "include/zest"


def lines_of(comment):
    """A comment's lines without its marks; a line's own indentation stays."""
    return [re.sub(r"^ \* ?", "", line).rstrip() for line in comment[3:-2].strip("\n").split("\n")]


class Part:
    """A comment, and the declarations under it."""

    def __init__(self, block):
        comment = re.match(r"/\*.*?\*/\n?", block, re.S)
        self.comment = lines_of(comment[0].rstrip()) if comment else []
        self.code = block[comment.end():].rstrip() if comment else block.rstrip()

    def functions(self):
        return re.findall(r"\b(zest_\w+)\(", self.code) if self.code.startswith("ZEST_API") else []


class Header:
    def __init__(self, path):
        text = path.read_text()
        first = re.match(r"/\*.*?\*/", text, re.S)
        self.name, self.page = path.name, f"zest_{path.stem}"
        about = lines_of(first[0])
        self.summary, self.about = self.split_summary(about, path.name)
        self.parts = [Part(block) for block in self.blocks(text[first.end():]) if self.is_part(block)]

    @staticmethod
    def split_summary(lines, name):
        end = next((i for i, line in enumerate(lines) if not line), len(lines))
        summary = " ".join(lines[:end]).removeprefix(f"zest/{name}: ")
        return summary.rstrip("."), lines[end + 1:]

    @staticmethod
    def blocks(text):
        """What empty lines part, but for those between brackets."""
        found = [""]
        for piece in re.split(r"\n\n+", text):
            whole = found[-1].count("{") == found[-1].count("}")
            found.append(piece) if whole else found.append(found.pop() + "\n\n" + piece)
        return [block.strip("\n") for block in found]

    @staticmethod
    def is_part(block):
        code = re.sub(r"/\*.*?\*/", "", block, flags=re.S).strip()
        return re.match(r"(ZEST_API|typedef|enum|#define ZEST_[A-Z_]+ \d)", code)

    def functions(self):
        return [name for part in self.parts for name in part.functions()]


def pieces(lines):
    """("text", words) and ("item", what, words): of a comment's lines. An item is indented by two, or
    stands at the margin with its words in a column, as in a header's first comment."""
    found = []
    for line in lines:
        item = re.match(r"^(?:  (\S.*?)|([A-Z]\w+))(?:  +(.*))?$", line)
        if item and (item[1] or item[3]):
            found.append(["item", item[1] or item[2], item[3] or ""])
        elif line.startswith("   ") and found and found[-1][0] == "item":
            found[-1][2] += " " + line.strip()
        elif not line.strip():
            found.append(["text", ""])
        elif found and found[-1][0] == "text":
            found[-1][1] += " " + line.strip()
        else:
            found.append(["text", line.strip()])
    return [[piece[0], *(words.strip() for words in piece[1:])] for piece in found if any(piece[1:])]


def code_of(part):
    """As in the header, but for what only compilers need."""
    return re.sub(r"^ZEST_API ", "", part.code, flags=re.M)


class Man:
    def __init__(self, version):
        day = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time())))
        self.version, self.date = version, time.strftime("%Y-%m-%d", day)

    @staticmethod
    def words(text):
        text = text.replace("\\", "\\e").replace("-", "\\-")
        return "\\&" + text if text.startswith((".", "'")) else text

    def code(self, text):
        return [".nf", ".RS 4", *(self.words(line) or "\\&" for line in text.split("\n")), ".RE", ".fi"]

    def comment(self, lines):
        out = []
        for kind, *words in pieces(lines):
            if kind == "item":
                out += [".TP", f"\\fB{self.words(words[0])}\\fR", self.words(words[1] or "The same.")]
            else:
                out += [".PP", self.words(words[0])]
        return out

    def part(self, part):
        title = ", ".join(part.functions()) or self.title_of(part)
        return [f".SS {self.words(title)}", *self.code(code_of(part)), *self.comment(part.comment)]

    @staticmethod
    def title_of(part):
        for pattern in (r"\}\s*(zest_\w+);", r"\(\*(zest_\w+)\)", r"^typedef [\w ]+ (zest_\w+);", r"\b(ZEST_\w+)"):
            if found := re.findall(pattern, part.code, re.M):
                return ", ".join(found if pattern.startswith("^") else found[:1])
        return "types"

    def page(self, header, all_headers):
        out = [f'.TH {header.page.upper()} 3 {self.date} "zest {self.version}" "zest"',
               ".SH NAME", f"{header.page} \\- {self.words(header.summary)}",
               ".SH SYNOPSIS", ".nf", f"#include <zest/{header.name}>", ".fi",
               ".SH DESCRIPTION", *self.comment(header.about)]
        kinds = [("TYPES AND VALUES", [p for p in header.parts if not p.functions()]),
                 ("FUNCTIONS", [p for p in header.parts if p.functions()])]
        for title, parts in kinds:
            if parts:
                out += [f".SH {title}"] + [line for part in parts for line in self.part(part)]
        others = [other.page for other in all_headers if other is not header]
        out += [".SH SEE ALSO", *(f".BR {name} (3){',' if name != others[-1] else ''}" for name in others)]
        # A section begins a paragraph by itself.
        return re.sub(r"^(\.S[HS] .*\n)\.PP\n", r"\1", "\n".join(out) + "\n", flags=re.M)

    @staticmethod
    def lead(header):
        return f".so man3/{header.page}.3\n"


def markdown_comment(lines):
    out = []
    for kind, *words in pieces(lines):
        words = [re.sub(r"\b(ZEST_[A-Z_]+\w|zest_\w+)", r"`\1`", w) for w in words]
        out.append(f"* **{words[0]}** {words[1]}".rstrip() if kind == "item" else f"\n{words[0]}\n")
    return "\n".join(out).strip() + "\n"


def markdown(header):
    summary = header.summary[:1].upper() + header.summary[1:]
    out = [f"# zest/{header.name}\n\n{summary}.\n", markdown_comment(header.about)]
    for part in header.parts:
        title = ", ".join(part.functions()) or Man.title_of(part)
        out.append(f"## {title}\n\n```c\n{code_of(part)}\n```\n")
        if part.comment:
            out.append(markdown_comment(part.comment))
    return "\n".join(out)


def main():
    out, version = Path(sys.argv[1]), sys.argv[2]
    headers = [Header(path) for path in sorted(HEADERS.glob("*.h")) if path.name != "zest.h"]
    man, pages, reference = Man(version), out / "man3", out / "reference"
    for folder in (pages, reference):
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
    for header in headers:
        (pages / f"{header.page}.3").write_text(man.page(header, headers))
        (reference / f"{header.page.removeprefix('zest_')}.md").write_text(markdown(header))
        for name in header.functions():
            (pages / f"{name}.3").write_text(man.lead(header))


main()
