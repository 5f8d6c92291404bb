"""What an administrator takes away is gone at once: open sessions end, and nothing brings an account back."""
import imaplib
import os
import pathlib
import smtplib
import stat

import pytest


def test_a_new_password_ends_the_sessions_that_the_old_one_opened(gannet, tmp_path):
    active, resting = gannet.imap("bob@demo.test", select="INBOX"), gannet.imap("bob@demo.test", select="INBOX")
    other = gannet.imap("alice@demo.test", select="INBOX")
    submission = gannet.submission("bob@demo.test")
    resting.send(b"i1 IDLE\r\n")
    assert resting.readline().startswith(b"+")

    new = tmp_path / "new"
    new.write_text("an entirely new password\n")
    gannet.run("account", "update", "bob@demo.test", "--password-file", str(new))
    with pytest.raises(imaplib.IMAP4.abort, match="log in again"):
        active.noop()
    # The one that rests is told nothing of what comes.
    gannet.send("for bob alone", to="bob@demo.test")
    assert resting.readline().startswith(b"* BYE The account was changed")
    assert resting.readline() == b""
    with pytest.raises(smtplib.SMTPResponseException, match="log in again"):
        submission.sendmail("bob@demo.test", ["alice@demo.test"], b"Subject: too late\r\n\r\n")
    assert other.noop()[0] == "OK"

    gannet.passwords["bob@demo.test"] = new.read_text().strip()
    status, found = gannet.imap("bob@demo.test", select="INBOX").search(None, "SUBJECT", "alone")
    assert (status, found) == ("OK", [b"1"])


def test_a_disabled_account_is_out(gannet):
    session = gannet.imap("bob@demo.test", select="INBOX")
    gannet.run("account", "update", "bob@demo.test", "--disable")
    with pytest.raises(imaplib.IMAP4.abort, match="log in again"):
        session.noop()


def test_a_deleted_account_stays_deleted(gannet):
    gannet.run("account", "create", "short@demo.test", "--password-file", str(gannet.folder / "bob@demo.test.password"))
    gannet.passwords["short@demo.test"] = gannet.passwords["bob@demo.test"]
    session = gannet.imap("short@demo.test", select="INBOX")
    late = gannet.smtp()
    late.ehlo()
    late.mail("stranger@example.org")
    assert late.rcpt("short@demo.test")[0] == 250

    gannet.run("account", "delete", "short@demo.test")
    with pytest.raises(imaplib.IMAP4.abort, match="log in again"):
        session.create("Revenant")
    code, text = late.data(b"Subject: too late\r\n\r\nHello.\r\n")
    assert (code, text[:5]) == (550, b"5.1.1")
    assert "Everything is as it should be" in gannet.run("fsck").stdout


def test_the_last_administrator_stays(gannet):
    for change in (["delete", "admin"], ["update", "admin", "--disable"], ["update", "admin", "--role", "user"]):
        refused = gannet.run("account", *change, check=False)
        assert refused.returncode != 0
        assert "only administrator" in refused.stderr
    gannet.run("account", "update", "bob@demo.test", "--role", "admin")
    gannet.run("account", "delete", "admin")


def test_mail_to_a_group_is_its_members(gannet):
    gannet.run("group", "create", "staff@demo.test", "--member", "alice@demo.test", "--member", "bob@demo.test")
    gannet.send("to the staff", to="staff@demo.test")
    for login in ("alice@demo.test", "bob@demo.test"):
        assert gannet.imap(login, select="INBOX").search(None, "SUBJECT", "staff") == ("OK", [b"1"])


def test_the_log_tells_what_became_of_each_recipient(gannet):
    with gannet.smtp() as client:
        client.ehlo()
        client.mail("stranger@example.org")
        for to in ("alice@demo.test", "nobody@demo.test", "bob@demo.test"):
            client.rcpt(to)
        client.data(b"Subject: log\r\n\r\nHello.\r\n")
    log = gannet.log_text().splitlines()

    def events(event: str, to: str) -> int:
        return sum(event in line and to in line for line in log)

    assert events("smtp.recipient-delivered", "to=alice@demo.test") == 1
    assert events("smtp.recipient-delivered", "to=bob@demo.test") == 1
    assert events("smtp.recipient-refused", "to=nobody@demo.test") == 1


def test_nobody_else_can_read_the_mail(gannet):
    gannet.send("private")
    data = pathlib.Path(gannet.folder / "data")
    files = [data, *data.rglob("*")]
    assert len(files) > 3
    for path in files:
        mode = stat.S_IMODE(os.stat(path).st_mode)
        assert mode & 0o077 == 0, f"{path}: {mode:o}"
