"""Gannet over each data store: messages a second, FETCH, calls and round trips a delivery; RocksDB's disk beside the
bytes of mail in it."""
import gzip
import json
import pathlib
import re
import selectors
import socket
import threading
import time

import pytest  # data_stores skips by it what a machine has not
from data_stores import SERVERS, DataStores

import gannet as support

LOGIN = "alice@demo.test"
WARM_UP, COUNTED = 20, 200  # deliveries


class CountingProxy:
    """Passes a database's connections through; counts how often a client speaks after the server has spoken."""

    def __init__(self, host: str, port: int):
        self.target, self.round_trips, self.bytes = (host, port), 0, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> "CountingProxy":
        return self

    def __exit__(self, *_) -> None:
        self.listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass, args=(client,), daemon=True).start()

    def _pass(self, client: socket.socket) -> None:
        with client, socket.create_connection(self.target) as server, selectors.DefaultSelector() as ready:
            other = {client: server, server: client}
            for side in other:
                side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                ready.register(side, selectors.EVENT_READ)
            last = server
            while True:
                for key, _ in ready.select():
                    try:
                        data = key.fileobj.recv(1 << 16)
                        other[key.fileobj].sendall(data)
                    except OSError:
                        return
                    if not data:
                        return
                    self.round_trips += key.fileobj is client and last is server
                    last = key.fileobj


class Proxied:
    """A data store that is reached through a proxy; the index and the lookups lie elsewhere."""

    def __init__(self, store, port: int):
        self.store, self.port = store, port

    def setup_arguments(self) -> list[str]:
        own = {f"store.{self.store.type}.port": self.port}
        arguments = self.store.setup_arguments()
        for i, word in enumerate(arguments):
            if (key := word.partition("=")[0]) in own:
                arguments[i] = f"{key}={own[key]}"
        for role, elsewhere in (("search", "rocksdb"), ("lookup", "memory")):
            arguments[arguments.index(f"--{role}-store") + 1] = elsewhere
        return arguments


def calls(server: "support.Gannet", type_: str) -> tuple[int, int]:
    """Reads and writes of the store since the start."""
    stores = json.loads(server.run("store", "status", "--json").stdout)
    own = next(store for store in stores if store["id"] == type_)
    return own["reads"]["count"], own["writes"]["count"]


def deliver(server: "support.Gannet", count: int) -> None:
    for number in range(count):
        server.send(f"number {number}", body="x" * 4000 + "\r\n")


def round_trips(bench, store) -> int:
    """Of the database's protocol, until the reply to a message. The least of some: the indexer may begin before that."""
    parameters = store.server.parameters
    with CountingProxy(parameters["host"], int(parameters["port"])) as proxy:
        with support.Gannet(bench.folder / f"proxied-{store.type}", store=Proxied(store, proxy.port)) as server:
            deliver(server, WARM_UP)
            counts = []
            for number in range(WARM_UP):
                indexed(server)
                with server.smtp() as client:
                    before = proxy.round_trips
                    client.sendmail("a@example.org", [LOGIN], f"Subject: number {number}\r\n\r\n{'x' * 70}\r\n" * 50)
                    counts.append(proxy.round_trips - before)
            return min(counts)


def indexed(server: "support.Gannet") -> None:
    support.wait_until(lambda: json.loads(server.run("search", "status", "--json").stdout)["waiting"] == 0, 300, "the index")


def over_store(bench, note, store) -> None:
    settings = {"imap.auth.allow-plain-text": "true", "tracer.console.level": "warn",
                "imap.rate-limit.requests": "100000000/1m"}
    with support.Gannet(bench.folder / store.type, settings, store=store) as server:
        password, imap = server.passwords[LOGIN], server.ports["imap"]
        had = 0
        for sessions, count in ((1, 400), (16, 2000)):
            count //= 4 if bench.quick else 1
            rate = bench.smtp_rate(server.ports["smtp"], imap, password, sessions, count, 4096, had)
            had += count
            note(f"{store.type}: deliveries of 4 KB, {sessions} sessions", "msg/s", rate)
        for name, line in (("ENVELOPE", "FETCH 1:* (ENVELOPE)"), ("bodies", "FETCH 1:* (BODY.PEEK[])")):
            seconds = bench.imap("command", imap, password, "INBOX", 3, line)["seconds"]
            note(f"{store.type}: FETCH {name}", "msg/s", had / seconds)
        before = calls(server, store.type)
        deliver(server, COUNTED)
        after = calls(server, store.type)
        note(f"{store.type}: reads a delivery, index included", "calls", (after[0] - before[0]) / COUNTED)
        note(f"{store.type}: commits a delivery, index included", "calls", (after[1] - before[1]) / COUNTED)
    if store.server is not None:
        note(f"{store.type}: round trips a delivery", "", round_trips(bench, store), 4)


def corpus(limit: int) -> list[bytes]:
    """Texts that people wrote, each different: the documents of this machine's packages, in parts as long as mail is."""
    messages, size = [], 0
    for path in sorted(pathlib.Path("/usr/share/doc").rglob("*")):
        if not re.match(r"(changelog|NEWS|README|copyright)[^/]*", path.name) or path.is_symlink() or not path.is_file():
            continue
        text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for start in range(0, len(text), 6_000):
            head = f"From: a@example.org\nTo: {LOGIN}\nSubject: {path.parent.name}, {path.name}\nDate: Mon, 2 Mar 2026 10:00:00 +0000\n" \
                   f"Message-ID: <{len(messages)}.{path.parent.name}@example.org>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n"
            body = re.sub(rb"(?m)^(>*From )", rb">\1", text[start:start + 6_000])
            messages.append(head.encode() + body + b"\n")
            size += len(messages[-1])
            if size > limit:
                return messages
    return messages


def disk_use(bench, note) -> None:
    """After a clean stop, so that all is in the tree; the index lies in a store of its own, to be told apart."""
    messages = corpus((10 if bench.quick else 100) << 20)
    size = sum(map(len, messages))
    box = bench.folder / "corpus.mbox"
    box.write_bytes(b"".join(b"From a@example.org Mon Mar  2 10:00:00 2026\n" + message + b"\n" for message in messages))
    for compression in ("lz4", "zstd"):
        index = bench.folder / f"index-{compression}"
        settings = {"tracer.console.level": "warn", "store.rocksdb.compression": compression,
                    "store.index.type": "rocksdb", "store.index.path": str(index), "storage.fts": "index"}
        with support.Gannet(bench.folder / f"corpus-{compression}", settings) as server:
            started = time.monotonic()
            server.run("account", "import", LOGIN, "--format", "mbox", "--from", str(box),
                       "--journal", str(bench.folder / f"journal-{compression}"))
            note(f"rocksdb: import of a text corpus, {compression}", "msg/s", len(messages) / (time.monotonic() - started))
            indexed(server)
            server.stop()
            note(f"rocksdb: disk beside the bytes of mail, {compression}", "", used(server.folder / "data") / size, 0.7)
            note("rocksdb: disk of the index beside them", "", used(index) / size)


def used(folder: pathlib.Path) -> int:
    """Bytes on the disk, without the log: after a clean stop nothing in it is needed, and RocksDB reserves some for it."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file() and path.suffix != ".log")


def run(bench, note) -> None:
    """`note(name, unit, value, aim)` prints one; aims are upper bounds here."""
    with DataStores(support.BIN) as stores:
        for type_ in SERVERS:
            try:
                store = stores.get(type_)
            except pytest.skip.Exception as why:
                print(f"{type_}: SKIPPED: {why}", flush=True)
                continue
            over_store(bench, note, store)
    disk_use(bench, note)
