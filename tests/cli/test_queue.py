"""What waits in the queue, as an administrator sees and moves it."""
import json

from gannet import wait_until


def queued(gannet) -> list[dict]:
    return json.loads(gannet.run("queue", "list", "--json").stdout)


def test_list_show_retry_and_remove(gannet):
    password = gannet.folder / "tiny.password"
    password.write_text("correct horse\n")
    gannet.run("account", "create", "tiny@demo.test", "--password-file", str(password), "--quota", "4kb")
    gannet.passwords["tiny@demo.test"] = "correct horse"
    with gannet.imap("tiny@demo.test") as client:
        assert client.append("Drafts", None, None, b"Subject: old\r\n\r\n" + b"x" * 3000)[0] == "OK"
    gannet.run("list", "create", "pair@demo.test", "--member", "alice@demo.test", "--member", "tiny@demo.test")
    assert queued(gannet) == [] and gannet.run("queue", "list").stdout == ""
    for number in range(2):
        gannet.send(f"waits {number}", to="pair@demo.test", body="x" * 70 + "\r\n" + "y" * 2000 + "\r\n")
    first, second = queued(gannet)
    assert first["id"] < second["id"] and [r["address"] for r in first["recipients"]] == ["pair@demo.test"]

    lines = gannet.run("queue", "list").stdout.splitlines()
    assert len(lines) == 2 and lines[0].startswith(first["id"]) and "pair@demo.test" in lines[0]
    shown = gannet.run("queue", "show", first["id"].lower()).stdout
    assert first["id"] in shown and "452 4.2.2" in shown and "waiting" in shown
    assert json.loads(gannet.run("queue", "show", first["id"], "--json").stdout) == first

    gannet.run("queue", "remove", second["id"])
    assert queued(gannet) == [first]
    gannet.run("account", "update", "tiny@demo.test", "--quota", "0")
    gannet.run("queue", "retry", first["id"])
    wait_until(lambda: queued(gannet) == [], what="the empty queue")
    with gannet.imap("tiny@demo.test", select="INBOX") as client:
        assert b"waits 0" in client.fetch("1", "(BODY.PEEK[HEADER])")[1][0][1] and client.search(None, "ALL")[1] == [b"1"]

    for command in ("show", "retry", "remove"):
        for name in (second["id"], "nonsense"):
            done = gannet.run("queue", command, name, check=False)
            assert done.returncode == 1 and name in done.stderr, (command, name)
