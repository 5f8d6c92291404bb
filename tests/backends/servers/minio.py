"""MinIO, for any client of S3: the bucket `mail`, path style. Built by Go when GANNET_TEST_MINIO is set: it is in no Debian
release. GANNET_TEST_MINIO=1 builds it below ~/.cache/gannet-test; GANNET_TEST_MINIO=/path/to/minio takes that one."""
import contextlib
import os
import pathlib
import subprocess
import urllib.error
import urllib.request

from backend import Server as Base, Skip, free_port, need


class Server(Base):
    start_seconds = 60

    def prepare(self) -> None:
        wanted = os.environ.get("GANNET_TEST_MINIO", "")
        if not wanted:
            raise Skip("GANNET_TEST_MINIO is not set")
        self.program = pathlib.Path(wanted) if wanted.startswith("/") else self.built()
        self.parameters = {"host": "127.0.0.1", "port": free_port(), "bucket": "mail", "region": "us-east-1",
                           "access-key": "minio", "secret-key": "minio-secret"}
        self.parameters["endpoint"] = f"http://127.0.0.1:{self.parameters['port']}"
        (self.folder / "data" / "mail").mkdir(parents=True)

    def built(self) -> pathlib.Path:
        need("go", package="golang-go, or a newer one")
        folder = pathlib.Path.home() / ".cache" / "gannet-test"
        if not (folder / "minio").exists():
            done = subprocess.run(["go", "install", "github.com/minio/minio@latest"], env={**os.environ, "GOBIN": str(folder)},
                                  capture_output=True, text=True, timeout=1800)
            if done.returncode != 0:
                raise Skip(f"MinIO cannot be built: {done.stderr[-300:]}")
        return folder / "minio"

    def commands(self) -> list[list[str]]:
        return [["env", "MINIO_ROOT_USER=minio", "MINIO_ROOT_PASSWORD=minio-secret", "MINIO_DOMAIN=localhost", "MINIO_BROWSER=off",
                 str(self.program), "server", "--quiet", "--address", f"127.0.0.1:{self.parameters['port']}", str(self.folder / "data")]]

    def ready(self) -> bool:
        with contextlib.suppress(OSError, urllib.error.URLError):
            urllib.request.urlopen(self.parameters["endpoint"] + "/minio/health/cluster", timeout=2).close()
            return True
        return False
