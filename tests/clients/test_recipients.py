"""RCPT against the real server (smtplib): what administrators change holds for the next RCPT of an open session."""
import secrets

import pytest

from gannet import Gannet


@pytest.fixture
def gannet(tmp_path):
    """A server that bears with many refused recipients."""
    with Gannet(tmp_path / "gannet", {"session.rcpt.errors.wait": "1ms", "session.rcpt.errors.total": "100"}) as server:
        yield server


@pytest.fixture
def session(gannet):
    with gannet.smtp() as client:
        client.ehlo()
        assert client.mail("stranger@example.org")[0] == 250
        yield client


def test_an_account_is_known_from_its_creation_to_its_removal(gannet, session, tmp_path):
    password = tmp_path / "password"
    password.write_text(secrets.token_hex(10))
    for _ in range(3):
        assert session.rcpt("carol@demo.test")[0] == 550
        gannet.run("account", "create", "carol@demo.test", "--password-file", str(password))
        for _ in range(3):  # the first from the directory, the others from memory
            assert session.rcpt("carol@demo.test")[0] == 250
        gannet.run("account", "delete", "carol@demo.test")
        code, text = session.rcpt("carol@demo.test")
        assert (code, text.split()[0]) == (550, b"5.1.1")
        session.rset()
        session.mail("stranger@example.org")


def test_a_new_quota_holds_at_once(gannet, session):
    assert session.rcpt("bob@demo.test")[0] == 250
    gannet.send("Filler", to="bob@demo.test", body="x" * 4000 + "\r\n")
    gannet.run("account", "update", "bob@demo.test", "--quota", "1kb")
    for _ in range(2):
        code, text = session.rcpt("bob@demo.test")
        assert (code, text.split()[0]) == (452, b"4.2.2")
    gannet.run("account", "update", "bob@demo.test", "--quota", "0")
    for _ in range(2):
        assert session.rcpt("bob@demo.test")[0] == 250
