"""Mailboxes of other programs."""
import mailbox
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from mail import fill, ok, picture  # noqa: E402

ALICE, BOB = "alice@demo.test", "bob@demo.test"

FOREIGN = b"""From someone@example.org Sat Feb  1 04:05:06 2003
Status: RO
X-Status: AF
X-Keywords: work $Junk
Subject: one

Body
>From quoted
>>From quoted twice
From not quoted, and not a start

From us all, no date here
end

From someone@example.org Sun Feb  2 04:05:06 2003 +0100
Subject: two
X-Mozilla-Status: 0001

no line end"""


def test_of_another_program(gannet, tmp_path):
    (tmp_path / "in" / "Lists.sbd").mkdir(parents=True)
    (tmp_path / "in" / "Lists.sbd" / "Old").write_bytes(FOREIGN)
    (tmp_path / "in" / "notes.txt").write_text("no mbox")
    done = gannet.run("account", "import", BOB, "--format", "mbox", "--from", str(tmp_path / "in"))
    assert "not quoted, at octet" in done.stderr
    with gannet.imap(BOB) as bob:
        one, two = picture(bob)["Lists/Old"][2]
        ok(bob.select("Lists/Old"))
        body = ok(bob.uid("FETCH", "1", "(BODY.PEEK[])"))[0][1]
    assert one[1] == [b"$Junk", rb"\Answered", rb"\Flagged", rb"\Seen", b"work"]
    assert (one[2], two[2]) == (b"01-Feb-2003 04:05:06 +0000", b"02-Feb-2003 03:05:06 +0000")
    assert two[1] == [rb"\Seen"]
    assert body == (b"Subject: one\r\n\r\nBody\r\nFrom quoted\r\n>From quoted twice\r\nFrom not quoted, and not a start\r\n"
                    b"\r\nFrom us all, no date here\r\nend\r\n")


def test_one_file(gannet, tmp_path):
    (tmp_path / "Old.mbox").write_bytes(FOREIGN)
    gannet.run("account", "import", BOB, "--format", "mbox", "--from", str(tmp_path / "Old.mbox"), "--into", "Restored")
    with gannet.imap(BOB) as bob:
        assert len(picture(bob)["Restored/Old"][2]) == 2


def test_python_reads_an_export(gannet, tmp_path):
    with gannet.imap(ALICE) as alice:
        fill(alice)
        before = picture(alice)
    gannet.run("account", "export", ALICE, "--format", "mbox", "--to", str(tmp_path / "out"))
    box = mailbox.mbox(tmp_path / "out" / "INBOX.mbox")
    assert [one["Subject"] for one in box] == ["inbox-0", "inbox-2", "inbox-4", "inbox-5"]
    assert [int(one["X-UID"]) for one in box] == [one[0] for one in before["INBOX"][2]]
