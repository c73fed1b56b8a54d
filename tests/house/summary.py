#!/usr/bin/env python3
"""summary.py <results>: add up what the steps of ./dev test left (tools/test.sh).
summary.py <results> --failed <step>: a regex of those of its failed tests that may run once more.

Counts ctest's tests from <step>.xml (a doctest program's cases one by one), cargo's from
<step>.log, and any other step as one test.
A test that failed and passed in <step>_again is unsteady: told with what it said, and not a failure.
A step that failed without a failed test in it counts as one failure. So does a test that was
skipped both here and in the machine of ./dev vm. What fails is told with the end of what it said:
who reads CI's output may see no more than its last page. The last line is for CI.
"""
import os
import re
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

# A test that can't run here says so: exit 77, or for a part of it just this line.
SKIP_LINE = re.compile(r"^(?:.*MESSAGE: |\s*)skipped: (.*)$", re.M)
DOCTEST = re.compile(r"\[doctest\] test cases: +\d+ \| +(\d+) passed \| +(\d+) failed")
COMPLAINT = re.compile(r"ERROR:|Assertion|panicked|WARNING: ThreadSanitizer|runtime error|complains?\b")
LINES_TOLD = 30
# Seen once is seen: no second run takes that back.
BEYOND_DOUBT = re.compile(r"Sanitizer|runtime error:|Assertion|CRASHED|panicked")
CARGO_TEST = re.compile(r"^test (.+?) \.\.\. (ok|FAILED|ignored)(?:, (.*))?$", re.M)


def told(output):
    """The first complaint and what follows it, else the end."""
    lines = output.rstrip().splitlines()
    first = next((i for i, line in enumerate(lines) if COMPLAINT.search(line)), len(lines))
    start = max(0, min(first - 3, len(lines) - LINES_TOLD))
    return "".join(f"\n    {line[:300]}" for line in lines[start:start + LINES_TOLD])


def tests_in(path):
    """(element, name, what it said, whether it failed) of each of ctest's; none if it never ended."""
    for case in xml.parse(path).getroot().iter("testcase") if path.exists() else ():
        bad = case.find("failure") is not None or case.find("error") is not None
        yield case, case.get("name"), case.findtext("system-out") or "", bad


def failed_once(path):
    names = [name for _, name, output, bad in tests_in(path) if bad and not BEYOND_DOUBT.search(output)]
    return f"^({'|'.join(map(re.escape, names))})$" if names else ""


def rows_of(case, name, output, bad):
    reasons = SKIP_LINE.findall(output)
    if not bad and (case.find("skipped") is not None or case.get("status") in ("notrun", "disabled")):
        yield "skipped", name, reasons[0] if reasons else "no reason given"
        return
    cases = DOCTEST.search(output)
    passed, failed = (int(n) for n in cases.groups()) if cases else (int(not bad), int(bad))
    for _ in range(passed):
        yield "passed", name, ""
    for i in range(max(failed, int(bad))):
        yield "failed", name, told(output) if i == 0 else "as above"
    for reason in reasons:
        yield "skipped", name, reason


def ctest(path):
    again = {test[1]: test for test in tests_in(path.with_stem(path.stem + "_again")) if not test[3]}
    for test in tests_in(path):
        _, name, output, bad = test
        if bad and name in again:
            yield "unsteady", name, told(output)
            test = again[name]
        yield from rows_of(*test)


def cargo(text):
    words = {"ok": "passed", "FAILED": "failed", "ignored": "skipped"}
    for name, result, reason in CARGO_TEST.findall(text):
        yield words[result], name, reason or ("no reason given" if result == "ignored" else "")


def step(rc_file):
    """The (result, name, reason) rows of one step."""
    name, rc = rc_file.stem, int(rc_file.read_text())
    log = rc_file.with_suffix(".log").read_text(errors="replace")
    junit = rc_file.with_suffix(".xml")
    if name.startswith("build_"):
        rows = []
    elif name.startswith("ctest_"):
        rows = list(ctest(junit))
        rc = not rows or (rc and not any(row[0] == "unsteady" for row in rows))
    elif name.startswith("cargo"):
        rows = list(cargo(log))
        rc = rc or not rows
    elif rc in (0, 77):
        reasons = SKIP_LINE.findall(log) or ["no reason given"]
        rows = [("skipped", "", reasons[0]) if rc == 77 else ("passed", "", "")]
        rc = 0
    else:
        rows = []
    if rc and not any(row[0] == "failed" for row in rows):
        words = "nothing to run, or it ended early" if name.startswith(("ctest_", "cargo")) else f"exit {int(rc)}"
        rows.append(("failed", "", words + told(log)))
    return [(result, f"{name} {test}".strip(), reason) for result, test, reason in rows]


def skipped(rows, step_name):
    return {(name.removeprefix(step_name + " "), reason) for result, name, reason in rows
            if result == "skipped" and name.startswith(step_name + " ")}


def ran_nowhere(rows):
    """What was skipped in the machine, and for the same reason outside of it."""
    both = skipped(rows, "ctest_dev") & skipped(rows, "ctest_vm")
    return [("failed", f"ctest_vm {name}", f"could run neither here nor there: {reason}")
            for name, reason in sorted(both)]


def ran_there(rows, row):
    """Skipped here, but not in the machine."""
    there = {name.removeprefix("ctest_vm ") for result, name, _ in rows if name.startswith("ctest_vm ")}
    name = row[1].split(" ", 1)[-1]
    return name in there and (name, row[2]) not in skipped(rows, "ctest_vm")


def main():
    results = Path(sys.argv[1])
    if len(sys.argv) > 2:
        print(failed_once(results / f"{sys.argv[3]}.xml"))
        return 0
    steps = sorted((rc for rc in results.glob("*.rc") if not rc.stem.endswith("_again")),
                   key=lambda rc: rc.stat().st_mtime_ns)
    rows = [row for rc_file in steps for row in step(rc_file)]
    rows += ran_nowhere(rows)
    count = {r: sum(row[0] == r for row in rows) for r in ("passed", "failed", "skipped")}
    print()
    for result, name, reason in rows:
        if result != "passed":
            print(f"{result}: {name}{': ' + reason if reason else ''}")
    skips = [row for row in rows if row[0] == "skipped" and not ran_there(rows, row)]
    if os.environ.get("ZEST_NO_SKIP") and skips:
        print("ZEST_NO_SKIP is set: skips count as failures, but for those that ran in the machine")
        count["failed"], count["skipped"] = count["failed"] + len(skips), count["skipped"] - len(skips)
    print(f"{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped")
    return 1 if count["failed"] or not count["passed"] else 0


sys.exit(main())
