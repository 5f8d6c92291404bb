"""gannet cache and gannet directory test, on a running server."""
import base64
import json
import smtplib
import threading
import time

import pytest
from gannet import Gannet, wait_until
from real_servers import server_of



def caches(gannet) -> dict[str, dict]:
    return {cache["name"]: cache for cache in json.loads(gannet.run("cache", "status", "--json").stdout)["items"]}


def test_caches_are_shown_and_emptied(gannet):
    gannet.send("one")
    with gannet.imap(select="INBOX") as client:
        client.fetch("1", "(ENVELOPE)")
        client.fetch("1", "(BODY.PEEK[HEADER.FIELDS (Subject)])")
    found = caches(gannet)
    assert {"account", "header", "login", "message", "directory.internal"} <= found.keys()
    assert found["account"]["entries"] == 1 and found["account"]["maxEntries"] == 2048
    assert found["message"]["entries"] == 1 and 0 < found["message"]["bytes"] <= found["message"]["maxBytes"]
    assert found["login"]["entries"] >= 1 and found["directory.internal"]["hits"] > 0
    table = gannet.run("cache", "status").stdout
    assert "directory.internal" in table and "answered" in table

    assert "Emptied message" in gannet.run("cache", "clear", "message").stdout
    found = caches(gannet)
    assert found["message"]["entries"] == 0 and found["account"]["entries"] == 1
    cleared = json.loads(gannet.run("cache", "clear", "--json").stdout)["cleared"]
    assert {"account", "header", "login", "message", "directory.internal"} <= set(cleared)
    assert caches(gannet)["account"]["entries"] == 0
    with gannet.imap(select="INBOX") as client:
        assert client.fetch("1", "(ENVELOPE)")[0] == "OK"
    refused = gannet.run("cache", "clear", "nonsense", check=False)
    assert refused.returncode == 1 and "nonsense" in refused.stderr


def test_the_settings_of_caches(tmp_path):
    settings = {"cache.account.size": "7", "cache.thread.size": "5", "cache.message.memory": "1mb", "cache.shard": "2",
                "cache.capacity": "10", "metrics.prometheus.enable": "true", "authentication.cache.entries": "9"}
    with Gannet(tmp_path / "gannet", settings) as server:
        found = caches(server)
        assert found["account"]["maxEntries"] == 5, "threads are kept with their account"
        assert found["message"]["maxBytes"] == 1 << 20 and found["login"]["maxEntries"] == 9


def test_a_directory_is_asked_step_by_step(gannet):
    wrong = gannet.folder / "wrong"
    wrong.write_text("not the password\n")
    right = str(gannet.folder / "alice@demo.test.password")
    text = gannet.run("directory", "test", "internal", "Alice@Demo.test", "--password-file", right).stdout
    assert "Is Demo.test a domain of this directory?" in text and "delivered to alice@demo.test" in text
    assert "internal directory: " in text and "password check: alice@demo.test" in text and "Yes, as alice@demo.test" in text
    assert gannet.passwords["alice@demo.test"] not in text and "argon2" not in text.lower()
    answer = json.loads(gannet.run("directory", "test", "internal", "alice@demo.test", "--password-file", str(wrong), "--json").stdout)
    assert answer["questions"][-1]["conclusion"] == "No, refused: wrong password." and answer["questions"][-1]["steps"]
    assert "not the password" not in json.dumps(answer)
    text = gannet.run("directory", "test", "internal", "nobody@demo.test").stdout
    assert "nobody has this address" in text and "log in" not in text
    refused = gannet.run("directory", "test", "elsewhere", "alice", check=False)
    assert refused.returncode == 1 and "there are: internal" in refused.stderr


OUTSIDE = """
[directory.out]
type = "smtp"
host = "127.0.0.1"
port = {port}
tls.enable = false
lookup.domains = ["example.org"]
timeout = "5s"
cache.entries = 100
pool.max-connections = 2
pool.timeout.wait = "2s"
"""


@pytest.fixture(scope="module")
def mail_server():
    with server_of("mail_server") as server:
        yield server


def test_an_outside_directory_is_asked_step_by_step(tmp_path, mail_server):
    server = Gannet(tmp_path / "gannet")
    with open(server.config, "a") as config:
        config.write(OUTSIDE.format(port=mail_server.parameters["smtp"]))
    password = server.folder / "password"
    password.write_text("alice's pass word\n")
    with server:
        text = server.run("directory", "test", "out", "alice@example.org", "--password-file", str(password)).stdout
        assert "SMTP RCPT: alice@example.org\n    -> 250" in text and "SMTP AUTH: alice@example.org\n    -> 235" in text
        assert "kept for 3600 s" in text and "pass word" not in text
        assert "(from memory)" in server.run("directory", "test", "out", "alice@example.org").stdout
        assert caches(server)["directory.out.positive"]["entries"] >= 1
        server.run("cache", "clear", "directory.out")
        assert caches(server)["directory.out.positive"]["entries"] == 0
        mail_server.kill()
        try:
            text = server.run("directory", "test", "out", "alice@example.org").stdout
            assert "No answer, a temporary failure" in text and "Nobody" not in text
        finally:
            mail_server.start()


def test_a_slow_directory_leaves_the_others_alone(tmp_path, mail_server):
    server = Gannet(tmp_path / "gannet")
    text = server.config.read_text()
    server.config.write_text("session.auth.directory = \"'out'\"\n" + text + OUTSIDE.format(port=mail_server.parameters["smtp"]))
    answers = []

    def log_in() -> None:
        with smtplib.SMTP("127.0.0.1", server.ports["submission"], timeout=60) as client:
            client.starttls(context=server.client_tls())
            client.ehlo()
            answers.append(client.docmd("AUTH", "PLAIN " + base64.b64encode(b"\0alice@example.org\0alice's pass word").decode())[0])

    with server:
        log_in()
        assert answers.pop() == 235
        mail_server.freeze()
        try:
            threads = [threading.Thread(target=log_in) for _ in range(40)]
            for thread in threads:
                thread.start()
            for _ in range(5):
                begun = time.monotonic()
                with server.imap(select="INBOX"):
                    pass
                assert time.monotonic() - begun < 4
            for thread in threads:
                thread.join(60)
        finally:
            mail_server.thaw()
        assert answers == [454] * 40, "try again, and never that the password is wrong"
        wait_until(lambda: (log_in(), answers.pop())[1] == 235, 30, "logins after the server is back")
