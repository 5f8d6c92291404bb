"""Killed on its way, and started again; and how much memory a large account takes."""
import contextlib
import pathlib
import subprocess
import sys
import time

import pytest
from gannet import BIN, SLOW

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from mail import message, ok, picture  # noqa: E402
from test_export_import import ALICE, FORMATS, fresh_account  # noqa: E402


def command(gannet, *arguments: str) -> subprocess.Popen:
    env = {**gannet.env, "GANNET_URL": f"http://127.0.0.1:{gannet.ports['http']}", "GANNET_USER": "admin",
           "GANNET_PASSWORD": gannet.passwords["admin"]}
    return subprocess.Popen([BIN, *arguments], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def rss(pid: int) -> int:
    """The most that it had, in octets."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(text.split("VmHWM:")[1].split()[0]) * 1024


def fill_many(gannet, count: int, size: int) -> None:
    with gannet.imap(ALICE) as alice:
        for number in range(count):
            ok(alice.append("INBOX", "", None, message(f"many-{number}", f"{number:>78}\r\n" * (size // 80))))


@pytest.mark.parametrize("format_", FORMATS)
def test_killed_again_and_again(gannet, tmp_path, format_):
    fill_many(gannet, 300, 100_000)
    with gannet.imap(ALICE) as alice:
        before = picture(alice)
    out = tmp_path / "out"
    carol = fresh_account(gannet)
    for work in (("export", ALICE, "--to"), ("import", carol, "--from")):
        arguments = ("account", work[0], work[1], "--format", format_, work[2], str(out))
        kills = 0
        for delay in (0.1, 0.15, 0.2, 0.25, 0.3):
            process = command(gannet, *arguments)
            try:
                process.wait(delay)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                kills += 1
        assert kills > 0, "it was never killed: the account is too small"
        gannet.run(*arguments)
    with gannet.imap(carol) as client:
        assert picture(client) == before


def peak(pid: int) -> int:
    """The most memory that a process has had until now, in bytes; 0 when it has ended."""
    with contextlib.suppress(OSError, IndexError):
        if pathlib.Path(f"/proc/{pid}/exe").resolve() == pathlib.Path(BIN).resolve():
            return rss(pid)
    return 0


def test_memory_is_bounded(gannet, tmp_path):
    # 250 MB: whoever held all of it would have more than is allowed.
    fill_many(gannet, 12, 20_000_000)
    fill_many(gannet, 200, 50_000)
    server = gannet.process.pid
    start = rss(server)
    for format_ in FORMATS:
        out = str(tmp_path / format_)
        carol = fresh_account(gannet, f"{format_}@demo.test")
        for arguments in (("export", ALICE, "--format", format_, "--to", out), ("import", carol, "--format", format_, "--from", out)):
            process = command(gannet, "account", *arguments)
            most = 0
            while process.poll() is None:  # not getrusage(): that counts what the test's own process had at the fork
                most = max(most, peak(process.pid))
                time.sleep(0.02)
            # A sanitizer keeps what was freed for a while: there only the end is looked at.
            assert process.returncode == 0 and 0 < most < (200 << 20 if SLOW == 1 else 1 << 30), (arguments, most)
    assert rss(server) - start < 512 << 20
