"""SEARCH and the index behind it, through the real program."""
import json

from gannet import Gannet, wait_until


def ok(answer):
    status, data = answer
    assert status == "OK", data
    return data


def message(number: int, subject: str, body: str) -> bytes:
    return (f"From: Ann <ann{number}@example.org>\r\nTo: alice@demo.test\r\nSubject: {subject}\r\n"
            f"X-Serial: serial{number}x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
            f"{body}\r\n").encode()


def fill(client, first: int, last: int) -> None:
    for n in range(first, last + 1):
        word = "needle" if n % 10 == 0 else "hay"
        ok(client.append("INBOX", None, None, message(n, f"Message {n} of many", f"xx{word}yy in 全文検索 {n}")))


def waiting(server: Gannet) -> int:
    return json.loads(server.run("search", "status", "--json").stdout)["waiting"]


def indexed(server: Gannet) -> None:
    wait_until(lambda: waiting(server) == 0, 20, "the index")


def found(client, *keys: str) -> list[int]:
    return [int(number) for number in ok(client.search(None, *keys))[0].split()]


def check(client, last: int) -> None:
    tens = [n for n in range(1, last + 1) if n % 10 == 0]
    assert found(client, "BODY", "needle") == tens
    assert found(client, "TEXT", '"EDLEYY in"') == tens
    assert found(client, "SUBJECT", '"sage 7 of"') == [7]
    assert found(client, "FROM", "nn12@exam") == [12]
    assert found(client, "HEADER", "X-Serial", "ial13x") == [13]
    assert found(client, "NOT", "BODY", "needle") == [n for n in range(1, last + 1) if n % 10]
    assert found(client, "OR", "SUBJECT", '"age 5 "', "TEXT", "serial6x") == [5, 6]
    assert found(client, "BODY", "absent") == []
    client.literal = "文検".encode()
    assert [int(n) for n in ok(client.search("UTF-8", "BODY"))[0].split()] == list(range(1, last + 1))


def test_what_is_searched_at_once_and_when_it_is_indexed(gannet):
    with gannet.imap(select="INBOX") as client:
        fill(client, 1, 60)
        ok(client.noop())
        check(client, 60)  # partly indexed, partly not
        indexed(gannet)
        check(client, 60)
        ok(client.store("10", "+FLAGS", r"(\Deleted)"))
        ok(client.expunge())
        assert found(client, "BODY", "needle") == [19, 29, 39, 49, 59]
        indexed(gannet)
        assert found(client, "BODY", "needle") == [19, 29, 39, 49, 59]


def test_entries_outlive_a_crash(tmp_path):
    with Gannet(tmp_path).start() as server:
        client = server.imap(select="INBOX")
        fill(client, 1, 40)
        server.kill()
        server.start()
        with server.imap(select="INBOX") as client:
            check(client, 40)
            indexed(server)
            check(client, 40)
        server.stop()
        server.start()
        with server.imap(select="INBOX") as client:
            check(client, 40)


def test_reindex_and_metrics(gannet):
    with gannet.imap(select="INBOX") as client:
        fill(client, 1, 30)
        indexed(gannet)
        done = json.loads(gannet.run("search", "reindex", "alice@demo.test", "--json").stdout)
        assert done == {"accounts": 1, "messages": 30}
        ok(client.noop())
        check(client, 30)
        indexed(gannet)
        check(client, 30)
        assert json.loads(gannet.run("search", "reindex", "--json").stdout)["messages"] == 30
    assert "waiting" in gannet.run("search", "status").stdout
    refused = gannet.run("search", "reindex", "nobody@demo.test", check=False)
    assert refused.returncode == 1 and "nobody@demo.test" in refused.stderr
