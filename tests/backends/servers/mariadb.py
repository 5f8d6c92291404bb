"""MariaDB, with the user `mail`, who may create databases, and the database `mail`."""
import contextlib
import subprocess

from backend import Server as Base, free_port, need


class Server(Base):
    start_seconds = 60

    def prepare(self) -> None:
        need("mariadbd", "mariadb-install-db", "mariadb", package="mariadb-server")
        self.parameters = {"host": "127.0.0.1", "port": free_port(), "user": "mail", "password": "pw", "database": "mail"}
        import shutil
        shutil.chown(self.folder, self.user())
        self.run("mariadb-install-db", "--no-defaults", f"--datadir={self.folder}/data", "--auth-root-authentication-method=normal",
                 "--skip-test-db")

    def user(self) -> str | None:
        return "mysql"

    def commands(self) -> list[list[str]]:
        return [["mariadbd", "--no-defaults", f"--datadir={self.folder}/data", "--bind-address=127.0.0.1",
                 f"--port={self.parameters['port']}", f"--socket={self.folder}/socket", f"--pid-file={self.folder}/pid"]]

    def sql(self, text: str) -> str:
        return subprocess.run(["mariadb", "--no-defaults", "-S", str(self.folder / "socket"), "-uroot", "-N", "-e", text],
                              check=True, capture_output=True, text=True, timeout=60).stdout

    def ready(self) -> bool:
        with contextlib.suppress(subprocess.SubprocessError):
            self.sql("select 1")
            return True
        return False

    def created(self) -> None:
        self.sql("create database mail; create user mail@'127.0.0.1' identified by 'pw'; grant all on *.* to mail@'127.0.0.1'")

    def cut(self) -> None:
        """Ends every session of `mail`."""
        self.sql("kill hard connection user mail@'127.0.0.1'")
