"""A backup of a server under load, restored elsewhere."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import threading

import pytest
from data_stores import EVERY_DATA_STORE
from gannet import BIN, Gannet, wait_until

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "moving"))

from mail import fill, message, ok, picture  # noqa: E402

ALICE, BOB = "alice@demo.test", "bob@demo.test"


def create(server: Gannet, folder: pathlib.Path) -> dict:
    return json.loads(server.run("backup", "create", "--to", str(folder), "--json").stdout)


def empty_server(folder: pathlib.Path, like: Gannet, store=None) -> Gannet:
    """Settings for a new server that has nothing in its stores, with the passwords of `like`."""
    server = Gannet(folder, store=store)
    server.passwords = dict(like.passwords)
    if store is None or store.server is None:
        shutil.rmtree(folder / "data")
        (folder / "data").mkdir()
    return server


def subjects(client) -> set[str]:
    ok(client.select("INBOX", readonly=True))
    parts = ok(client.uid("FETCH", "1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])"))
    return {re.search(rb"Subject: (\S+)", part[1])[1].decode() for part in parts if isinstance(part, tuple)}


class Load:
    """Deliveries by SMTP to bob and APPENDs to alice, until it is stopped; what was acknowledged, in order."""

    def __init__(self, server: Gannet):
        self.server, self.acknowledged, self.ended, self.failure = server, {ALICE: [], BOB: []}, threading.Event(), None
        self.threads = [threading.Thread(target=self.guarded, args=(work,)) for work in (self.append, self.send)]

    def guarded(self, work) -> None:
        try:
            work()
        except Exception as failure:  # told by the test's own thread
            self.failure = failure

    def append(self) -> None:
        with self.server.imap(ALICE) as client:
            while not self.ended.is_set():
                subject = f"appended-{len(self.acknowledged[ALICE])}"
                ok(client.append("INBOX", "", None, message(subject, subject * 50 + "\r\n")))
                self.acknowledged[ALICE].append(subject)

    def send(self) -> None:
        while not self.ended.is_set():
            subject = f"sent-{len(self.acknowledged[BOB])}"
            self.server.send(subject, to=BOB)
            self.acknowledged[BOB].append(subject)

    def __enter__(self) -> "Load":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.ended.set()
        for thread in self.threads:
            thread.join()
        if self.failure:
            raise self.failure


@EVERY_DATA_STORE
def test_under_load_and_restored_elsewhere(gannet, tmp_path, data_store):
    folder = tmp_path / "backup"
    with gannet.imap(ALICE) as alice:
        fill(alice)
        before = picture(alice)
    with Load(gannet) as load:
        wait_until(lambda: all(len(some) >= 20 for some in load.acknowledged.values()), 60, "some load")
        had = {login: list(some) for login, some in load.acknowledged.items()}
        done = create(gannet, folder)
    assert done["newMessages"] == done["messages"] >= sum(map(len, had.values()))
    verified = json.loads(gannet.run("backup", "verify", str(folder), "--json").stdout)
    assert verified["missing"] == [] and verified["messages"] == done["messages"]
    again = create(gannet, folder)
    assert 0 < again["newMessages"] < done["newMessages"] or again["messages"] == done["messages"]

    # Restored into the backend that any machine has: a restore is the same whatever the backup came from.
    restored = empty_server(tmp_path / "restored", gannet)
    restored.run("backup", "restore", str(folder), "--config", str(restored.config), "--snapshot", done["snapshot"])
    with restored:
        with restored.imap(BOB) as bob:
            assert set(had[BOB]) <= subjects(bob)
        with restored.imap(ALICE) as alice:
            assert set(had[ALICE]) <= subjects(alice)
            after = picture(alice)
            for name, facts in before.items():
                if name == "INBOX":
                    assert after[name][2][:len(facts[2])] == facts[2]
                else:
                    assert after[name] == facts
            ok(alice.append("INBOX", "", None, message("it-goes-on")))
        restored.send("comes-in", to=BOB)


@pytest.mark.parametrize("data_store", ["sqlite", "postgresql"], indirect=True)
def test_from_rocksdb_into_another_backend(tmp_path, data_store):
    folder = tmp_path / "backup"
    with Gannet(tmp_path / "old") as old:
        with old.imap(ALICE) as alice:
            fill(alice)
            before = picture(alice)
        create(old, folder)
        new = Gannet(tmp_path / "new", store=data_store)
        refused = old.run("backup", "restore", str(folder), "--config", str(new.config), check=False)
        assert refused.returncode == 1 and "not empty" in refused.stderr
        new.passwords = dict(old.passwords)
        if data_store.type == "sqlite":
            shutil.rmtree(tmp_path / "new" / "data")
            (tmp_path / "new" / "data").mkdir()
        else:
            text = new.config.read_text()
            database = re.search(r'database\s*=\s*"([^"]*)"', text)[1]
            parameters = data_store.server.parameters
            data_store.server.sql(f"create database {database}_new owner {parameters['user']}")
            new.config.write_text(text.replace(f'"{database}"', f'"{database}_new"'))
        old.run("backup", "restore", str(folder), "--config", str(new.config))
    with new, new.imap(ALICE) as alice:
        assert picture(alice) == before


@pytest.mark.parametrize("data_store", ["sqlite"], indirect=True)
def test_a_restore_that_was_killed_is_refused_until_it_is_complete(tmp_path, data_store):
    folder = tmp_path / "backup"
    with Gannet(tmp_path / "old") as old:
        with old.imap(ALICE) as alice:
            fill(alice)
            for number in range(200):
                ok(alice.append("INBOX", "", None, message(f"n{number}", os.urandom(20_000).hex() + "\r\n")))
            before = picture(alice)
        first = create(old, folder)
        create(old, folder)
    new = empty_server(tmp_path / "new", old, store=data_store)
    restore = ["backup", "restore", str(folder), "--config", str(new.config)]
    delay, marked = 0.01, False
    while not marked:
        running = subprocess.Popen([BIN, *restore, "--snapshot", first["snapshot"]], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(delay)
            raise AssertionError(f"it was over before it could be killed: {running.stderr.read()}")
        running.kill()
        running.communicate()
        delay *= 1.3
        with contextlib.closing(sqlite3.connect(new.folder / "data" / "mail.db")) as file, contextlib.suppress(sqlite3.Error):
            marked = bool(file.execute("select 1 from gannet_setting where k = x'7368'").fetchall())
    check = new.run("config", "check", "--connect", str(new.config), check=False)
    assert check.returncode == 1 and "storage.data" in check.stderr
    assert f"gannet backup restore {folder} --snapshot {first['snapshot']}" in check.stderr, check.stderr
    serving = subprocess.run([BIN, "serve", "--config", str(new.config)], capture_output=True, text=True, timeout=60)
    assert serving.returncode != 0 and "gannet backup restore" in serving.stderr, serving.stderr
    other = new.run(*restore, check=False)
    assert other.returncode != 0 and "part of another restore" in other.stderr, other.stderr
    new.run(*restore, "--snapshot", first["snapshot"])
    with new, new.imap(ALICE) as alice:
        assert picture(alice) == before


def test_damage_is_found(gannet, tmp_path):
    folder = tmp_path / "backup"
    with gannet.imap(ALICE) as alice:
        fill(alice)
    create(gannet, folder)
    assert "Good" in gannet.run("backup", "verify", str(folder)).stdout
    for part in ("blobs/*.zst", "snapshots/*/state.zst"):
        path, = folder.glob(part)
        whole = path.read_bytes()
        for broken in (whole[:-1], whole[:len(whole) // 2] + bytes([whole[len(whole) // 2] ^ 1]) + whole[len(whole) // 2 + 1:]):
            path.write_bytes(broken)
            found = gannet.run("backup", "verify", str(folder), check=False)
            assert found.returncode == 1 and str(path) in found.stderr, found.stderr
        path.write_bytes(whole)
    gannet.run("backup", "verify", str(folder))


def test_a_second_backup_copies_only_new_messages(gannet, tmp_path):
    folder = tmp_path / "backup"
    with gannet.imap(ALICE) as alice:
        fill(alice)
        first = create(gannet, folder)
        ok(alice.append("INBOX", "", None, message("new")))
        second = create(gannet, folder)
    assert (second["newMessages"], second["messages"]) == (1, first["messages"] + 1)
    for name in (first["snapshot"], second["snapshot"]):
        gannet.run("backup", "verify", str(folder), "--snapshot", name)


def test_a_folder_with_something_else_is_refused(gannet, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter").write_text("mine")
    refused = gannet.run("backup", "create", "--to", str(tmp_path / "other"), check=False)
    assert refused.returncode == 1 and "something else" in refused.stderr


def test_one_account_comes_back_into_a_running_server_and_into_an_empty_one(tmp_path):
    folder = tmp_path / "backup"
    with Gannet(tmp_path / "server") as server:
        with server.imap(ALICE) as client:
            ok(client.create("Work"))
            for number in range(20):
                ok(client.append("Work", "(\\Seen $Kept)", None, message(f"work-{number}", "x" * 500 + "\r\n")))
        server.send("of-bob", BOB)
        create(server, folder)
        with server.imap(ALICE) as client:
            ok(client.delete("Work"))
            ok(client.append("INBOX", "", None, message("since", "x\r\n")))
        journal = str(tmp_path / "journal")
        told = server.run("backup", "restore", str(folder), "--account", ALICE, "--into", "Restored", "--journal", journal).stdout
        assert "20 messages" in told, told
        with server.imap(ALICE) as client:
            ok(client.select("Restored/Work", readonly=True))
            found = ok(client.fetch("1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])"))
            texts = [part[0] + part[1] for part in found if isinstance(part, tuple)]
            assert len(texts) == 20 and all(b"\\Seen" in text and b"$Kept" in text for text in texts), texts
            assert subjects(client) == {"since"}
        again = server.run("backup", "restore", str(folder), "--account", ALICE, "--into", "Restored", "--journal", journal).stdout
        assert "0 messages" in again, again
        nobody = server.run("backup", "restore", str(folder), "--account", "nobody@demo.test", check=False)
        assert nobody.returncode != 0 and "no account nobody@demo.test" in nobody.stderr
        # Lost altogether, it comes back with its password.
        server.run("account", "delete", BOB)
        server.run("backup", "restore", str(folder), "--account", BOB, "--journal", str(tmp_path / "bob"))
        with server.imap(BOB) as client:
            assert subjects(client) == {"of-bob"}
        with server.imap(ALICE) as client:
            assert subjects(client) == {"since"}
        with Gannet(tmp_path / "other") as other:
            other.run("account", "delete", ALICE)
            other.passwords[ALICE] = server.passwords[ALICE]
            other.run("backup", "restore", str(folder), "--account", ALICE, "--journal", str(tmp_path / "other-journal"))
            with other.imap(ALICE) as client:
                ok(client.select("Work", readonly=True))
                assert len(ok(client.search(None, "ALL"))[0].split()) == 20
