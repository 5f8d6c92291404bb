"""The front door on a machine where nothing is installed yet."""
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def make(tmp_path, *, installed: bool) -> subprocess.CompletedProcess:
    """`make` where there is no such compiler; Debian's word on what is installed is ours."""
    tools = tmp_path / "tools"
    tools.mkdir(exist_ok=True)
    query = tools / "dpkg-query"
    query.write_text(f"#!/bin/sh\n{'echo installed' if installed else 'exit 1'}\n")
    query.chmod(0o755)
    return subprocess.run(
        ["make", "-C", ROOT, f"BUILD={tmp_path / 'build'}", "CMAKE_FLAGS=-G Ninja -DCMAKE_CXX_COMPILER=no-such-clang++"],
        env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "MAKEFLAGS": "", "LC_ALL": "C"},
        capture_output=True, text=True, timeout=120)


def test_missing_packages_are_one_line(tmp_path):
    done = make(tmp_path, installed=False)
    said = [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith("make")]
    assert done.returncode != 0 and len(said) == 1, done.stdout + done.stderr
    assert "clang-19" in said[0] and "make packages-build" in said[0]


def test_another_failure_is_shown_whole(tmp_path):
    done = make(tmp_path, installed=True)
    assert done.returncode != 0 and "no-such-clang++" in done.stdout + done.stderr
