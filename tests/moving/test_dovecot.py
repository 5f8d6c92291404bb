"""A Maildir that Gannet wrote, taken over by a real Dovecot, and one that Dovecot wrote, imported."""
import imaplib
import os
import pathlib
import pwd
import re
import shutil
import subprocess
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from mail import fill, message, ok, picture  # noqa: E402

IMAP = "/usr/lib/dovecot/imap"
ALICE, BOB = "alice@demo.test", "bob@demo.test"

pytestmark = pytest.mark.skipif(not os.path.exists(IMAP), reason="dovecot-imapd is not installed")


class Dovecot:
    """Its IMAP server over a pipe, logged in, on one Maildir; as nobody, since Dovecot refuses root."""

    def __init__(self, maildir: pathlib.Path | None = None):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="gannet-dovecot-"))
        self.maildir = self.home / "mail"
        if maildir is not None:
            shutil.copytree(maildir, self.maildir)
        (self.home / "conf").write_text(
            f"base_dir = {self.home}/run\nlog_path = {self.home}/log\nfirst_valid_uid = 1\nssl = no\n"
            f"mail_location = maildir:{self.maildir}\nmail_home = {self.home}\nnamespace inbox {{\n  inbox = yes\n}}\n")

    def __enter__(self) -> imaplib.IMAP4:
        command = f"env USER=nobody HOME={self.home} {IMAP} -c {self.home}/conf"
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            subprocess.run(["chown", "-R", f"{nobody.pw_uid}:{nobody.pw_gid}", self.home], check=True)
            command = f"setpriv --reuid={nobody.pw_uid} --regid={nobody.pw_gid} --clear-groups {command}"
        self.client = imaplib.IMAP4_stream(command)
        return self.client

    def __exit__(self, *_) -> None:
        self.client.logout()

    def remove(self) -> None:
        shutil.rmtree(self.home)


def dovecot_picture(client: imaplib.IMAP4) -> dict:
    """As picture(), with the names that the account has in Gannet."""
    out = {"subscribed": sorted(line.decode() for line in ok(client.lsub()) if line)}
    for line in ok(client.list()):
        if rb"\Noselect" in line:
            continue
        name = re.search(rb'"\." (.*)$', line)[1].decode().strip('"').replace("\\\\", "\\")
        quoted = '"' + name.replace("\\", "\\\\") + '"'
        ok(client.select(quoted, readonly=True))
        validity = int(client.response("UIDVALIDITY")[1][0])
        next_uid = int(client.response("UIDNEXT")[1][0])
        found = {}
        for part in ok(client.uid("FETCH", "1:*", "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])")):
            if isinstance(part, tuple):
                uid, flags = re.search(rb"UID (\d+) FLAGS \(([^)]*)\)", part[0]).groups()
                found[int(uid)] = (sorted(flag for flag in flags.split() if flag != rb"\Recent"), part[1])
        out[name.replace(".", "/").replace("\\2e", ".")] = (validity, next_uid, found)
    return out


def test_dovecot_takes_an_export_over(gannet, tmp_path):
    with gannet.imap(ALICE) as alice:
        fill(alice)
        before = picture(alice)
    gannet.run("account", "export", ALICE, "--format", "maildir", "--to", str(tmp_path / "out"))
    dovecot = Dovecot(tmp_path / "out")
    with dovecot as client:
        after = dovecot_picture(client)
    dovecot.remove()
    assert len(after.pop("subscribed")) == len(before.pop("subscribed"))
    assert set(after) == set(before)
    for name, (validity, next_uid, messages) in before.items():
        assert after[name][:2] == (validity, next_uid), name
        assert list(after[name][2]) == [one[0] for one in messages]
        for uid, flags, _date, size, _sum in messages:
            there, content = after[name][2][uid]
            assert len(content) == size
            # Maildir has letters for 26 keywords.
            assert there == flags or (len(there) == 26 and set(there) < set(flags))


def test_what_dovecot_wrote_comes_in(gannet, tmp_path):
    dovecot = Dovecot()
    dates = ['"01-Feb-2003 04:05:06 +0000"', '"02-Feb-2003 04:05:06 +0000"', '"03-Feb-2003 04:05:06 +0000"']
    with dovecot as client:
        ok(client.create("Lists.caf&AOk-"))
        ok(client.subscribe("Lists.caf&AOk-"))
        for number, date in enumerate(dates):
            ok(client.append("INBOX", r"(\Seen $Junk)" if number else r"(\Flagged)", date, message(f"dovecot-{number}")))
        ok(client.append("Lists.caf&AOk-", r"(\Answered)", dates[0], message("listed")))
        ok(client.select("INBOX"))
        ok(client.uid("STORE", "1", "+FLAGS", r"(\Deleted)"))
        ok(client.expunge())
        before = dovecot_picture(client)
    (dovecot.maildir / "cur" / "1.broken:2,S").write_bytes(b"")
    done = gannet.run("account", "import", BOB, "--format", "maildir", "--from", str(dovecot.maildir))
    assert "1.broken:2,S is empty" in done.stderr
    with gannet.imap(BOB) as bob:
        after = picture(bob)
        assert "Lists/caf&AOk-" in " ".join(after["subscribed"])
    dovecot.remove()
    for name in ("INBOX", "Lists/caf&AOk-"):
        validity, next_uid, messages = before[name]
        assert after[name][:2] == (validity, next_uid)
        assert [(uid, flags) for uid, flags, *_ in after[name][2]] == [(uid, one[0]) for uid, one in messages.items()]
        assert [size for *_, size, _ in after[name][2]] == [len(one[1]) for one in messages.values()]
    assert [date for _, _, date, _, _ in after["INBOX"][2]] == [b"02-Feb-2003 04:05:06 +0000", b"03-Feb-2003 04:05:06 +0000"]
