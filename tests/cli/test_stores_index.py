"""Another store chosen for the search index by the settings file alone: mail that is there already is found at once, and indexed behind."""
import contextlib
import json
import pathlib
import shutil
import urllib.error
import urllib.request

import pytest
from data_stores import backend
from gannet import Gannet, wait_until


@contextlib.contextmanager
def engine_of(name: str):
    try:
        with backend.running(name) as server:
            yield server.parameters["url"]
    except backend.Skip as why:
        pytest.skip(str(why))


def searched(server: Gannet, word: str) -> list[int]:
    with server.imap(select="INBOX") as client:
        status, data = client.search(None, "BODY", word)
        assert status == "OK", data
        return [int(number) for number in data[0].split()]


def indexed(server: Gannet) -> None:
    def done() -> bool:
        return json.loads(server.run("search", "status", "--json").stdout)["waiting"] == 0 and "search.index-is-new" in server.log_text()
    wait_until(done, 60, "the index")


def choose(server: Gannet, store: str) -> None:
    lines = [f'storage.fts = "{store}"' if line.startswith("storage.fts ") else line for line in server.config.read_text().splitlines()]
    assert f'storage.fts = "{store}"' in lines
    server.config.write_text("\n".join(lines) + "\n")


def with_mail(folder: pathlib.Path, settings: dict[str, str]) -> Gannet:
    server = Gannet(folder, settings=settings).start()
    for number in range(1, 31):
        server.send(f"number {number}", body="needle\r\n" if number % 10 == 0 else "hay\r\n")
    return server


def remove_index(url: str) -> None:
    with urllib.request.urlopen(f"{url}/_cat/indices/gannet-*?format=json", timeout=20) as answer:
        for index in json.load(answer):
            urllib.request.urlopen(urllib.request.Request(f"{url}/{index['index']}", method="DELETE"), timeout=20).close()


def empty_index(url: str) -> None:
    request = urllib.request.Request(f"{url}/gannet-*/_delete_by_query?refresh=true&conflicts=proceed", method="POST",
                                     data=b'{"query":{"match_all":{}}}', headers={"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=20).close()


def documents(url: str) -> int:
    """Of messages: the index's own mark is none. None as long as the engine is making the index."""
    try:
        with urllib.request.urlopen(f"{url}/gannet-*/_count?q=_exists_:account", timeout=20) as answer:
            return json.load(answer)["count"]
    except urllib.error.HTTPError as error:
        assert error.code == 503, error
        return 0


@pytest.mark.parametrize("engine", ["elasticsearch", "opensearch"])
def test_a_search_engine_is_chosen_later_and_emptied(tmp_path, engine):
    with engine_of(engine) as url:
        server = with_mail(tmp_path / "server", {"store.engine.type": "elasticsearch", "store.engine.url": url})
        server.stop()
        choose(server, "engine")
        server.start()
        assert searched(server, "needle") == [10, 20, 30]
        indexed(server)
        assert documents(url) == 30 and searched(server, "needle") == [10, 20, 30]
        server.stop()
        # Somebody removes the index while the server is away.
        remove_index(url)
        server.start()
        assert searched(server, "needle") == [10, 20, 30]
        wait_until(lambda: documents(url) == 30, 60, "the index to be filled anew")
        assert searched(server, "needle") == [10, 20, 30]
        server.send("one more", body="needle\r\n")
        wait_until(lambda: documents(url) == 31, 60, "the new message")
        assert searched(server, "needle") == [10, 20, 30, 31]
        # And under the running server: the first search finds everything, and has the index filled anew.
        remove_index(url)
        assert searched(server, "needle") == [10, 20, 30, 31]
        wait_until(lambda: documents(url) == 31, 60, "the index to be filled once more")
        # The next message makes the index by itself, before anybody has searched.
        remove_index(url)
        server.send("the last one", body="needle\r\n")
        wait_until(lambda: documents(url) >= 1, 60, "an index with nothing but that")
        assert searched(server, "needle") == [10, 20, 30, 31, 32]
        wait_until(lambda: documents(url) == 32, 60, "all of them")
        assert searched(server, "needle") == [10, 20, 30, 31, 32]
        empty_index(url)
        assert searched(server, "needle") == [10, 20, 30, 31, 32]
        wait_until(lambda: documents(url) == 32, 60, "all of them again")
        assert searched(server, "needle") == [10, 20, 30, 31, 32]
        with server:
            pass


def test_another_data_store_is_chosen_later(tmp_path):
    server = with_mail(tmp_path / "server", {"store.second.type": "sqlite", "store.second.path": str(tmp_path / "second" / "mail.db")})
    server.stop()
    choose(server, "second")
    server.start()
    assert searched(server, "needle") == [10, 20, 30]
    indexed(server)
    assert searched(server, "needle") == [10, 20, 30]
    before = server.log_text().count("search.index-is-new")
    server.stop()
    server.start()
    assert searched(server, "needle") == [10, 20, 30]
    assert server.log_text().count("search.index-is-new") == before
    with server:
        pass


def test_what_was_restored_without_its_index(tmp_path):
    settings = {"store.second.type": "sqlite", "store.second.path": str(tmp_path / "second" / "mail.db"), "storage.fts": "second"}
    with with_mail(tmp_path / "server", settings) as server:
        server.run("backup", "create", "--to", str(tmp_path / "backup"))
    restored = Gannet(tmp_path / "restored", settings={**settings, "store.second.path": str(tmp_path / "other" / "mail.db")})
    restored.passwords = dict(server.passwords)
    shutil.rmtree(tmp_path / "restored" / "data")
    (tmp_path / "restored" / "data").mkdir()
    told = restored.run("backup", "restore", str(tmp_path / "backup"), "--config", str(restored.config))
    assert "makes that anew" in told.stderr
    with restored:
        assert searched(restored, "needle") == [10, 20, 30]
        indexed(restored)
        assert searched(restored, "needle") == [10, 20, 30]
