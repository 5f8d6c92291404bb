"""The first walk: a stranger's message comes in by SMTP, and its owner reads it by IMAP (smtplib, imaplib)."""
import email
import email.policy
import imaplib
import smtplib

import pytest
from data_stores import EVERY_DATA_STORE

pytestmark = EVERY_DATA_STORE


def fetch_all(client: imaplib.IMAP4) -> list[bytes]:
    _, found = client.uid("SEARCH", None, "ALL")
    messages = []
    for uid in found[0].split():
        _, data = client.uid("FETCH", uid, "(BODY.PEEK[])")
        messages.append(data[0][1])
    return messages


def test_a_strangers_message_is_read_by_its_owner(gannet):
    body = "Grüße.\r\n.a dot at the start\r\n..two\r\n"
    gannet.send("First", body=body)
    with gannet.imap(select="INBOX") as alice:
        raw, = fetch_all(alice)
        message = email.message_from_bytes(raw, policy=email.policy.SMTP)
        assert message["Subject"] == "First"
        assert message["Return-Path"] == "<stranger@example.org>"
        assert message["Delivered-To"] == "alice@demo.test"
        assert "by mx.demo.test" in message["Received"]
        assert raw.endswith(body.encode())
        _, flags = alice.fetch("1", "(FLAGS INTERNALDATE RFC822.SIZE)")
        assert b"\\Seen" not in flags[0]
        assert f"RFC822.SIZE {len(raw)}".encode() in flags[0]


def test_it_is_there_after_a_restart(gannet):
    gannet.send("Kept")
    assert gannet.stop() == 0
    gannet.start()
    with gannet.imap(select="INBOX") as alice:
        raw, = fetch_all(alice)
        assert b"Subject: Kept\r\n" in raw


def test_recipients_are_answered_one_by_one(gannet):
    with gannet.smtp() as client:
        client.ehlo()
        client.mail("stranger@example.org")
        assert client.rcpt("alice@demo.test")[0] == 250
        code, text = client.rcpt("nobody@demo.test")
        assert (code, text[:5]) == (550, b"5.1.1")
        code, text = client.rcpt("someone@elsewhere.example")
        assert (code, text[:5]) == (550, b"5.7.1")
        assert client.rcpt("bob+news@demo.test")[0] == 250
        code, _ = client.data(b"Subject: Two\r\n\r\nBoth get it.\r\n")
        assert code == 250
    for login in ("alice@demo.test", "bob@demo.test"):
        with gannet.imap(login, select="INBOX") as client:
            assert len(fetch_all(client)) == 1


def test_postmaster_is_always_somebody(gannet):
    with gannet.smtp() as client:
        client.ehlo()
        client.mail("")
        assert client.rcpt("postmaster@demo.test")[0] == 250
        assert client.rcpt("postmaster")[0] == 250  # RFC 5321 4.5.1


def test_a_message_with_no_end_of_line_games(gannet):
    """No smuggling: only CRLF.CRLF ends a message (RFC 5321 2.3.8)."""
    with gannet.smtp() as client:
        client.ehlo()
        client.mail("stranger@example.org")
        client.rcpt("alice@demo.test")
        client.putcmd("DATA")
        assert client.getreply()[0] == 354
        client.send(b"Subject: x\r\n\r\ntext\n.\nMAIL FROM:<evil@example.org>\r\n.\r\n")
        assert client.getreply()[0] // 100 == 5
    with gannet.imap(select="INBOX") as alice:
        assert fetch_all(alice) == []


def test_submission_needs_a_login(gannet):
    with smtplib.SMTP("127.0.0.1", gannet.ports["submission"], local_hostname="client.example") as client:
        client.ehlo()
        assert not client.has_extn("auth")  # none in clear
        assert client.mail("alice@demo.test")[0] == 530
        client.starttls(context=gannet.client_tls())
        client.ehlo()
        assert client.has_extn("auth")
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login("alice@demo.test", "wrong")
        client.login("alice@demo.test", gannet.passwords["alice@demo.test"])
        client.sendmail("alice@demo.test", ["bob@demo.test"], "Subject: Submitted\r\n\r\nHi Bob.\r\n")
        with pytest.raises(smtplib.SMTPException):
            client.sendmail("bob@demo.test", ["bob@demo.test"], "Subject: Not mine\r\n\r\n")
    with gannet.imap("bob@demo.test", select="INBOX") as bob:
        raw, = fetch_all(bob)
        message = email.message_from_bytes(raw)
        assert message["Subject"] == "Submitted"
        assert message["Message-ID"] and message["Date"]
        assert "with ESMTPSA" in message["Received"]


def test_submission_by_implicit_tls(gannet):
    with smtplib.SMTP_SSL("127.0.0.1", gannet.ports["submissions"], local_hostname="client.example",
                          context=gannet.client_tls()) as client:
        client.login("bob@demo.test", gannet.passwords["bob@demo.test"])
        client.sendmail("bob@demo.test", ["alice@demo.test"], "Subject: TLS\r\n\r\nHi.\r\n")
    with gannet.imap(select="INBOX") as alice:
        assert len(fetch_all(alice)) == 1


def test_lmtp_replies_for_each_recipient(gannet):
    client = smtplib.LMTP("127.0.0.1", gannet.ports["lmtp"])
    client.ehlo("client.example")
    client.mail("stranger@example.org")
    assert client.rcpt("alice@demo.test")[0] == 250
    assert client.rcpt("bob@demo.test")[0] == 250
    client.putcmd("DATA")
    assert client.getreply()[0] == 354
    client.send(b"Subject: LMTP\r\n\r\nOne each.\r\n.\r\n")
    assert client.getreply()[0] == 250
    assert client.getreply()[0] == 250  # RFC 2033 4.2
    client.quit()
    for login in ("alice@demo.test", "bob@demo.test"):
        with gannet.imap(login, select="INBOX") as reader:
            assert len(fetch_all(reader)) == 1


def test_over_quota_is_a_temporary_failure(gannet):
    gannet.run("account", "create", "carol@demo.test", "--password-file", str(gannet.folder / "bob@demo.test.password"),
               "--quota", "4kb")
    gannet.send("small", to="carol@demo.test", body="x" * 70 + "\r\n" * 1000)
    with gannet.smtp() as client:
        with pytest.raises((smtplib.SMTPDataError, smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused)) as refused:
            client.sendmail("stranger@example.org", ["carol@demo.test"], "Subject: big\r\n\r\n" + "x" * 70 + "\r\n" * 1500)
        assert "452" in str(refused.value) and "4.2.2" in str(refused.value)


def test_bdat_and_pipelining(gannet):
    with gannet.smtp() as client:
        client.ehlo()
        assert client.has_extn("chunking") and client.has_extn("pipelining")
        first, second = b"Subject: chunks\r\n\r\none\r\n", b".\r\nlast line"
        client.send(b"MAIL FROM:<s@example.org> BODY=BINARYMIME\r\nRCPT TO:<alice@demo.test>\r\n"
                    + b"BDAT %d\r\n" % len(first) + first + b"BDAT %d LAST\r\n" % len(second) + second)
        codes = [client.getreply()[0] for _ in range(4)]
        assert codes == [250, 250, 250, 250]
    with gannet.imap(select="INBOX") as alice:
        raw, = fetch_all(alice)
        assert raw.endswith(b"one\r\n.\r\nlast line")
