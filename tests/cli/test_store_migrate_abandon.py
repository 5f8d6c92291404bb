"""A migration one of whose stores never comes back: gannet store migrate abandon, with the server stopped."""
from gannet import Gannet
from migrations import bodies, name_in_file, name_role_in_file, reaches, store_of, subjects


def destroy(path) -> None:
    """Away, and something in its place that is no store."""
    path.rename(path.with_name("lost"))
    path.parent.mkdir(exist_ok=True)
    path.mkdir() if path.suffix else path.write_text("not a store\n")


def cut_over_to_second(folder) -> tuple[Gannet, str]:
    """A server with three messages before the cut-over to a SQLite store and three after it, all followed; stopped."""
    server = Gannet(folder / "server", settings={"store.second.type": "sqlite", "store.second.path": str(folder / "second.db")})
    with server:
        for number in range(3):
            server.send(f"before {number}")
        first = store_of(server)
        server.run("store", "migrate", "--from", first, "--to", "second")
        reaches(server, "cut over")
        for number in range(3):
            server.send(f"after {number}")
    return server, first


def abandon(server: Gannet, *arguments: str, check: bool = True):
    return server.run("store", "migrate", "abandon", "--config", str(server.config), *arguments, check=check)


def test_the_new_store_is_lost(tmp_path):
    server, first = cut_over_to_second(tmp_path)
    unneeded = abandon(server, "--keep", first, check=False)
    assert unneeded.returncode != 0 and "store.second can be opened" in unneeded.stderr
    destroy(tmp_path / "second.db")
    told = abandon(server, "--keep", first).stdout
    assert f'Write "{first}" wherever the settings name "second"' in told
    again = abandon(server, "--keep", first, check=False)
    assert again.returncode != 0 and "No migration is under way" in again.stderr
    with server:
        assert store_of(server) == first
        assert set(subjects(server)) >= {f"before {number}" for number in range(3)}
        server.send("and on it goes")
        assert "and on it goes" in subjects(server)


def test_the_old_store_is_lost(tmp_path):
    server, first = cut_over_to_second(tmp_path)
    destroy(server.folder / "data")
    abandon(server, "--keep", "second")
    name_in_file(server, first, "second")
    (server.folder / "data").rename(tmp_path / "rubbish")
    (server.folder / "data").mkdir()
    with server:
        assert store_of(server) == "second" and len(subjects(server)) == 6
        # It is a store like any other now, from which one can move again.
        server.run("store", "migrate", "--from", "second", "--to", first)
        reaches(server, "cut over")
        assert len(subjects(server)) == 6


def test_a_copy_that_was_not_finished_is_not_kept(tmp_path):
    server = Gannet(tmp_path / "server", settings={"store.second.type": "sqlite", "store.second.path": str(tmp_path / "second.db")})
    with server:
        first = store_of(server)
        server.run("store", "migrate", "--from", first, "--to", "second", "--hold")
        reaches(server, "equal")
        running = abandon(server, "--keep", first, "--force", check=False)
        assert running.returncode != 0 and "lock" in running.stderr.lower(), running.stderr
    unfinished = abandon(server, "--keep", "second", "--force", check=False)
    assert unfinished.returncode != 0 and "not in force" in unfinished.stderr
    abandon(server, "--keep", first, "--force")
    with server:
        assert store_of(server) == first


def test_the_messages_new_store_is_lost(tmp_path):
    folder = tmp_path / "messages"
    server = Gannet(tmp_path / "server", settings={"store.files.type": "fs", "store.files.path": str(folder)})
    with server:
        for number in range(3):
            server.send(f"before {number}", body=f"{number} " + "x" * 20000 + "\r\n")
        before = bodies(server)
        first = store_of(server, "blob")
        server.run("store", "migrate", "--role", "blob", "--from", first, "--to", "files")
        reaches(server, "cut over")
    destroy(folder)
    abandon(server, "--role", "blob", "--keep", first)
    with server:
        assert store_of(server, "blob") == first and bodies(server) == before
        folder.unlink()
        # Once its place is there again, it can be moved to anew.
        server.run("store", "migrate", "--role", "blob", "--from", first, "--to", "files")
        name_role_in_file(server, "blob", "files")
        reaches(server, "cut over")
        assert bodies(server) == before
