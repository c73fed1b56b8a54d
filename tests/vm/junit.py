"""The report as ctest would have written it (--output-junit), for tests/house/summary.py."""
import re
import xml.etree.ElementTree as xml

NOT_IN_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd]")


def write(target, names, report):
    suite = xml.Element("testsuite", name="vm", tests=str(len(names)))
    for name in names:
        add(suite, name, *report.tests.get(name, (None, 0, "no result")))
    xml.ElementTree(suite).write(target, encoding="utf-8", xml_declaration=True)


def add(suite, name, status, seconds, output):
    words = {0: "run", 77: "notrun"}.get(status, "fail")
    case = xml.SubElement(suite, "testcase", name=name, time=f"{seconds:.3f}", status=words)
    if words == "notrun":
        xml.SubElement(case, "skipped")
    if words == "fail":
        xml.SubElement(case, "failure", message=f"exit {status}")
    xml.SubElement(case, "system-out").text = NOT_IN_XML.sub("?", output)
