#!/usr/bin/env python3
"""Runs every test of a build and closes with one line: `N passed, N failed, N skipped`.

The unit tests are the build's *_test programs; the others are pytest files under tests/, which start the
built gannet on free loopback ports. Both go on side by side, with as many at once as there are cores. Each failure is
printed whole when it happens.

With --second-chance, what failed by a check of its own (not by a crash, a time limit or a sanitizer) runs once more
when all else is done and the machine is quiet. What passes then is counted as passed and named as unsteady: it is
to be mended, but a busy machine does not hold up a change that has nothing to do with it.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
from typing import NamedTuple
from xml.etree import ElementTree

CORES = os.cpu_count() or 2
PATHS = ["tests/load", "tests/clients", "tests/crash", "tests/cli", "tests/search", "tests/moving"]
ROOT = pathlib.Path(__file__).resolve().parent.parent


class Tally:
    def __init__(self) -> None:
        self.passed, self.failed, self.skipped = 0, 0, 0
        self.unsteady: list[str] = []  # failed once, passed when run again alone

    def add(self, passed: int, failed: int, skipped: int) -> None:
        self.passed, self.failed, self.skipped = (
            self.passed + passed, self.failed + failed, self.skipped + skipped)


def environment(build: pathlib.Path, slow: float) -> dict[str, str]:
    env = dict(os.environ)
    env["GANNET_BIN"] = str(build / "bin" / "gannet")
    env["GANNET_SLOW"] = str(slow)
    env.setdefault("ASAN_OPTIONS", "detect_leaks=1:abort_on_error=0")
    env.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
    suppressions = ROOT / "tests" / "support" / "tsan.supp"
    if suppressions.exists():
        env.setdefault("TSAN_OPTIONS", f"suppressions={suppressions}:halt_on_error=1")
    return env


class Outcome(NamedTuple):
    name: str
    passed: int
    failed: list[str]  # names that --gtest_filter takes; empty when it ended otherwise
    broken: bool  # it crashed, leaked or was stopped
    skipped: int
    seconds: float
    output: str  # to show when something failed

    def line(self) -> str:
        failed = len(self.failed) + self.broken
        return (f"{self.name:24} {self.passed:5} passed {failed:3} failed {self.skipped:3} skipped  "
                f"{self.seconds:6.1f} s")


def run_unit(program: pathlib.Path, env: dict[str, str], limit: float, only: str = "*") -> Outcome:
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gannet-unit-") as scratch:
        os.chmod(scratch, 0o755)  # servers that tests start may run as another user
        report = pathlib.Path(scratch) / "report.json"
        try:
            done = subprocess.run(
                [program, f"--gtest_output=json:{report}", "--gtest_brief=1", f"--gtest_filter={only}"],
                env={**env, "TMPDIR": scratch}, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, timeout=limit)
            output, code = done.stdout.decode(errors="replace"), done.returncode
        except subprocess.TimeoutExpired as stopped:
            output = (stopped.stdout or b"").decode(errors="replace") + f"\nstopped after {limit:.0f} s"
            code = -1
        seconds = time.monotonic() - started
        passed = skipped = 0
        failed: list[str] = []
        if report.exists():
            for suite in json.loads(report.read_text())["testsuites"]:
                for case in suite["testsuite"]:
                    if case.get("result") == "SKIPPED":
                        skipped += 1
                    elif case.get("failures"):
                        failed.append(f"{suite['name']}.{case['name']}")
                    elif case.get("result") == "COMPLETED":
                        passed += 1
        broken = code not in (0, 1) or (code == 1 and not failed)
        return Outcome(program.name, passed, failed, broken, skipped, seconds, output if code else "")


class Units:
    """The unit test programs of a build."""

    def __init__(self, build: pathlib.Path, env: dict[str, str], options: argparse.Namespace, tally: Tally):
        self.programs = sorted(p for p in (build / "bin").glob("*_test")
                               if os.access(p, os.X_OK) and re.search(options.units, p.name))
        self.env, self.options, self.tally = env, options, tally
        self.limit = 480 * options.slow
        self.again: list[tuple[pathlib.Path, Outcome]] = []

    def run(self, turns: threading.Semaphore) -> None:
        """As many at once as there are turns."""
        left, lock = collections.deque(self.programs), threading.Lock()

        def work() -> None:
            while True:
                with turns:  # before a program is chosen: who waits for a turn keeps none from the others
                    try:
                        program = left.popleft()
                    except IndexError:
                        return
                    outcome = run_unit(program, self.env, self.limit)
                with lock:
                    self._note(program, outcome)

        with concurrent.futures.ThreadPoolExecutor(max_workers=CORES) as pool:
            for worker in [pool.submit(work) for _ in range(CORES)]:
                worker.result()

    def _note(self, program: pathlib.Path, outcome: Outcome) -> None:
        print(f"{outcome.line()}\n{outcome.output[-20000:]}".rstrip(), flush=True)
        if outcome.failed and not outcome.broken and self.options.second_chance:
            self.again.append((program, outcome))
            self.tally.add(outcome.passed, 0, outcome.skipped)
        else:
            self.tally.add(outcome.passed, len(outcome.failed) + outcome.broken, outcome.skipped)

    def run_again(self) -> None:
        for program, first in self.again:
            second = run_unit(program, self.env, self.limit, ":".join(first.failed))
            print(f"again: {second.line()}\n{second.output[-20000:]}", flush=True)
            failed = min(len(first.failed), len(second.failed) + second.broken)
            self.tally.add(len(first.failed) - failed, failed, 0)
            self.tally.unsteady += [name for name in first.failed if name not in second.failed and not second.broken]


def read_junit(report: pathlib.Path) -> tuple[int, list[str], int]:
    """Passed, the names of what failed, skipped."""
    passed, failed, skipped = 0, [], 0
    for case in ElementTree.parse(report).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(f"{case.get('classname')}.{case.get('name')}")
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


class Pytest:
    """The pytest files under some paths."""

    def __init__(self, paths: list[str], env: dict[str, str], slow: float, second_chance: bool, tally: Tally):
        self.paths, self.env, self.slow, self.second_chance, self.tally = paths, env, slow, second_chance, tally
        self.again: list[str] = []

    def run(self, scratch: str) -> None:
        first = self._run(scratch)
        if first is None:
            return self.tally.add(0, 1, 0)
        passed, failed, skipped = first
        if self.second_chance:
            self.again, failed = failed, []
        self.tally.add(passed, len(failed), skipped)

    def run_again(self, scratch: str) -> None:
        if not self.again:
            return
        print("again:", flush=True)
        second = self._run(scratch, "--last-failed")
        still = self.again if second is None else second[1]
        self.tally.unsteady += [name for name in self.again if name not in still]
        self.tally.add(len(self.again) - len(still), len(still), 0)

    def _run(self, scratch: str, *more: str) -> tuple[int, list[str], int] | None:
        report = pathlib.Path(scratch) / "report.xml"
        report.unlink(missing_ok=True)
        command = ["/usr/bin/python3", "-m", "pytest", "-q", "-rs", "-o", f"cache_dir={scratch}/cache",
                   f"--junitxml={report}", f"--timeout={300 * self.slow:.0f}", *more, *self.paths]
        with subprocess.Popen(command, env=self.env, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              text=True, errors="replace") as running:
            for line in running.stdout:  # whole lines: unit tests print theirs in between
                print(line, end="", flush=True)
        if report.exists():
            return read_junit(report)
        print(f"pytest ended with {running.returncode} before it wrote its report", flush=True)
        return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="the build folder")
    parser.add_argument("--slow", type=float, default=1, help="multiplies every time limit (sanitizers)")
    parser.add_argument("--only", help="only this pytest path")
    parser.add_argument("--units", default="", help="only unit tests whose name matches; 'none' for none")
    parser.add_argument("--crash-rounds", type=int, default=20)
    parser.add_argument("--second-chance", action="store_true", help="what failed runs once more at the end")
    options = parser.parse_args()
    build = options.build.resolve()
    env = environment(build, options.slow)
    env["GANNET_CRASH_ROUNDS"] = str(options.crash_rounds)

    tally, started = Tally(), time.monotonic()
    units = Units(build, env, options, tally) if not options.only and options.units != "none" else None
    paths = [options.only] if options.only else PATHS
    paths = [p for p in paths if any((ROOT / p).rglob("test_*.py")) or p.endswith(".py")]
    slow = options.slow * max(1, options.crash_rounds / 20)
    files = Pytest(paths, env, slow, options.second_chance, tally) if paths and not options.units else None
    turns = threading.Semaphore(CORES)
    with tempfile.TemporaryDirectory(prefix="gannet-pytest-") as scratch:
        beside = threading.Thread(target=units.run, args=(turns,), daemon=True) if units else None
        if files:
            with turns:
                if beside:
                    beside.start()
                files.run(scratch)
        elif beside:
            beside.start()
        if beside:
            beside.join()
        if units:
            units.run_again()
        if files:
            files.run_again(scratch)
    for name in tally.unsteady:
        print(f"unsteady: {name} (failed, then passed alone)")
    print(f"took {time.monotonic() - started:.0f} s")
    print(f"{tally.passed} passed, {tally.failed} failed, {tally.skipped} skipped")
    return 1 if tally.failed or tally.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
