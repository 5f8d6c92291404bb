"""Starts the built gannet on free loopback ports, and speaks to it with Python's own clients."""
import contextlib
import imaplib
import os
import pathlib
import re
import secrets
import signal
import smtplib
import socket
import ssl
import subprocess
import time
import typing

if typing.TYPE_CHECKING:
    import data_stores

BIN = os.environ.get("GANNET_BIN", str(pathlib.Path(__file__).resolve().parents[2] / "build/release/bin/gannet"))
SLOW = float(os.environ.get("GANNET_SLOW", "1"))
LISTENERS = {
    "smtp": ("smtp", False), "submission": ("smtp", False), "submissions": ("smtp", True), "lmtp": ("lmtp", False),
    "imap": ("imap", False), "imaps": ("imap", True), "http": ("http", False), "https": ("http", True),
}


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now, outside of the range that the system hands out to clients."""
    found: list[int] = []
    while len(found) < count:
        port = 20000 + secrets.randbelow(12000)
        with contextlib.closing(socket.socket()) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return found


def wait_until(condition, seconds: float = 10, what: str = "the condition"):
    """The condition's first true answer; fails after `seconds`."""
    end = time.monotonic() + seconds * SLOW
    while time.monotonic() < end:
        if answer := condition():
            return answer
        time.sleep(0.02)
    raise AssertionError(f"{what} did not come within {seconds * SLOW:.0f} s")


class Gannet:
    """A server with the domain demo.test and accounts alice and bob, in a folder of its own."""

    def __init__(self, folder: pathlib.Path, settings: dict[str, str] | None = None, env: dict[str, str] | None = None,
                 store: "data_stores.DataStore | None" = None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config = self.folder / "gannet.toml"
        self.log_path = self.folder / "log"
        self.env = {**os.environ, **(env or {})}
        self.ports = dict(zip(LISTENERS, free_ports(len(LISTENERS))))
        self.passwords = {name: secrets.token_hex(10) for name in ("admin", "alice@demo.test", "bob@demo.test")}
        self.process: subprocess.Popen | None = None
        self.settings, self.store = settings or {}, store
        if not self.config.exists():
            self._setup()

    def _setup(self) -> None:
        command = [BIN, "setup", "--non-interactive", "--config", self.config, "--data-dir", self.folder / "data",
                   "--hostname", "mx.demo.test", "--domain", "demo.test", "--ports", "high"]
        if self.store is not None:
            command += self.store.setup_arguments()
        for name, password in self.passwords.items():
            path = self.folder / f"{name}.password"
            path.write_text(password + "\n")
            if name == "admin":
                command += ["--admin", name, "--admin-password-file", path]
            else:
                command += ["--account", name, "--account-password-file", path]
        changes = {f"server.listener.{name}.bind": f"127.0.0.1:{port}" for name, port in self.ports.items()}
        for key, value in {**changes, **self.settings}.items():
            command += ["--set", f"{key}={value}"]
        subprocess.run([str(part) for part in command], check=True, env=self.env, stdin=subprocess.DEVNULL,
                       capture_output=True, timeout=60 * SLOW)

    def start(self) -> "Gannet":
        self.log = open(self.log_path, "ab")
        self.log_start = self.log_path.stat().st_size
        self.process = subprocess.Popen([BIN, "serve", "--config", str(self.config), "--ready-message", "READY"],
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT, env=self.env)
        wait_until(self._is_ready, 30, "the server's start")
        return self

    def _is_ready(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"gannet ended with {self.process.returncode}:\n{self.log_text()[-4000:]}")
        return "READY" in self.log_path.read_bytes()[self.log_start:].decode(errors="replace")

    def stop(self) -> int:
        """Its exit code after SIGTERM; it must end within 10 seconds."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(15 * SLOW)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"gannet did not stop:\n{self.log_text()[-4000:]}") from None
        finally:
            self.process = None
            self.log.close()
        return code

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process = None
        self.log.close()

    def __enter__(self) -> "Gannet":
        return self.start() if self.process is None else self

    def __exit__(self, kind, _value, _trace) -> None:
        if self.process is None:
            return
        crashed = self.process.poll()
        code = self.stop()
        text = self.log_text()
        if kind is None:
            assert crashed is None and code == 0, f"gannet ended with {code}:\n{text[-8000:]}"
            found = re.search(r"(AddressSanitizer|ThreadSanitizer|runtime error:|LeakSanitizer|should not happen).*", text)
            assert not found, f"{found.group(0)}\n{text[-8000:]}"

    def log_text(self) -> str:
        return self.log_path.read_text(errors="replace")

    # --- clients

    def client_tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context

    def imap(self, login: str = "alice@demo.test", select: str | None = None) -> imaplib.IMAP4:
        client = imaplib.IMAP4_SSL("127.0.0.1", self.ports["imaps"], ssl_context=self.client_tls(), timeout=30 * SLOW)
        client.login(login, self.passwords[login])
        if select is not None:
            status, data = client.select(select)
            assert status == "OK", data
        return client

    def smtp(self) -> smtplib.SMTP:
        return smtplib.SMTP("127.0.0.1", self.ports["smtp"], local_hostname="client.example", timeout=30 * SLOW)

    def submission(self, login: str = "alice@demo.test") -> smtplib.SMTP:
        client = smtplib.SMTP("127.0.0.1", self.ports["submission"], local_hostname="client.example", timeout=30 * SLOW)
        client.starttls(context=self.client_tls())
        client.login(login, self.passwords[login])
        return client

    def send(self, subject: str, to: str = "alice@demo.test", body: str = "Hello.\r\n",
             sender: str = "stranger@example.org") -> None:
        message = f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <{secrets.token_hex(8)}@example.org>\r\n\r\n{body}"
        with self.smtp() as client:
            client.sendmail(sender, [to], message.encode())

    def run(self, *arguments: str, check: bool = True, stdin: str | None = None) -> subprocess.CompletedProcess:
        """gannet ARGUMENTS as its administrator."""
        env = {**self.env, "GANNET_URL": f"http://127.0.0.1:{self.ports['http']}", "GANNET_USER": "admin",
               "GANNET_PASSWORD": self.passwords["admin"]}
        done = subprocess.run([BIN, *arguments], env=env, text=True, capture_output=True, timeout=60 * SLOW, input=stdin)
        if check:
            assert done.returncode == 0, f"gannet {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done
