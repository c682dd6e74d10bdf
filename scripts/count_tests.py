#!/usr/bin/env python3
"""Counts tests: prints "passed failed skipped".

count_tests.py meson TESTLOG.json   what `meson test` wrote, each case of a GTest program counted
count_tests.py node OUTPUT          what `node --test` printed at its end
"""
import json
import re
import sys


def last_number(pattern, text):
    found = re.findall(pattern, text, re.MULTILINE)
    return int(found[-1]) if found else None


def gtest(test):
    """The cases of one GTest program, or None where its output is not GTest's."""
    output = test.get("stdout", "")
    if "[==========]" not in output:
        return None
    done = len(re.findall(r"^\[       OK \] ", output, re.MULTILINE))
    skipped = last_number(r"^\[  SKIPPED \] (\d+) tests?", output) or 0
    failed = last_number(r"^\[  FAILED  \] (\d+) tests?, listed below", output) or 0
    return done, failed, skipped


def unittest(test):
    """The cases of one Python unittest program, or None where its output is not unittest's."""
    output = test.get("stderr", "")
    ran = last_number(r"^Ran (\d+) tests? in", output)
    if ran is None:
        return None
    skipped = last_number(r"^(?:OK|FAILED) \(.*skipped=(\d+)", output) or 0
    failed = sum(last_number(rf"^FAILED \(.*{kind}=(\d+)", output) or 0
                 for kind in ("failures", "errors"))
    return ran - failed - skipped, failed, skipped


def meson(path):
    passed = failed = skipped = 0
    with open(path, encoding="utf-8") as log:
        for line in log:
            test = json.loads(line)
            result = test["result"]
            fine = result in ("OK", "EXPECTEDFAIL")
            cases = gtest(test) or unittest(test)
            if cases is None:
                cases = (int(fine), 0, int(result == "SKIP"))
            passed += cases[0]
            skipped += cases[2]
            # A crash or a timeout has no last lines to count.
            failed += cases[1] if fine or result == "SKIP" else max(1, cases[1])
    return passed, failed, skipped


def node(path):
    with open(path, encoding="utf-8", errors="replace") as log:
        text = log.read()

    def number(word):
        return last_number(rf"^\S+ {word} (\d+)\s*$", text) or 0

    return number("pass"), number("fail") + number("cancelled"), number("skipped") + number("todo")


def main():
    kind, path = sys.argv[1:]
    print(*{"meson": meson, "node": node}[kind](path))


if __name__ == "__main__":
    main()
