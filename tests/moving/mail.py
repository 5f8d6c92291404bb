"""What the tests of moving mail share: an account full of odd mail, and what IMAP tells of an account."""
import hashlib
import imaplib
import re

FETCH = re.compile(rb"(\d+) \(UID (\d+) FLAGS \(([^)]*)\) INTERNALDATE \"([^\"]*)\" RFC822.SIZE (\d+) BODY\[\] \{\d+\}")
# In modified UTF-7: Work/Café 2.0
CAFE = "Work/Caf&AOk- 2.0"


def message(subject: str, body: str = "Hello.\r\n") -> bytes:
    return (f"From: a@example.org\r\nTo: b@example.org\r\nSubject: {subject}\r\nMessage-ID: <{subject}@example.org>\r\n"
            f"\r\n{body}").encode()


def ok(answer):
    status, data = answer
    assert status == "OK", data
    return data


def fill(client: imaplib.IMAP4) -> None:
    """Nested names, keywords, dates, holes between UIDs, lines that look like an mbox's."""
    for name in ("Work", CAFE, "Work/Empty", "Archiv&APw-"):
        client.create(f'"{name}"')
    ok(client.subscribe(f'"{CAFE}"'))
    for number in range(6):
        ok(client.append("INBOX", r"(\Seen $Forwarded)" if number % 2 else "", f'"0{number + 1}-Feb-2019 11:22:33 +0100"',
                         message(f"inbox-{number}", "From here on\r\n>From there\r\n>>From\r\n.\r\n\r\nFrom  \r\nend")))
    ok(client.append(f'"{CAFE}"', r"(\Answered \Flagged \Draft todo)", '"29-Feb-2020 23:59:59 +0000"', message("deep")))
    ok(client.append(f'"{CAFE}"', r"(\Deleted)", '"01-Jan-1999 00:00:00 +0000"', b"no header here\r\n"))
    ok(client.append("Work", " ".join(["("] + [f"word{n}" for n in range(30)] + [")"]).replace("( ", "(").replace(" )", ")"),
                     '"10-Oct-2021 10:10:10 +0000"', message("wordy", "x" * 70_000 + "\r\n")))
    ok(client.select("INBOX"))
    ok(client.uid("STORE", "2,4", "+FLAGS", r"(\Deleted)"))
    ok(client.expunge())


def mailboxes(client: imaplib.IMAP4) -> list[str]:
    return sorted(re.search(rb'"/" (.*)$', line)[1].decode().strip('"') for line in ok(client.list()))


def picture(client: imaplib.IMAP4) -> dict:
    """Everything that a move must keep, by mailbox."""
    out = {"subscribed": sorted(line.decode() for line in ok(client.lsub()) if line)}
    for name in mailboxes(client):
        ok(client.select(f'"{name}"', readonly=True))
        validity = client.response("UIDVALIDITY")[1][0]
        next_uid = re.search(rb"UIDNEXT (\d+)", ok(client.status(f'"{name}"', "(UIDNEXT)"))[0])[1]
        found = []
        for part in ok(client.uid("FETCH", "1:*", "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])")):
            if isinstance(part, tuple):
                fields = FETCH.match(part[0])
                assert fields, part[0]
                flags = sorted(flag for flag in fields[3].split() if flag != rb"\Recent")
                found.append((int(fields[2]), flags, fields[4], int(fields[5]), hashlib.sha256(part[1]).hexdigest()))
        out[name] = (int(validity), int(next_uid), found)
    return out


def without_uids(shown: dict) -> dict:
    return {name: facts if name == "subscribed" else [message[1:] for message in facts[2]]
            for name, facts in shown.items()}
