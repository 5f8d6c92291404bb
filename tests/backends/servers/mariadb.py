"""MariaDB, with the user `mail`, who may create databases, and the database `mail`."""
import contextlib
import subprocess

from backend import Server as Base, free_port, need


class Server(Base):
    start_seconds = 60

    def prepare(self) -> None:
        need("mariadbd", "mariadb-install-db", "mariadb", package="mariadb-server")
        self.parameters = {"host": "127.0.0.1", "port": free_port(), "user": "mail", "password": "pw", "database": "mail",
                           "ca": self.folder / "ca.pem"}
        import shutil
        shutil.chown(self.folder, self.user())
        self.certify()
        self.run("mariadb-install-db", "--no-defaults", f"--datadir={self.folder}/data", "--auth-root-authentication-method=normal",
                 "--skip-test-db")

    def user(self) -> str | None:
        return "mysql"

    def commands(self) -> list[list[str]]:
        return [["mariadbd", "--no-defaults", f"--datadir={self.folder}/data", "--bind-address=127.0.0.1",
                 f"--port={self.parameters['port']}", f"--socket={self.folder}/socket", f"--pid-file={self.folder}/pid",
                 f"--ssl-cert={self.folder}/server.pem", f"--ssl-key={self.folder}/server.key"]]

    def certify(self) -> None:
        """A certificate for 127.0.0.1 and localhost, by an authority of its own."""
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        self.run("openssl", "req", "-x509", *key, "-subj", "/CN=Test authority", "-keyout", "ca.key", "-out", "ca.pem",
                 "-addext", "basicConstraints=critical,CA:TRUE")
        self.run("openssl", "req", "-x509", *key, "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.pem",
                 "-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
                 "-addext", "basicConstraints=critical,CA:FALSE")

    def sql(self, text: str) -> str:
        return subprocess.run(["mariadb", "--no-defaults", "-S", str(self.folder / "socket"), "-uroot", "-N", "-e", text],
                              check=True, capture_output=True, text=True, timeout=60).stdout

    def ready(self) -> bool:
        with contextlib.suppress(subprocess.SubprocessError):
            self.sql("select 1")
            return True
        return False

    def created(self) -> None:
        self.sql("create database mail; create user mail@'127.0.0.1' identified by 'pw'; grant all on *.* to mail@'127.0.0.1' with grant option")

    def cut(self) -> None:
        """Ends every session of `mail`."""
        self.sql("kill hard connection user mail@'127.0.0.1'")
