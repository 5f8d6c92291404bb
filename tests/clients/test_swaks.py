"""swaks: SMTP, submission and LMTP, with and without TLS."""
import subprocess

import pytest


def swaks(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(["swaks", "--timeout", "30", "--from", "stranger@example.org", "--to", "alice@demo.test",
                           *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize("options", [[], ["--tls"], ["--pipeline"], ["--tls", "--pipeline"]], ids=" ".join)
def test_a_stranger_delivers(gannet, options):
    done = swaks("--server", "127.0.0.1", "--port", str(gannet.ports["smtp"]), "--header", "Subject: By swaks", *options)
    assert done.returncode == 0, done.stdout
    with gannet.imap(select="INBOX") as alice:
        assert alice.search(None, "SUBJECT", '"By swaks"')[1] == [b"1"]


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_submission(gannet, mechanism):
    done = swaks("--server", "127.0.0.1", "--port", str(gannet.ports["submissions"]), "--tls-on-connect", "--auth",
                 mechanism, "--auth-user", "bob@demo.test", "--auth-password", gannet.passwords["bob@demo.test"],
                 "--from", "bob@demo.test")
    assert done.returncode == 0, done.stdout


def test_lmtp(gannet):
    done = swaks("--server", "127.0.0.1", "--port", str(gannet.ports["lmtp"]), "--protocol", "LMTP")
    assert done.returncode == 0, done.stdout


def test_relaying_is_refused(gannet):
    done = swaks("--server", "127.0.0.1", "--port", str(gannet.ports["smtp"]), "--to", "x@elsewhere.example")
    assert done.returncode != 0 and "550 5.7.1" in done.stdout


def test_an_attachment_arrives_whole(gannet, tmp_path):
    blob = tmp_path / "data.bin"
    blob.write_bytes(bytes(range(256)) * 4000)
    done = swaks("--server", "127.0.0.1", "--port", str(gannet.ports["smtp"]), "--attach", f"@{blob}")
    assert done.returncode == 0, done.stdout[-2000:]
    with gannet.imap(select="INBOX") as alice:
        import base64
        _, data = alice.fetch("1", "(BODY[2])")
        assert base64.b64decode(data[0][1]) == blob.read_bytes()
