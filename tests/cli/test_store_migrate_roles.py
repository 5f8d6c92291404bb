"""Moving messages, lookups and the search index to another store while the server runs, and while it is killed."""
import json
import pathlib

import pytest
from gannet import Gannet, wait_until
from migrations import Load, bodies, has_all, migration, name_role_in_file, reaches, store_of
from real_servers import server_of


def move(server: Gannet, role: str, to: str, *more: str) -> str:
    """Begins; the store that it was in."""
    first = store_of(server, role)
    server.run("store", "migrate", "--role", role, "--from", first, "--to", to, *more)
    return first


def confirm(server: Gannet, role: str, to: str) -> None:
    refused = server.run("store", "migrate", "confirm", check=False)
    assert refused.returncode != 0 and f"storage.{role}" in refused.stderr, refused.stderr
    name_role_in_file(server, role, to)
    server.run("store", "migrate", "confirm")
    reaches(server, "confirmed")
    assert store_of(server, role) == to


def files_in(folder: pathlib.Path) -> int:
    return sum(1 for path in folder.rglob("*") if path.is_file())


def killed_on_the_way(server: Gannet, role: str) -> list[Load]:
    """What was acknowledged before each kill."""
    loads = []
    for _ in range(2):
        with Load(server) as load:
            load.more()
            server.kill()
        server.start()
        assert migration(server)["role"] == role
        assert migration(server)["phase"] in ("planned", "copying", "verifying", "equal")
        loads.append(load)
    return loads


def test_messages_to_a_folder_under_load_killed_and_back(tmp_path):
    folder = tmp_path / "messages"
    server = Gannet(tmp_path / "server", settings={"store.files.type": "fs", "store.files.path": str(folder)})
    server.start()
    for number in range(30):
        server.send(f"before {number}", body=f"{number} " + "x" * 20000 + "\r\n")
    before = bodies(server)
    first = move(server, "blob", "files", "--rate", "200kb", "--hold")
    loads = killed_on_the_way(server, "blob")
    with server.imap(select="INBOX") as client:
        client.store("1:5", "+FLAGS", "(\\Deleted)")
        client.expunge()
    reaches(server, "equal")
    with Load(server) as load:
        load.more()
        server.run("store", "migrate", "cut-over")
        told = reaches(server, "cut over")
        assert told["inForce"] == "files" and told["error"] == "" and told["keys"] >= 30, told
        assert store_of(server, "blob") == "files" and store_of(server) == first
        load.more()
    assert not load.refused
    loads.append(load)
    # A restart with the old file finds the folder.
    server.stop()
    server.start()
    assert "store.migrated" in server.log_text()
    for each in loads:
        has_all(server, each)
    found = bodies(server)
    kept = set(before) & set(found)
    assert len(kept) == 25 and all(found[subject] == before[subject] for subject in kept)
    assert files_in(folder) >= len(found)
    # Back: everything that came since is there, too.
    with Load(server) as back:
        back.more()
        server.run("store", "migrate", "rollback")
        reaches(server, "rolled back")
        back.more()
    assert not back.refused and store_of(server, "blob") == first
    folder.rename(tmp_path / "gone")
    folder.mkdir()
    assert len(bodies(server)) == len(found) + len(back.acknowledged)
    (tmp_path / "gone").rename(tmp_path / "messages-old")
    with server:
        pass


def test_messages_to_s3_and_back(tmp_path):
    with server_of("swift") as swift:
        settings = {"store.files.type": "fs", "store.files.path": str(tmp_path / "messages"), "store.bucket.type": "s3"}
        for key in ("endpoint", "bucket", "region", "access-key", "secret-key"):
            settings[f"store.bucket.{key}"] = swift.parameters[key]
        with Gannet(tmp_path / "server", settings=settings) as server:
            for number in range(10):
                server.send(f"before {number}", body=f"{number} " + "x" * 3000 + "\r\n")
            first = move(server, "blob", "files")
            reaches(server, "cut over")
            confirm(server, "blob", "files")
            with Load(server) as load:
                load.more()
                assert move(server, "blob", "bucket") == "files"
                reaches(server, "cut over", 150)
                load.more()
            assert not load.refused
            confirm(server, "blob", "bucket")
            has_all(server, load)
            (tmp_path / "messages").rename(tmp_path / "gone")
            before = bodies(server)
            assert len(before) == 10 + len(load.acknowledged)
            server.stop()
            server.start()
            assert bodies(server) == before and store_of(server, "blob") == "bucket"
            move(server, "blob", first)
            reaches(server, "cut over")
            confirm(server, "blob", first)
            server.send("the last one")
            wait_until(lambda: len(bodies(server)) == len(before) + 1, 10, "the last message")


def test_lookups_to_redis_killed_and_back(tmp_path):
    with server_of("redis") as redis:
        url = f"redis://127.0.0.1:{redis.parameters['port']}"
        server = Gannet(tmp_path / "server", settings={"store.redis.type": "redis", "store.redis.urls": url, "store.memory.type": "memory"})
        server.start()
        for _ in range(3):
            assert_refused(server)
        first = move(server, "lookup", "redis", "--hold")
        with Load(server) as load:
            load.more()
            server.kill()
        server.start()
        reaches(server, "equal")
        assert_refused(server)
        server.run("store", "migrate", "cut-over")
        done = reaches(server, "cut over")
        assert done["role"] == "lookup" and done["inForce"] == "redis" and done["error"] == "", done
        server.kill()
        server.start()
        assert store_of(server, "lookup") == "redis"
        server.run("store", "migrate", "rollback")
        reaches(server, "rolled back")
        assert store_of(server, "lookup") == first
        move(server, "lookup", "redis")
        reaches(server, "cut over")
        confirm(server, "lookup", "redis")
        move(server, "lookup", "memory")
        reaches(server, "cut over")
        confirm(server, "lookup", "memory")
        has_all(server, load)
        with server:
            pass


def assert_refused(server: Gannet) -> None:
    """A login with a wrong password, which the server counts."""
    with pytest.raises(Exception):
        client = server.imap.__func__  # a connection of its own
        good = server.passwords["bob@demo.test"]
        server.passwords["bob@demo.test"] = "wrong"
        try:
            client(server, "bob@demo.test")
        finally:
            server.passwords["bob@demo.test"] = good


def searched(server: Gannet, word: str) -> list[int]:
    with server.imap(select="INBOX") as client:
        status, data = client.search(None, "BODY", word)
        assert status == "OK", data
        return [int(number) for number in data[0].split()]


def indexed(server: Gannet) -> None:
    wait_until(lambda: json.loads(server.run("search", "status", "--json").stdout)["waiting"] == 0, 30, "the index")


def the_index_goes(server: Gannet, to: str) -> None:
    with server.imap(select="INBOX") as client:
        for number in range(40):
            word = "needle" if number % 10 == 0 else "hay"
            client.append("INBOX", None, None, f"Subject: Number {number}\r\n\r\nThere is {word} in it.\r\n".encode())
    indexed(server)
    first = move(server, "fts", to, "--hold")
    server.kill()
    server.start()
    assert searched(server, "needle") == [1, 11, 21, 31]
    reaches(server, "equal")
    with server.imap(select="INBOX") as client:
        client.append("INBOX", None, None, b"Subject: Late\r\n\r\nA needle that came late.\r\n")
        client.store("1", "+FLAGS", "(\\Deleted)")
        client.expunge()
    indexed(server)
    server.run("store", "migrate", "cut-over")
    done = reaches(server, "cut over")
    assert done["inForce"] == to and done["verifiedKeys"] >= 40 and done["repairedKeys"] == 0, done
    assert store_of(server, "fts") == to
    assert searched(server, "needle") == [10, 20, 30, 40]
    server.send("after the cut-over", body="one needle more\r\n")
    indexed(server)
    assert searched(server, "needle") == [10, 20, 30, 40, 41]
    server.run("store", "migrate", "rollback")
    reaches(server, "rolled back")
    assert store_of(server, "fts") == first and searched(server, "needle") == [10, 20, 30, 40, 41]
    move(server, "fts", to)
    reaches(server, "cut over")
    confirm(server, "fts", to)
    server.stop()
    server.start()
    assert store_of(server, "fts") == to and searched(server, "needle") == [10, 20, 30, 40, 41]
    # And back, where an old index is lying.
    move(server, "fts", first)
    reaches(server, "cut over")
    confirm(server, "fts", first)
    assert searched(server, "needle") == [10, 20, 30, 40, 41]
    with server:
        pass


def test_the_index_to_another_data_store_and_back(tmp_path):
    settings = {"store.second.type": "sqlite", "store.second.path": str(tmp_path / "second" / "mail.db")}
    the_index_goes(Gannet(tmp_path / "server", settings=settings).start(), "second")


@pytest.mark.parametrize("name", ["elasticsearch", "opensearch"])
def test_the_index_to_a_search_engine_and_back(tmp_path, name):
    with server_of(name) as engine:
        settings = {"store.engine.type": "elasticsearch", "store.engine.url": engine.parameters["url"]}
        the_index_goes(Gannet(tmp_path / "server", settings=settings).start(), "engine")


def test_what_cannot_be(tmp_path):
    folder = tmp_path / "files"
    settings = {"store.files.type": "fs", "store.files.path": str(folder), "store.memory.type": "memory",
                "store.other.type": "fs", "store.other.path": str(tmp_path / "other")}
    with Gannet(tmp_path / "server", settings=settings) as server:
        first = store_of(server, "blob")

        def refused(role: str, source: str, target: str) -> str:
            done = server.run("store", "migrate", "--role", role, "--from", source, "--to", target, check=False)
            assert done.returncode != 0
            return done.stderr
        assert "lies in the store" in refused("blob", "files", first)
        assert "cannot hold blobs" in refused("blob", first, "memory")
        assert "no [store.third]" in refused("blob", first, "third")
        move(server, "blob", "files")
        reaches(server, "cut over")
        assert "under way" in refused("lookup", first, "memory")
        server.run("store", "migrate", "rollback")
        reaches(server, "rolled back")
        # A folder that holds somebody else's messages.
        server.send("one")
        move(server, "blob", "files")
        reaches(server, "cut over")
        server.run("store", "migrate", "rollback")
        reaches(server, "rolled back")
        (tmp_path / "files").rename(tmp_path / "elsewhere")
        server.stop()
        (tmp_path / "elsewhere").rename(tmp_path / "other")
        server.start()
        assert "not empty" in refused("blob", first, "other")
        assert store_of(server, "blob") == first
