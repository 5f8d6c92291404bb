"""Two Gannets on one PostgreSQL, messages in a bucket, lookups in Redis where they can be had: one mail system."""
import contextlib
import re
import shutil
import subprocess
import threading
import time

import pytest
from data_stores import DataStores, backend
from gannet import BIN, SLOW, Gannet, wait_until
from migrations import reaches


def second_node(first: Gannet, folder) -> Gannet:
    """Another server with the settings of `first`, on ports of its own."""
    folder.mkdir()
    shutil.copy(first.config, folder / "gannet.toml")
    node = Gannet(folder)
    text = node.config.read_text()
    for name, port in first.ports.items():
        text = re.sub(rf"127\.0\.0\.1:{port}\b", f"127.0.0.1:{node.ports[name]}", text)
    node.config.write_text(text)
    node.passwords = first.passwords
    return node


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cluster")
    with contextlib.ExitStack() as stack:
        settings = {"store.moved.type": "sqlite", "store.moved.path": str(folder / "moved" / "mail.db")}
        try:
            objects = stack.enter_context(backend.running("swift"))
        except backend.Skip:
            pass
        else:
            keys = ("bucket", "region", "endpoint", "access-key", "secret-key")
            settings |= {"storage.blob": "objects", "store.objects.type": "s3",
                         **{f"store.objects.{key}": str(objects.parameters[key]) for key in keys}}
        if "redis" in offered():
            with contextlib.suppress(backend.Skip):
                redis = stack.enter_context(backend.running("redis"))
                settings |= {"storage.lookup": "shared", "store.shared.type": "redis",
                             "store.shared.urls": f"redis://127.0.0.1:{redis.parameters['port']}"}
        data = stack.enter_context(DataStores(BIN)).get("postgresql")
        first = Gannet(folder / "one", settings, store=data)
        second = second_node(first, folder / "two")
        yield stack.enter_context(first), stack.enter_context(second)


def offered() -> str:
    """What `gannet setup` says of the backends that this build has."""
    return subprocess.run([BIN, "setup", "--help"], capture_output=True, text=True, timeout=60, check=True).stdout


def idle_until_exists(client, count: int, seconds: float) -> float:
    """Waits in IDLE for `* COUNT EXISTS`; for how long."""
    client.send(b"x1 IDLE\r\n")
    assert client.readline().startswith(b"+")
    started = time.monotonic()
    client.sock.settimeout(seconds)
    while True:
        line = client.readline()
        if re.match(rb"\* %d EXISTS" % count, line):
            took = time.monotonic() - started
            client.send(b"DONE\r\n")
            while not client.readline().startswith(b"x1 "):
                pass
            return took


def test_what_one_delivers_the_others_idle_hears_within_a_second(nodes):
    one, two = nodes
    for sender, hearer in ((one, two), (two, one)):
        client = hearer.imap(select="INBOX")
        before = int(client.untagged_responses["EXISTS"][-1])
        sent = {}

        def deliver() -> None:
            sender.send("Across")
            sent["at"] = time.monotonic()

        started = time.monotonic()
        timer = threading.Timer(0.3, deliver)
        timer.start()
        took = idle_until_exists(client, before + 1, 30 * SLOW)
        heard = started + took
        timer.join()
        assert heard - sent["at"] < 1.0 * SLOW
        client.logout()


def test_no_uid_is_given_twice(nodes):
    one, two = nodes
    marks = [f"{node}-{thread}-{number}" for node in range(2) for thread in range(3) for number in range(8)]

    def deliver(node: int, thread: int) -> None:
        for number in range(8):
            nodes[node].send(f"mark {node}-{thread}-{number}", to="bob@demo.test")

    threads = [threading.Thread(target=deliver, args=(node, thread)) for node in range(2) for thread in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    def seen(server: Gannet) -> dict[str, str]:
        client = server.imap("bob@demo.test", select="INBOX")
        _, data = client.uid("FETCH", "1:*", "(UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
        client.logout()
        return {re.search(rb"mark ([\d-]+)", part[1]).group(1).decode(): re.search(rb"UID (\d+)", part[0]).group(1).decode()
                for part in data if isinstance(part, tuple)}

    first = wait_until(lambda: (found := seen(one)) and len(found) == len(marks) and found, 30, "all messages")
    assert sorted(first) == sorted(marks)
    assert len(set(first.values())) == len(marks), "a UID was given twice"
    assert seen(two) == first


def test_one_server_goes_on_when_the_other_is_killed(nodes):
    one, two = nodes
    two.kill()
    one.send("Still here")
    client = one.imap(select="INBOX")
    assert client.search(None, "SUBJECT", '"Still here"')[1][0]
    client.logout()
    two.start()
    client = two.imap(select="INBOX")
    assert client.search(None, "SUBJECT", '"Still here"')[1][0]
    client.logout()


def test_moving_is_refused_while_another_server_is_there(nodes):
    first, _ = nodes
    refused = first.run("store", "migrate", "--from", "postgresql", "--to", "moved", check=False)
    assert refused.returncode != 0 and "Other servers use store.postgresql" in refused.stderr and "mx.demo.test" in refused.stderr


def test_a_server_that_is_started_while_all_is_moved_ends_with_the_reason(nodes):
    first, second = nodes
    second.stop()
    first.run("store", "migrate", "--from", "postgresql", "--to", "moved", "--hold")
    reaches(first, "equal")
    with pytest.raises(AssertionError, match="is moving what this one would write to"):
        second.start()
    second.stop()
    first.send("While it is moved")
    first.run("store", "migrate", "rollback")
    reaches(first, "rolled back")
    second.start()
    with second.imap(select="INBOX") as client:
        assert client.search(None, "SUBJECT", '"While it is moved"')[1][0]
