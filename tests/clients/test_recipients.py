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


def bodies(gannet, login):
    with gannet.imap(login, select="INBOX") as client:
        return [part[1] for part in client.fetch("1:*", "(BODY.PEEK[])")[1] if isinstance(part, tuple)]


def test_nobody_sees_the_blind_recipients_of_an_own_user(gannet):
    """RFC 5322 3.6.3; a message of another server stays as it was signed."""
    message = "From: alice@demo.test\r\nTo: alice@demo.test\r\nBcc: bob@demo.test\r\nSubject: x\r\n\r\nBcc: in the text\r\n"
    with gannet.submission() as client:
        client.sendmail("alice@demo.test", ["alice@demo.test", "bob@demo.test"], message)
    for login in ("alice@demo.test", "bob@demo.test"):
        (body,) = bodies(gannet, login)
        assert b"\r\nBcc:" not in body.split(b"\r\n\r\n")[0] and b"\r\n\r\nBcc: in the text" in body
        assert b"\r\nSubject: x\r\n" in body
    with gannet.smtp() as client:
        client.sendmail("stranger@example.org", ["bob@demo.test"], message)
    assert b"\r\nBcc: bob@demo.test\r\n" in bodies(gannet, "bob@demo.test")[1]


def test_a_message_beyond_the_quota_is_refused_before_it_is_sent(gannet, session):
    gannet.run("account", "update", "bob@demo.test", "--quota", "20kb")
    session.rset()
    assert session.mail("stranger@example.org", ["SIZE=28000"])[0] == 250
    code, text = session.rcpt("bob@demo.test")
    assert (code, text.split()[0]) == (552, b"5.2.3")
    assert session.rcpt("alice@demo.test")[0] == 250
