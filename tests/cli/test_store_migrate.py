"""Moving the mail to another store while the server runs, and while it is killed."""
import json

from gannet import Gannet, wait_until
from migrations import Load, has_all, migration, name_in_file, reaches, store_of, subjects


def with_sqlite(folder) -> dict[str, str]:
    return {"store.second.type": "sqlite", "store.second.path": str(folder / "second" / "mail.db")}


def test_there_under_load_and_back(tmp_path):
    server = Gannet(tmp_path / "server", settings=with_sqlite(tmp_path))
    with server:
        for number in range(20):
            server.send(f"before {number}", body="x" * 5000 + "\r\n")
        first = store_of(server)
        with Load(server) as load:
            load.more()
            told = server.run("store", "migrate", "--from", first, "--to", "second").stdout
            assert f"{first} -> second" in told
            done = reaches(server, "cut over")
            assert done["inForce"] == "second" and done["keys"] > 0 and done["error"] == "", done
            parts = {store["id"]: store["migration"] for store in json.loads(server.run("store", "status", "--json").stdout)}
            assert parts == {first: "source", "second": "target"} and store_of(server) == "second"
            load.more()
        assert not load.refused
        has_all(server, load)
        text = server.run("store", "migrate", "status").stdout
        assert "confirm" in text and 'write "second"' in text
        # A restart with the old file finds the new store, and says so.
        server.stop()
        server.start()
        assert "store.migrated" in server.log_text()
        has_all(server, load)
        with Load(server) as back:
            back.more()
            server.run("store", "migrate", "rollback")
            reaches(server, "rolled back")
            back.more()
        assert not back.refused
        assert migration(server)["inForce"] == first
        has_all(server, load)
        has_all(server, back)


def test_killed_on_the_way_and_confirmed(tmp_path):
    server = Gannet(tmp_path / "server", settings=with_sqlite(tmp_path))
    server.start()
    first = store_of(server)
    for number in range(10):
        server.send(f"before {number}", body="x" * 50000 + "\r\n")
    server.run("store", "migrate", "--from", first, "--to", "second", "--rate", "200kb", "--hold")
    for _ in range(3):
        with Load(server) as load:
            load.more()
            server.kill()
        server.start()
        now = migration(server)
        assert now["phase"] in ("planned", "copying", "verifying", "equal"), now
        has_all(server, load)
        with server.imap(select="INBOX") as client:
            client.store("1:*", "+FLAGS", "(\\Deleted)")
            client.expunge()
    reaches(server, "equal")
    with Load(server) as load:
        load.more()
        server.run("store", "migrate", "cut-over")
        reaches(server, "cut over")
        load.more()
        server.kill()
    server.start()
    has_all(server, load)
    refused = server.run("store", "migrate", "cut-over", check=False)
    assert refused.returncode != 0 and "cut over already" in refused.stderr
    told = server.run("store", "migrate", "confirm", check=False)
    assert told.returncode != 0 and "storage.data" in told.stderr and "directory.internal.store" in told.stderr, told.stderr
    shown = server.run("config", "show", "--config", str(server.config), "storage").stdout
    assert f'# in force: storage.data = "second", though the file names "{first}"' in shown, shown
    name_in_file(server, first, "second")
    server.run("store", "migrate", "confirm")
    reaches(server, "confirmed")
    server.send("afterwards")
    server.stop()
    with server:
        has_all(server, load)
        wait_until(lambda: "afterwards" in subjects(server), 10, "the last message")
        assert migration(server) is None
        assert "store.migrated" not in server.log_path.read_bytes()[server.log_start:].decode(errors="replace")


def test_what_cannot_be(tmp_path):
    with Gannet(tmp_path / "server", settings=with_sqlite(tmp_path)) as server:
        first = store_of(server)

        def refused(*arguments: str) -> str:
            done = server.run("store", "migrate", *arguments, check=False)
            assert done.returncode != 0
            return done.stderr
        assert "lies in the store" in refused("--from", "second", "--to", first)
        assert "no [store.third]" in refused("--from", first, "--to", "third")
        assert "must be different" in refused("--from", first, "--to", first)
        assert "--rate" in refused("--from", first, "--to", "second", "--rate", "fast")
        assert "No migration" in refused("confirm")
        assert "No migration" in server.run("store", "migrate", "status").stdout
