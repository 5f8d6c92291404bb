"""`make run`'s demo server, as a newcomer meets it: where it listens, the lines to copy, the second start."""
import imaplib
import os
import pathlib
import re
import signal
import subprocess
import time

import pytest
from gannet import BIN, LISTENERS, SLOW, free_ports

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def demo(tmp_path):
    """A folder in which the demo's script starts the built program, on ports that are free."""
    ports = dict(zip(LISTENERS, free_ports(len(LISTENERS))))
    changes = " ".join(f"--set server.listener.{name}.bind=127.0.0.1:{port}" for name, port in ports.items())
    program = tmp_path / "gannet"
    program.write_text(f'#!/bin/sh\nif [ "$1" = setup ]; then exec {BIN} "$@" {changes}; fi\nexec {BIN} "$@"\n')
    program.chmod(0o755)
    return tmp_path, program, ports


def start(folder, program) -> tuple[subprocess.Popen, str]:
    """The running script, and all that it has printed once the server is up."""
    process = subprocess.Popen([ROOT / "tools" / "run_demo.sh", program], cwd=folder, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = ""
    while "Ctrl-C stops the server" not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    return process, said


def interrupt(process) -> None:
    process.send_signal(signal.SIGINT)
    assert process.wait(20 * SLOW) == 0
    process.stdout.close()


def test_the_demo_says_what_to_do_and_it_works(demo):
    folder, program, ports = demo
    process, said = start(folder, program)
    try:
        for name, port in ports.items():
            assert re.search(rf"^  {name} .* on 127\.0\.0\.1:{port}$", said, re.MULTILINE), said
        credentials = folder / "var" / "demo" / "credentials"
        assert credentials.stat().st_mode & 0o777 == 0o600
        logins = dict(line.split() for line in credentials.read_text().splitlines())
        assert {"alice@demo.test", "bob@demo.test"} <= set(logins) and all(len(p) >= 16 for p in logins.values())
        assert (folder / "var" / "demo" / "gannet.toml").exists()
        lines = [line.strip() for line in said.splitlines() if line.startswith("  printf") or line.startswith("  curl")]
        assert len(lines) == 3
        script = "\n".join(lines).replace(":2525", f":{ports['smtp']}").replace(":9930", f":{ports['imaps']}")
        done = subprocess.run(["sh", "-e", "-c", script], cwd=folder, capture_output=True, text=True, timeout=60 * SLOW)
        assert done.returncode == 0 and "First mail." in done.stdout, done.stdout + done.stderr
        taken = subprocess.run([ROOT / "tools" / "run_demo.sh", program], cwd=folder, capture_output=True, text=True,
                               timeout=60 * SLOW)
        assert taken.returncode != 0, "the data and the ports are in use"
    finally:
        interrupt(process)

    began = time.monotonic()
    process, said = start(folder, program)
    took = time.monotonic() - began
    try:
        assert took < 1.0 * SLOW, f"the second start took {took:.2f} s"
        assert logins["alice@demo.test"] in said, "the same passwords"
        done = subprocess.run(["sh", "-c", script.splitlines()[-1]], cwd=folder, capture_output=True, text=True, timeout=60 * SLOW)
        assert "First mail." in done.stdout, "the same data"
    finally:
        interrupt(process)


@pytest.mark.parametrize("left", ["all of it", "no accounts", "no settings"])
def test_a_setup_that_was_interrupted_is_begun_anew(demo, left):
    """Killed after setup, while it creates the accounts, or before it has written the settings."""
    folder, program, ports = demo
    killed = folder / "killed"
    spoil = {"all of it": ":", "no accounts": "rm -r var/demo/data", "no settings": "rm var/demo/gannet.toml"}[left]
    killed.write_text(f'#!/bin/sh\n{program} "$@" || exit\n{spoil}\nkill -9 $PPID\n')
    killed.chmod(0o755)
    done = subprocess.run([ROOT / "tools" / "run_demo.sh", killed], cwd=folder, capture_output=True, text=True, timeout=60 * SLOW)
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
    process, said = start(folder, program)
    try:
        demo_folder = folder / "var" / "demo"
        logins = dict(line.split() for line in (demo_folder / "credentials").read_text().splitlines())
        assert f"alice@demo.test:{logins['alice@demo.test']}'" in said
        assert not list(demo_folder.glob("*-password"))
        for login in ("alice@demo.test", "bob@demo.test"):
            with imaplib.IMAP4_SSL("127.0.0.1", ports["imaps"]) as client:
                client.login(login, logins[login])
    finally:
        interrupt(process)


def test_lost_credentials_are_said(demo):
    folder, program, _ports = demo
    process, _said = start(folder, program)
    interrupt(process)
    (folder / "var" / "demo" / "credentials").unlink()
    done = subprocess.run([ROOT / "tools" / "run_demo.sh", program], cwd=folder, capture_output=True, text=True, timeout=60 * SLOW)
    assert done.returncode == 1
    assert "var/demo/credentials is missing" in done.stderr and "rm -r var/demo" in done.stderr
