"""A disk that fills up under the real program: senders keep their mail, and it goes on by itself."""
import base64
import errno
import os
import smtplib
import subprocess
import urllib.error
import urllib.request

import pytest
from gannet import Gannet, wait_until

# Nothing in it is text: the index of random words would need more room than the disk has.
MESSAGE = b"Subject: %d\r\nFrom: s@example.org\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"


@pytest.fixture
def small_disk(tmp_path):
    """The server's data on a file system of 160 MB: going on needs room for what is in memory still."""
    data = tmp_path / "gannet" / "data"
    data.mkdir(parents=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m", "none", data], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    try:
        with Gannet(tmp_path / "gannet") as server:
            yield server, data
    finally:
        subprocess.run(["umount", "-l", data], check=True)


def readiness(server) -> int:
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{server.ports['http']}/healthz/ready", timeout=30).status
    except urllib.error.HTTPError as error:
        return error.code


def greeting(server) -> int:
    try:
        server.smtp().quit()
        return 220
    except smtplib.SMTPConnectError as error:
        return error.smtp_code


def fill(path) -> None:
    with open(path, "wb", buffering=0) as out:
        try:
            while True:
                out.write(bytes(65536))
        except OSError as error:
            assert error.errno == errno.ENOSPC


def deliver(server, number: int) -> int:
    """The reply to a message of half a megabyte: the greeting's, where it refuses."""
    try:
        client = server.smtp()
    except smtplib.SMTPConnectError as error:
        return error.smtp_code
    with client:
        client.ehlo()
        code = client.mail("s@example.org")[0]
        if code != 250:
            return code
        client.rcpt("alice@demo.test")
        return client.data(MESSAGE % number + base64.encodebytes(os.urandom(350_000)).replace(b"\n", b"\r\n"))[0]


def test_a_full_disk_is_try_again_later(small_disk):
    server, data = small_disk
    assert readiness(server) == 200 and deliver(server, 0) == 250
    accepted = 1
    fill(data / "filler")
    code = 250
    while code == 250 and accepted < 300:
        code = deliver(server, accepted)
        accepted += code == 250
    assert 400 <= code < 500, code
    wait_until(lambda: greeting(server) == 421, what="the greeting that refuses")
    wait_until(lambda: readiness(server) == 503, what="/healthz/ready that says so")
    with server.imap(select="INBOX") as client:  # who reads is not disturbed
        assert client.search(None, "ALL")[1][0].split()[-1] == str(accepted).encode()
        status, data_lines = client.append("INBOX", None, None, b"Subject: no room\r\n\r\n")
        assert status == "NO" and b"UNAVAILABLE" in data_lines[0], data_lines

    (data / "filler").unlink()
    wait_until(lambda: readiness(server) == 200, 30, "the server's recovery")
    wait_until(lambda: greeting(server) == 220, what="the greeting")
    assert deliver(server, accepted) == 250
    accepted += 1
    with server.imap(select="INBOX") as client:
        subjects = [line[1] for line in client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1] if len(line) == 2]
    assert [int(text.split()[1]) for text in subjects] == list(range(accepted))


def test_it_stops_cleanly_on_a_full_disk_and_starts_when_there_is_room(small_disk):
    server, data = small_disk
    assert deliver(server, 0) == 250
    fill(data / "filler")
    accepted = 1
    while deliver(server, accepted) == 250:
        accepted += 1
    assert server.stop() == 0, server.log_text()[-4000:]
    (data / "filler").unlink()
    server.start()
    with server.imap(select="INBOX") as client:
        assert client.search(None, "ALL")[1][0].split()[-1] == str(accepted).encode()
