"""IMAP as Python's imaplib speaks it."""
import imaplib
import re
import threading

import pytest
from data_stores import EVERY_DATA_STORE

pytestmark = EVERY_DATA_STORE

MESSAGE = (b"From: A <a@example.org>\r\nTo: B <b@example.org>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
           b"Date: Mon, 1 Jan 2024 10:00:00 +0100\r\nMessage-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n"
           b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
           b"Hello world\r\n--b\r\nContent-Type: application/octet-stream; name=x.bin\r\n"
           b"Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=x.bin\r\n\r\nAAEC\r\n--b--\r\n")


def ok(answer):
    status, data = answer
    assert status == "OK", data
    return data


def test_append_fetch_store_search_expunge(gannet):
    with gannet.imap() as client:
        data = ok(client.append("INBOX", r"(\Flagged custom)", '"01-Jan-2024 10:00:00 +0100"', MESSAGE))
        assert b"APPENDUID" in data[0]
        ok(client.append("INBOX", "", None, MESSAGE.replace(b"Gr=C3=BC=C3=9Fe", b"Second")))
        assert ok(client.select("INBOX")) == [b"2"]
        envelope = ok(client.fetch("1", "(ENVELOPE)"))[0]
        assert b'"=?utf-8?q?Gr=C3=BC=C3=9Fe?=" (("A" NIL "a" "example.org"))' in envelope
        structure = ok(client.fetch("1", "(BODYSTRUCTURE)"))[0]
        assert b'"text" "plain" ("charset" "utf-8")' in structure.lower()
        assert b'("attachment" ("filename" "x.bin"))' in structure.lower()
        assert ok(client.fetch("1", "(BODY[1])"))[0][1] == b"Hello world"
        assert ok(client.fetch("1", "(BODY[2]<1.2>)"))[0][1] == b"AE"
        assert ok(client.fetch("1", "(BODY.PEEK[HEADER.FIELDS (Subject X-None)])"))[0][1] == \
            b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\n"
        flags = ok(client.fetch("1", "(FLAGS INTERNALDATE)"))[0]
        assert b"custom" in flags and b"\\Seen" in flags and b"01-Jan-2024" in flags
        client.literal = "grüße".encode()
        assert ok(client.search("UTF-8", "SUBJECT")) == [b"1"]
        assert ok(client.search(None, "TEXT", '"hello WORLD"', "NOT", "FLAGGED")) == [b"2"]
        assert ok(client.search(None, "KEYWORD", "custom")) == [b"1"]
        ok(client.store("1", "+FLAGS", r"(\Deleted)"))
        assert ok(client.expunge()) == [b"1"]
        assert ok(client.search(None, "ALL")) == [b"1"]


def test_folders(gannet):
    with gannet.imap() as client:
        names = b"\n".join(ok(client.list()))
        for use in (b"\\Drafts", b"\\Sent", b"\\Trash", b"\\Junk"):
            assert use in names
        ok(client.create("Work/2024"))
        ok(client.create('"Entw&APw-rfe"'))
        status, _ = client.create("Work/2024")
        assert status == "NO"
        ok(client.subscribe("Work/2024"))
        ok(client.rename("Work", "Job"))
        names = b"\n".join(ok(client.list()))
        assert b"Job/2024" in names and b"Work" not in names and b"Entw&APw-rfe" in names
        ok(client.append("Job/2024", None, None, MESSAGE))
        status = ok(client.status("Job/2024", "(MESSAGES UIDNEXT UIDVALIDITY UNSEEN RECENT)"))[0]
        assert b"MESSAGES 1" in status and b"UNSEEN 1" in status
        ok(client.delete("Job/2024"))
        status, data = client.select("Job/2024")
        assert status == "NO"


def test_copy_move_and_uidplus(gannet):
    with gannet.imap() as client:
        ok(client.create("Other"))
        for _ in range(3):
            ok(client.append("INBOX", None, None, MESSAGE))
        ok(client.select("INBOX"))
        ok(client.uid("COPY", "1:2", "Other"))
        assert re.search(rb"\d+ 1:2 1:2", client.response("COPYUID")[1][0] or b"")
        status, data = client._simple_command("UID", "MOVE", "3", "Other")
        assert status == "OK"
        assert ok(client.search(None, "ALL")) == [b"1 2"]
        status, data = client.copy("1", "Missing")
        assert status == "NO" and b"TRYCREATE" in data[0]
        assert ok(client.select("Other")) == [b"3"]


def test_idle_hears_a_new_message(gannet):
    client = gannet.imap(select="INBOX")
    tag = client._new_tag()
    client.send(tag + b" IDLE\r\n")
    assert client.readline().startswith(b"+")
    sender = threading.Thread(target=gannet.send, args=("Wake up",))
    sender.start()
    lines = [client.readline()]
    while b"EXISTS" not in lines[-1]:
        lines.append(client.readline())
    sender.join()
    client.send(b"DONE\r\n")
    while not (line := client.readline()).startswith(tag):
        pass
    assert b"OK" in line
    client.logout()


def test_two_sessions_see_each_others_changes(gannet):
    with gannet.imap() as one, gannet.imap() as two:
        ok(one.append("INBOX", None, None, MESSAGE))
        ok(one.append("INBOX", None, None, MESSAGE))
        one.select("INBOX")
        two.select("INBOX")
        ok(one.store("1", "+FLAGS", r"(\Deleted \Answered)"))
        ok(two.noop())
        fetched = two.response("FETCH")[1]
        assert any(b"\\Answered" in (line or b"") for line in fetched)
        ok(one.expunge())
        ok(two.noop())
        assert two.response("EXPUNGE")[1] == [b"1"]


def test_bad_input_is_answered_and_the_session_goes_on(gannet):
    with gannet.imap(select="INBOX") as client:
        for command in ("FETCH 1:* (NONSENSE)", "STORE 1", "SEARCH BEFORE yesterday", "FETCH 0 FLAGS", "NOSUCH",
                        "UID", "FETCH 1 BODY[", 'LIST "" "', "SELECT"):
            with pytest.raises(imaplib.IMAP4.error):
                client._simple_command(*command.split(" ", 1)) if command.split()[0] in imaplib.Commands else \
                    client.xatom(*command.split(" ", 1))
                raise imaplib.IMAP4.error("answered NO")  # NO is a good answer too
        ok(client.noop())


def test_login_needs_tls_and_the_right_password(gannet):
    client = imaplib.IMAP4("127.0.0.1", gannet.ports["imap"])
    assert "LOGINDISABLED" in client.capabilities
    with pytest.raises(imaplib.IMAP4.error):
        client.login("alice@demo.test", gannet.passwords["alice@demo.test"])
    client.starttls(gannet.client_tls())
    assert "LOGINDISABLED" not in client.capabilities
    with pytest.raises(imaplib.IMAP4.error):
        client.login("alice@demo.test", "wrong")
    ok(client.login("alice@demo.test", gannet.passwords["alice@demo.test"]))
    client.logout()


def test_authenticate_plain(gannet):
    client = imaplib.IMAP4_SSL("127.0.0.1", gannet.ports["imaps"], ssl_context=gannet.client_tls())
    secret = b"\0bob@demo.test\0" + gannet.passwords["bob@demo.test"].encode()
    assert client.authenticate("PLAIN", lambda _: secret)[0] == "OK"
    ok(client.select("INBOX", readonly=True))
    client.logout()
