#!/usr/bin/env python3
"""Runs every test of a build and closes with one line: `N passed, N failed, N skipped`.

The unit tests are the build's *_test programs; the others are pytest files under tests/, which start the
built gannet on free loopback ports. Each failure is printed whole when it happens.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


class Tally:
    def __init__(self) -> None:
        self.passed, self.failed, self.skipped = 0, 0, 0

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


def run_unit(program: pathlib.Path, env: dict[str, str], limit: float) -> tuple[str, int, int, int, float, str]:
    """Name, passed, failed, skipped, seconds, and what to show when something failed."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gannet-unit-") as scratch:
        os.chmod(scratch, 0o755)  # servers that tests start may run as another user
        report = pathlib.Path(scratch) / "report.json"
        try:
            done = subprocess.run(
                [program, f"--gtest_output=json:{report}", "--gtest_brief=1"], env={**env, "TMPDIR": scratch},
                cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit)
            output, code = done.stdout.decode(errors="replace"), done.returncode
        except subprocess.TimeoutExpired as stopped:
            output = (stopped.stdout or b"").decode(errors="replace") + f"\nstopped after {limit:.0f} s"
            code = -1
        seconds = time.monotonic() - started
        passed = failed = skipped = 0
        if report.exists():
            for suite in json.loads(report.read_text())["testsuites"]:
                for case in suite["testsuite"]:
                    if case.get("result") == "SKIPPED":
                        skipped += 1
                    elif case.get("failures"):
                        failed += 1
                    elif case.get("result") == "COMPLETED":
                        passed += 1
        if code != 0 and failed == 0:
            failed = 1  # it crashed, leaked or was stopped
        return program.name, passed, failed, skipped, seconds, output if failed else ""


def run_units(build: pathlib.Path, env: dict[str, str], slow: float, tally: Tally, pattern: str) -> None:
    programs = sorted(p for p in (build / "bin").glob("*_test") if os.access(p, os.X_OK) and re.search(pattern, p.name))
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        for name, passed, failed, skipped, seconds, output in pool.map(
                lambda p: run_unit(p, env, 480 * slow), programs):
            print(f"{name:24} {passed:5} passed {failed:3} failed {skipped:3} skipped  {seconds:6.1f} s", flush=True)
            if output:
                print(output[-20000:], flush=True)
            tally.add(passed, failed, skipped)


def run_pytest(paths: list[str], env: dict[str, str], slow: float, tally: Tally, extra: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="gannet-pytest-") as scratch:
        report = pathlib.Path(scratch) / "report.xml"
        command = ["/usr/bin/python3", "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", f"--junitxml={report}",
                   f"--timeout={300 * slow:.0f}", *paths, *extra]
        code = subprocess.run(command, env=env, cwd=ROOT, stdin=subprocess.DEVNULL).returncode
        if not report.exists():
            tally.add(0, 1, 0)
            print(f"pytest ended with {code} before it wrote its report", flush=True)
            return
        head = report.read_text()[:2000]
        counts = {k: int(m.group(1)) if (m := re.search(rf'\b{k}="(\d+)"', head)) else 0
                  for k in ("tests", "failures", "errors", "skipped")}
        failed = counts["failures"] + counts["errors"]
        tally.add(counts["tests"] - failed - counts["skipped"], failed, counts["skipped"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="the build folder")
    parser.add_argument("--slow", type=float, default=1, help="multiplies every time limit (sanitizers)")
    parser.add_argument("--only", help="only this pytest path")
    parser.add_argument("--units", default="", help="only unit tests whose name matches; 'none' for none")
    parser.add_argument("--crash-rounds", type=int, default=20)
    options = parser.parse_args()
    build = options.build.resolve()
    env = environment(build, options.slow)
    env["GANNET_CRASH_ROUNDS"] = str(options.crash_rounds)

    tally, started = Tally(), time.monotonic()
    if not options.only and options.units != "none":
        run_units(build, env, options.slow, tally, options.units)
    paths = [options.only] if options.only else ["tests/clients", "tests/crash", "tests/load", "tests/cli", "tests/search", "tests/moving"]
    paths = [p for p in paths if any((ROOT / p).rglob("test_*.py")) or p.endswith(".py")]
    if paths and not options.units:
        slow = options.slow * max(1, options.crash_rounds / 20)
        run_pytest(paths, env, slow, tally, [])
    print(f"took {time.monotonic() - started:.0f} s")
    print(f"{tally.passed} passed, {tally.failed} failed, {tally.skipped} skipped")
    return 1 if tally.failed or tally.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
