"""Kills the server, or the database under it, at a random moment under load; what was acknowledged is there
afterwards, once and whole."""
import os
import random
import re
import threading
import time
from collections import Counter

import pytest
from data_stores import EVERY_DATA_STORE
from gannet import SLOW, Gannet, wait_until
from real_servers import server_of

ROUNDS = int(os.environ.get("GANNET_CRASH_ROUNDS", "20"))
FEWER_ROUNDS = max(1, ROUNDS // 4)  # for what takes longer


class Load:
    """Sends by SMTP and appends by IMAP until the server is gone; keeps what was acknowledged."""

    def __init__(self, server: Gannet, first: int, seed: int):
        self.server, self.random = server, random.Random(seed)
        self.lock, self.next = threading.Lock(), first
        self.acknowledged: dict[str, str] = {}
        self.by_kind = {"SMTP": 0, "APPEND": 0}
        self.failures: Counter[str] = Counter()
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(work,)) for work in
                        (self.smtp, self.smtp, self.smtp, self.append, self.append)]

    def run(self, work) -> None:
        while not self.stop.is_set():
            try:
                work()
            except Exception as failure:  # the server is gone, or going
                self.failures[f"{work.__name__}: {failure!r}"] += 1
                if self.server.process is None or self.server.process.poll() is not None:
                    return

    def take(self) -> tuple[str, bytes]:
        with self.lock:
            number, self.next = self.next, self.next + 1
            size = self.random.choice((10, 300, 3000, 30000, 200000))
        name = f"m{number}x"
        return name, f"Subject: {name}\r\nFrom: s@example.org\r\n\r\n{'y' * 70}\r\n".encode() + b"z" * size + b"\r\nend " + name.encode() + b"\r\n"

    def took(self, name: str, owners: str, kind: str) -> None:
        with self.lock:
            self.acknowledged[name] = owners
            self.by_kind[kind] += 1

    def smtp(self) -> None:
        with self.server.smtp() as client:
            client.ehlo()
            while not self.stop.is_set():
                name, message = self.take()
                to = ["alice@demo.test"] if self.random.random() < 0.5 else ["alice@demo.test", "bob@demo.test"]
                client.sendmail("s@example.org", to, message)
                self.took(name, "ab" if len(to) == 2 else "a", "SMTP")

    def append(self) -> None:
        client = self.server.imap()
        while not self.stop.is_set():
            name, message = self.take()
            status, said = client.append("INBOX", None, None, message)
            if status == "OK":
                self.took(name, "a", "APPEND")
            else:
                self.failures[f"append: {status} {said!r}"] += 1

    def run_for(self, seconds: float) -> None:
        for thread in self.threads:
            thread.start()
        time.sleep(seconds)
        self.server.kill()
        self.stop.set()
        for thread in self.threads:
            thread.join(60)

    def run_through(self, failure) -> None:
        """Goes on while `failure` happens to what is under the server, until mail is taken again."""
        for thread in self.threads:
            thread.start()
        wait_until(lambda: len(self.acknowledged) >= 10, 60, "the first mail")
        failure()
        before = len(self.acknowledged)
        wait_until(lambda: len(self.acknowledged) >= before + 10, 60, "mail after the failure")
        self.stop.set()
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive()


def contents(server: Gannet, login: str) -> dict[str, int]:
    """How often each message is there; fails on one that is not whole."""
    found: dict[str, int] = {}
    with server.imap(login, select="INBOX") as client:
        _, data = client.uid("FETCH", "1:*", "(RFC822.SIZE BODY.PEEK[])") if client.search(None, "ALL")[1][0] else ("OK", [])
        uids = [int(m.group(1)) for part in data if isinstance(part, tuple) and (m := re.search(rb"UID (\d+)", part[0]))]
        assert uids == sorted(set(uids))
        for part in data:
            if not isinstance(part, tuple):
                continue
            size = int(re.search(rb"RFC822.SIZE (\d+)", part[0]).group(1))
            assert len(part[1]) == size
            name = re.search(rb"Subject: (m\d+x)\r\n", part[1]).group(1).decode()
            assert part[1].endswith(f"end {name}\r\n".encode()), f"{name} is not whole"
            found[name] = found.get(name, 0) + 1
        client.store("1:*", "+FLAGS.SILENT", r"(\Deleted)")
        client.expunge()
    return found


def check(server: Gannet, acknowledged: dict[str, str]) -> None:
    alice, bob = contents(server, "alice@demo.test"), contents(server, "bob@demo.test")
    for name, owners in acknowledged.items():
        assert alice.get(name) == 1, f"{name} was acknowledged and is there {alice.get(name, 0)} times"
        if "b" in owners:
            assert bob.get(name) == 1, f"{name} was acknowledged and is there {bob.get(name, 0)} times"
    doubled = [name for found in (alice, bob) for name, count in found.items() if count > 1]
    assert not doubled, f"more than once: {doubled}"


def check_load(kinds: Counter, failures: Counter, rounds: int) -> None:
    """Each way in must have been used; a client that fails throughout would hide behind the other."""
    for kind in ("SMTP", "APPEND"):
        assert kinds[kind] > rounds // 2, f"hardly any {kind} was acknowledged: {dict(kinds)}; failures: {failures.most_common(5)}"


def chance_of(test: str) -> tuple[int, random.Random]:
    seed = int(os.environ.get("GANNET_CRASH_SEED", str(random.randrange(1 << 30))))
    print(f"{test}: GANNET_CRASH_SEED={seed}")
    return seed, random.Random(seed)


def folder_settings(folder) -> dict[str, str]:
    return {"storage.blob": "messages", "store.messages.type": "fs", "store.messages.path": str(folder / "messages")}


def bucket_settings(server) -> dict[str, str]:
    keys = ("bucket", "region", "endpoint", "access-key", "secret-key")
    return {"storage.blob": "objects", "store.objects.type": "s3", **{f"store.objects.{key}": str(server.parameters[key]) for key in keys}}


def kill_often(server: Gannet, test: str, rounds: int, shortest: float, longest: float) -> None:
    seed, chance = chance_of(test)
    number, kinds, failures = 0, Counter(), Counter()
    server.start()
    for round_number in range(rounds):
        load = Load(server, number, seed + round_number)
        load.run_for(chance.uniform(shortest, longest) * min(SLOW, 2))
        number = load.next
        server.start()
        check(server, load.acknowledged)
        kinds.update(load.by_kind)
        failures += load.failures
    assert server.stop() == 0
    check_load(kinds, failures, rounds)
    print(f"{rounds} kills, acknowledged messages: {dict(kinds)}, all there once")


@EVERY_DATA_STORE
@pytest.mark.timeout(120 * SLOW * max(1, ROUNDS / 10))
def test_what_was_acknowledged_survives_kill_9(tmp_path, data_store):
    rounds = ROUNDS if data_store.type == "rocksdb" else FEWER_ROUNDS
    kill_often(Gannet(tmp_path / "gannet", store=data_store), data_store.type, rounds, 0.1, 0.8)


@pytest.mark.parametrize("data_store", ["postgresql", "mysql"], indirect=True)
@pytest.mark.timeout(120 * SLOW * max(1, FEWER_ROUNDS))
def test_what_was_acknowledged_survives_kill_9_of_the_database(tmp_path, data_store):
    seed, _ = chance_of(data_store.type)
    number, kinds, failures = 0, Counter(), Counter()

    def kill_and_start() -> None:
        data_store.server.kill()
        data_store.server.start()

    with Gannet(tmp_path / "gannet", store=data_store) as server:
        for round_number in range(FEWER_ROUNDS):
            load = Load(server, number, seed + round_number)
            load.run_through(kill_and_start)
            number = load.next
            check(server, load.acknowledged)
            kinds.update(load.by_kind)
            failures += load.failures
    check_load(kinds, failures, FEWER_ROUNDS)
    print(f"{FEWER_ROUNDS} kills of the database, acknowledged messages: {dict(kinds)}, all there once")


@pytest.mark.timeout(120 * SLOW * max(1, ROUNDS / 10))
def test_with_messages_in_a_folder(tmp_path):
    kill_often(Gannet(tmp_path / "gannet", folder_settings(tmp_path)), "folder", max(3, ROUNDS // 4), 0.1, 0.8)
    assert list((tmp_path / "messages").glob("??/??/*")), "the messages are elsewhere"


@pytest.mark.timeout(300 * SLOW * max(1, ROUNDS / 10))
def test_with_messages_in_a_bucket(tmp_path):
    with server_of("swift") as objects:
        kill_often(Gannet(tmp_path / "gannet", bucket_settings(objects)), "bucket", max(3, ROUNDS // 8), 1.0, 3.0)
