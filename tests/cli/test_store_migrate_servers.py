"""Moving everything to a database and back while mail comes in; and what checks and copies say of it there."""
import contextlib

import pytest
from data_stores import backend
from gannet import Gannet
from migrations import Load, has_all, name_in_file, reaches, store_of


@pytest.mark.parametrize("name", ["postgresql", "mariadb"])
def test_from_rocksdb_and_back(tmp_path, name):
    with contextlib.ExitStack() as stack:
        try:
            database = stack.enter_context(backend.running(name)).parameters
        except backend.Skip as why:
            pytest.skip(str(why))
        settings = {"store.other.type": {"mariadb": "mysql"}.get(name, name)}
        for key in ("host", "port", "user", "password", "database"):
            settings[f"store.other.{key}"] = str(database[key])
        server = Gannet(tmp_path / "server", settings=settings)
        server.start()
        for number in range(10):
            server.send(f"before {number}", body="x" * 5000 + "\r\n")
        first = store_of(server)
        with Load(server) as load:
            load.more()
            server.run("store", "migrate", "--from", first, "--to", "other", "--rate", "1mb")
            server.kill()
        server.start()
        with Load(server) as second:
            reaches(server, "cut over", 120)
            second.more()
        assert not second.refused
        name_in_file(server, first, "other")
        server.run("store", "migrate", "confirm")
        reaches(server, "confirmed")
        server.stop()
        server.start()
        assert store_of(server) == "other"
        has_all(server, load)
        has_all(server, second)
        checked = server.run("fsck", "--deep").stdout
        assert "Everything is as it should be" in checked, checked
        with Load(server) as third:
            third.more()
            server.run("store", "migrate", "--from", "other", "--to", first, "--alone")
            reaches(server, "cut over", 120)
            third.more()
        assert not third.refused
        name_in_file(server, "other", first)
        server.run("store", "migrate", "confirm")
        reaches(server, "confirmed")
        for each in (load, second, third):
            has_all(server, each)
        assert "Everything is as it should be" in server.run("fsck", "--deep").stdout
        with server:
            pass
