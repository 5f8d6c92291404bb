"""PostgreSQL, with the user and the database `mail`."""
import contextlib
import pathlib
import subprocess

from backend import Server as Base, Skip, free_port


class Server(Base):
    start_seconds = 60

    def prepare(self) -> None:
        programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres"))
        if not programs:
            raise Skip("PostgreSQL is not installed (Debian package postgresql)")
        self.programs = programs[-1].parent
        self.parameters = {"host": "127.0.0.1", "port": free_port(), "user": "mail", "password": "pw", "database": "mail"}
        import shutil
        shutil.chown(self.folder, self.user())
        (self.folder / "password").write_text("root-pw\n")
        shutil.chown(self.folder / "password", self.user())
        self.run(str(self.programs / "initdb"), "-D", str(self.folder / "data"), "-U", "postgres", "-A", "scram-sha-256",
                 "--pwfile", str(self.folder / "password"), "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")

    def user(self) -> str | None:
        return "postgres"

    def commands(self) -> list[list[str]]:
        return [[str(self.programs / "postgres"), "-D", str(self.folder / "data"), "-p", str(self.parameters["port"]),
                 "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={self.folder}"]]

    def sql(self, text: str, database: str = "postgres", port: int = 0) -> str:
        return subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(port or self.parameters["port"]),
             "-U", "postgres", "-d", database, "-c", text], env={"PGPASSWORD": "root-pw", "PATH": "/usr/bin:/bin"}, check=True,
            capture_output=True, text=True, timeout=60).stdout

    def answers(self, port: int) -> bool:
        with contextlib.suppress(subprocess.SubprocessError):
            self.sql("select 1", port=port)
            return True
        return False

    def ready(self) -> bool:
        return self.answers(int(self.parameters["port"]))

    def created(self) -> None:
        self.sql("create role mail login createdb password 'pw'")
        self.sql("create database mail owner mail")

    def cut(self) -> None:
        """Ends every session of `mail`; they are gone when it returns."""
        self.sql("select pg_terminate_backend(pid, 20000) from pg_stat_activity where usename = 'mail'")
