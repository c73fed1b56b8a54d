#!/usr/bin/env python3
"""A machine that falls silent, panics or is cut short has not passed, whatever it has said before."""
import os
import unittest
from unittest import mock

import machine
from report import Report

GOOD = b"up 6.1.0 3.5\nruns io\nran io 0 3.5 4.5 6\nfine!\nruns net\nran net 77 4.5 4.6 0\nend\n"


def quiet(_words):
    pass


def heard(*pieces):
    report = Report()
    with mock.patch("builtins.print"):
        for piece in pieces:
            report.take(piece, quiet)
    return report


def listened(data, close=True):
    """What comes of a machine that says this much."""
    reader, writer = os.pipe()
    os.write(writer, data)
    if close:
        os.close(writer)
    report = Report()
    with mock.patch.multiple(machine, SILENCE_SECONDS=0.05, BOOT_SECONDS=0.05), open(reader, "rb") as pipe:
        machine.listen(pipe, report, quiet)
    if not close:
        os.close(writer)
    return report


class ReportTest(unittest.TestCase):
    def test_all_that_passed_or_was_skipped_is_good(self):
        self.assertTrue(heard(GOOD).good(["io", "net"]))
        self.assertEqual(heard(GOOD).tests["io"], (0, 1.0, "fine!\n"))

    def test_it_may_come_in_any_pieces(self):
        for at in range(len(GOOD)):
            self.assertEqual(heard(GOOD[:at], GOOD[at:]), heard(GOOD))

    def test_cut_anywhere_it_is_not(self):
        for at in range(len(GOOD)):
            self.assertFalse(heard(GOOD[:at]).good(["io", "net"]), GOOD[:at])
            self.assertFalse(listened(GOOD[:at]).good(["io", "net"]), GOOD[:at])

    def test_silence_is_not(self):
        self.assertIn("the machine does not boot", listened(b"", close=False).problems(["io"]))
        silent = listened(b"up 6.1.0 3.5\nruns io\n", close=False).problems(["io"])
        self.assertIn("the machine is silent", silent)
        self.assertIn("its report did not come to its end; it ran io", silent)

    def test_output_that_looks_like_a_line_is_output(self):
        report = heard(b"up 6.1.0 3.5\nruns io\nran io 1 0 1 4\nend\n")
        self.assertFalse(report.ended)

    def test_a_failure_a_missing_test_or_none_at_all_is_not(self):
        self.assertFalse(heard(GOOD.replace(b"ran io 0", b"ran io 1")).good(["io", "net"]))
        self.assertFalse(heard(GOOD).good(["io", "net", "sys"]))
        self.assertFalse(heard(b"up 6.1.0 3.5\nend\n").good([]))
        self.assertFalse(heard(b"missing tls.ko\n" + GOOD).good(["io", "net"]))


if __name__ == "__main__":
    unittest.main()
