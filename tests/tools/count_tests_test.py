"""The counts behind the last line of ./test."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parent.parent.parent / "scripts/count_tests.py"


def count(kind, text):
    with tempfile.NamedTemporaryFile("w", suffix=".log", encoding="utf-8") as log:
        log.write(text)
        log.flush()
        done = subprocess.run([sys.executable, SCRIPT, kind, log.name], capture_output=True,
                              text=True, check=True)
    return done.stdout.strip()


def meson(*tests):
    return count("meson", "\n".join(json.dumps(test) for test in tests) + "\n")


GTEST = "[==========] Running 3 tests\n[       OK ] A.a (0 ms)\n[       OK ] A.b (0 ms)\n"


class Meson(unittest.TestCase):
    def test_cases_of_gtest_programs_are_counted(self):
        self.assertEqual(meson({"result": "OK", "stdout": GTEST + "[  PASSED  ] 2 tests.\n"}), "2 0 0")

    def test_failed_and_skipped_cases(self):
        failed = GTEST + "[  SKIPPED ] 1 test, listed below:\n[  FAILED  ] 3 tests, listed below:\n"
        self.assertEqual(meson({"result": "FAIL", "stdout": failed}), "2 3 1")

    def test_a_crash_is_a_failure_whatever_passed_before(self):
        self.assertEqual(meson({"result": "FAIL", "stdout": GTEST}), "2 1 0")
        self.assertEqual(meson({"result": "TIMEOUT", "stdout": ""}), "0 1 0")
        self.assertEqual(meson({"result": "ERROR"}), "0 1 0")

    def test_other_programs_count_as_one(self):
        self.assertEqual(meson({"result": "OK", "stdout": "fine"}, {"result": "SKIP"}), "1 0 1")

    def test_cases_of_python_programs_are_counted(self):
        ok = {"result": "OK", "stderr": "Ran 5 tests in 0.1s\n\nOK (skipped=2)\n"}
        bad = {"result": "FAIL",
               "stderr": "Ran 5 tests in 0.1s\n\nFAILED (failures=1, errors=2, skipped=1)\n"}
        self.assertEqual(meson(ok), "3 0 2")
        self.assertEqual(meson(bad), "1 3 1")


class Node(unittest.TestCase):
    def test_the_last_lines_of_both_reporters(self):
        words = ("tests 9", "suites 1", "pass 5", "fail 1", "cancelled 1", "skipped 2", "todo 0")
        for mark in ("# ", "\u2139 "):
            self.assertEqual(count("node", "".join(f"{mark}{word}\n" for word in words)), "5 2 2")

    def test_without_an_end_nothing_is_counted(self):
        self.assertEqual(count("node", "it crashed\n"), "0 0 0")


if __name__ == "__main__":
    unittest.main()
