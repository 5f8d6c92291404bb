"""Moving to another store, as an operator does it, and mail that comes in meanwhile."""
import json
import secrets
import threading

from gannet import SLOW, Gannet, wait_until


def migration(server: Gannet) -> dict:
    return json.loads(server.run("store", "migrate", "status", "--json").stdout)


def store_of(server: Gannet, role: str = "data") -> str:
    """The store that has the role, by its id."""
    stores = json.loads(server.run("store", "status", "--json").stdout)
    return next(store["id"] for store in stores if role in store["roles"])


def reaches(server: Gannet, phase: str, seconds: float = 60) -> dict:
    def at_phase():
        now = migration(server)
        return now if now["phase"] == phase else None
    try:
        return wait_until(at_phase, seconds, f"the phase {phase}")
    except AssertionError as why:
        raise AssertionError(f"{why}: {migration(server)}") from None


def name_in_file(server: Gannet, old: str, new: str) -> None:
    """As an operator does who is told to."""
    lines = [line.replace(f'"{old}"', f'"{new}"') if line.startswith(("storage.", "directory.internal.store")) else line
             for line in server.config.read_text().splitlines()]
    server.config.write_text("\n".join(lines) + "\n")


def name_role_in_file(server: Gannet, role: str, new: str) -> None:
    lines = [f'storage.{role} = "{new}"' if line.startswith(f"storage.{role} ") else line
             for line in server.config.read_text().splitlines()]
    server.config.write_text("\n".join(lines) + "\n")


class Load:
    """Mail by SMTP and APPEND from threads, all the time; remembers what was acknowledged."""

    def __init__(self, server: Gannet):
        self.server, self.end, self.acknowledged, self.refused = server, threading.Event(), [], []
        self.name = secrets.token_hex(3)
        self.threads = [threading.Thread(target=self._run, args=(kind,)) for kind in ("smtp", "append")]

    def __enter__(self) -> "Load":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.end.set()
        for thread in self.threads:
            thread.join(60 * SLOW)

    def _run(self, kind: str) -> None:
        for number in range(1, 100000):
            if self.end.is_set():
                return
            subject = f"{self.name} {kind} {number}"
            try:
                if kind == "smtp":
                    self.server.send(subject)
                else:
                    with self.server.imap() as client:
                        status, _ = client.append("INBOX", None, None, f"Subject: {subject}\r\n\r\nHello.\r\n".encode())
                        assert status == "OK", data
                self.acknowledged.append(subject)
            except Exception as why:  # the test says whether it may be
                self.refused.append((subject, repr(why)))
                self.end.wait(0.05)

    def more(self, count: int = 5) -> None:
        wanted = len(self.acknowledged) + count
        wait_until(lambda: len(self.acknowledged) >= wanted, 60, "more mail")


def subjects(server: Gannet) -> list[str]:
    with server.imap(select="INBOX") as client:
        status, data = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
        assert status == "OK"
        return [part[1].decode().strip().removeprefix("Subject: ") for part in data if isinstance(part, tuple)]


def bodies(server: Gannet) -> dict[str, bytes]:
    """Whole messages by their subject."""
    with server.imap(select="INBOX") as client:
        status, data = client.fetch("1:*", "(BODY.PEEK[])")
        assert status == "OK", f"{data[-1]!r}\n{server.log_text()[-3000:]}"
        found = {}
        for part in data:
            if isinstance(part, tuple):
                subject = next(line for line in part[1].split(b"\r\n") if line.startswith(b"Subject: "))
                found[subject.decode().removeprefix("Subject: ")] = part[1]
        return found


def has_all(server: Gannet, load: Load) -> None:
    found = subjects(server)
    assert sorted(set(found)) == sorted(found), "a message is there twice"
    missing = set(load.acknowledged) - set(found)
    assert not missing
