#!/usr/bin/env python3
"""Runs every fuzz target of a build for a while; fails at the first that crashes, and keeps what crashed it."""
import argparse
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What a target starts from, beside nothing.
SEEDS = {"mime_fuzz": "tests/messages", "config_fuzz": "tests/config"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    build = options.build.resolve()
    targets = [p for p in sorted((build / "bin").glob("*_fuzz")) if options.only in p.name]
    failed = 0
    for target in targets:
        corpus = build / "corpus" / target.name
        corpus.mkdir(parents=True, exist_ok=True)
        command = [str(target), f"-max_total_time={options.seconds}", "-print_final_stats=1", "-timeout=25",
                   f"-artifact_prefix={build}/crash-{target.name}-", str(corpus)]
        seeds = ROOT / SEEDS.get(target.name, "none")
        if seeds.is_dir():
            command.append(str(seeds))
        started = time.monotonic()
        done = subprocess.run(command, cwd=build, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True, errors="replace", env={**os.environ, "TMPDIR": str(build)})
        runs = [line.split(":")[1].strip() for line in done.stderr.splitlines() if "number_of_executed_units" in line]
        good = done.returncode == 0
        failed += not good
        print(f"{target.name:24} {runs[0] if runs else '?':>12} runs in {time.monotonic() - started:5.0f} s  "
              f"{'clean' if good else 'FAILED'}", flush=True)
        if not good:
            print(done.stderr[-4000:])
    print(f"{len(targets) - failed} passed, {failed} failed")
    return 1 if failed or not targets else 0


if __name__ == "__main__":
    sys.exit(main())
