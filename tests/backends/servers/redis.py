"""Redis, alone or (redis_cluster.py) as three masters. Command `flush`: everything gone.

`clock` is a file of a 64-bit number of milliseconds: what the server takes for the time; 0 for the real time. Beside `port` it listens with
TLS on `tls_port`. The user `mail` with the password `pw` may do everything under `gannet:` and nothing else; the default user needs
no password."""
import os
import pathlib
import shutil
import subprocess

from backend import Server as Base, Skip, free_port, need


class Server(Base):
    nodes = 1

    def prepare(self) -> None:
        need("redis-server", "redis-cli", package="redis-server")
        need("openssl", package="openssl")
        compiler = shutil.which("clang-19") or shutil.which("cc")
        if not compiler:
            raise Skip("there is no C compiler (Debian package clang-19)")
        source = pathlib.Path(__file__).resolve().parent / "fake_time.c"
        self.run(compiler, "-shared", "-fPIC", "-O1", "-o", str(self.folder / "fake_time.so"), str(source))
        (self.folder / "clock").write_bytes(bytes(8))
        self.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2", "-subj",
                 "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
        (self.folder / "users.acl").write_text("user default on nopass ~* &* +@all\nuser mail on >pw ~gannet:* +@all -@dangerous +cluster\n")
        self.ports = [free_port(20000, 22000) for _ in range(self.nodes)]  # a cluster's bus takes the port 10000 above
        self.parameters = {"host": "127.0.0.1", "port": self.ports[0], "ports": " ".join(map(str, self.ports)), "tls_port": free_port(),
                           "clock": self.folder / "clock", "ca": self.folder / "cert.pem"}

    def words(self, number: int) -> list[str]:
        folder = self.folder / str(number)
        folder.mkdir(exist_ok=True)
        return ["env", f"LD_PRELOAD={self.folder}/fake_time.so", f"FAKE_TIME_FILE={self.folder}/clock", "redis-server", "--bind", "127.0.0.1",
                "--port", str(self.ports[number]), "--dir", str(folder), "--save", "", "--appendonly", "yes", "--appendfsync", "always",
                "--aclfile", str(self.folder / "users.acl")]

    def commands(self) -> list[list[str]]:
        tls = ["--tls-port", str(self.parameters["tls_port"]), "--tls-cert-file", str(self.folder / "cert.pem"), "--tls-key-file",
               str(self.folder / "key.pem"), "--tls-auth-clients", "no"]
        return [self.words(0) + tls]

    def ready(self) -> bool:
        try:
            return all("PONG" in self.cli(number, "ping") for number in range(self.nodes))
        except (RuntimeError, subprocess.SubprocessError, OSError):
            return False

    def cli(self, number: int, *words: str) -> str:
        return self.run("redis-cli", "-p", str(self.ports[number]), *words, env={"PATH": os.environ["PATH"]})

    def flush(self) -> None:
        for number in range(self.nodes):
            self.cli(number, "flushall")
