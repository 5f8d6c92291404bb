"""curl: sending by SMTP, reading and appending by IMAP, the HTTP side."""
import json
import subprocess


def curl(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(["curl", "-sS", "--max-time", "30", *arguments], capture_output=True, stdin=subprocess.DEVNULL)


def test_the_lines_that_make_run_prints(gannet, tmp_path):
    mail = tmp_path / "hello.eml"
    mail.write_bytes(b"From: bob@demo.test\r\nTo: alice@demo.test\r\nSubject: Hello\r\n\r\nFirst mail.\r\n")
    sent = curl("--url", f"smtp://127.0.0.1:{gannet.ports['smtp']}", "--mail-from", "stranger@example.org",
                "--mail-rcpt", "alice@demo.test", "-T", str(mail))
    assert sent.returncode == 0, sent.stderr
    login = f"alice@demo.test:{gannet.passwords['alice@demo.test']}"
    read = curl("-k", f"imaps://127.0.0.1:{gannet.ports['imaps']}/INBOX;MAILINDEX=1", "--user", login)
    assert read.returncode == 0, read.stderr
    assert b"First mail." in read.stdout and b"Subject: Hello" in read.stdout


def test_append_search_and_starttls(gannet, tmp_path):
    mail = tmp_path / "a.eml"
    mail.write_bytes(b"Subject: Uploaded\r\n\r\nText.\r\n")
    login = f"alice@demo.test:{gannet.passwords['alice@demo.test']}"
    base = f"imap://127.0.0.1:{gannet.ports['imap']}"
    done = curl("-k", "--ssl-reqd", "-T", str(mail), f"{base}/INBOX", "--user", login)
    assert done.returncode == 0, done.stderr
    found = curl("-k", "--ssl-reqd", f"{base}/INBOX?SUBJECT%20Uploaded", "--user", login)
    assert b"* SEARCH 1" in found.stdout
    folders = curl("-k", "--ssl-reqd", f"{base}/", "--user", login)
    assert b"INBOX" in folders.stdout


def test_submission_with_authentication(gannet, tmp_path):
    mail = tmp_path / "s.eml"
    mail.write_bytes(b"From: alice@demo.test\r\nSubject: By curl\r\n\r\nText.\r\n")
    for mechanism in ("PLAIN", "LOGIN"):
        sent = curl("-k", "--ssl-reqd", "--url", f"smtp://127.0.0.1:{gannet.ports['submission']}", "--login-options",
                    f"AUTH={mechanism}", "--user", f"alice@demo.test:{gannet.passwords['alice@demo.test']}",
                    "--mail-from", "alice@demo.test", "--mail-rcpt", "bob@demo.test", "-T", str(mail))
        assert sent.returncode == 0, sent.stderr
    with gannet.imap("bob@demo.test", select="INBOX") as bob:
        assert bob.search(None, "ALL")[1] == [b"1 2"]


def test_health_metrics_and_api(gannet):
    base = f"http://127.0.0.1:{gannet.ports['http']}"
    assert json.loads(curl(f"{base}/healthz/live").stdout)["status"] == "ok"
    assert json.loads(curl(f"{base}/healthz/ready").stdout)["status"] == "ok"
    assert curl("-o", "/dev/null", "-w", "%{http_code}", f"{base}/api/principal").stdout == b"401"
    user = f"alice@demo.test:{gannet.passwords['alice@demo.test']}"
    assert curl("-o", "/dev/null", "-w", "%{http_code}", "-u", user, f"{base}/api/principal").stdout == b"403"
    admin = f"admin:{gannet.passwords['admin']}"
    listed = json.loads(curl("-u", admin, f"{base}/api/principal").stdout)
    assert {"admin", "alice@demo.test", "bob@demo.test"} == {p["name"] for p in listed["data"]["items"]}
    assert curl("-o", "/dev/null", "-w", "%{http_code}", f"{base}/nothing").stdout == b"404"
    assert curl("-k", "-o", "/dev/null", "-w", "%{http_code}",
                f"https://127.0.0.1:{gannet.ports['https']}/healthz/live").stdout == b"200"
