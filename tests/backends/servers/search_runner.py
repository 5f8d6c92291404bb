"""Elasticsearch and OpenSearch, in their process runners from Maven's repository (the Java packages of neither are Debian's).

Beside the server itself (`url`, no password) two fronts stand before it: `auth_url` asks for user and password or an API key, `tls_url`
does so over TLS, with a certificate of its own (`ca`)."""
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import urllib.request

from backend import Server as Base, Skip, free_port, need

FRONT = pathlib.Path(__file__).resolve().parent.parent / "http_front.py"


class Server(Base):
    start_seconds = 200
    artifact = main = ""  # group:name:version, class

    def prepare(self) -> None:
        need("mvn", package="maven")
        need("java", package="default-jdk-headless")
        need("openssl", package="openssl")
        group, name, version = self.artifact.split(":")
        (self.folder / "pom.xml").write_text(
            '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
            "<groupId>test</groupId><artifactId>test</artifactId><version>1</version><dependencies><dependency>"
            f"<groupId>{group}</groupId><artifactId>{name}</artifactId><version>{version}</version></dependency></dependencies></project>")
        self.classpath = self.known_classpath() or self.ask_for_classpath()
        # The runner looks for free ports from the base up, but not beyond 9300, and listens on base + 1.
        self.base, auth, tls = free_port(5000, 9200), free_port(), free_port()
        self.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2", "-subj",
                 "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
        self.parameters = {
            "port": self.base + 1, "url": f"http://127.0.0.1:{self.base + 1}", "auth_url": f"http://127.0.0.1:{auth}",
            "tls_url": f"https://localhost:{tls}", "user": "mail", "password": "p:w ü", "api_key": "id:secret", "ca": self.folder / "cert.pem"}
        self.auth, self.tls = auth, tls

    def kept(self) -> pathlib.Path:
        return pathlib.Path.home() / ".cache" / "gannet-test" / f"{self.artifact.replace(':', '-')}.classpath"

    def known_classpath(self) -> str:
        """As Maven told it last, if all of it is still there: to ask takes as long as the server itself to start."""
        with contextlib.suppress(OSError):
            known = self.kept().read_text()
            if all(pathlib.Path(jar).is_file() for jar in known.split(":")):
                return known
        return ""

    def ask_for_classpath(self) -> str:
        try:
            self.run("mvn", "-q", "-B", "dependency:build-classpath", f"-Dmdep.outputFile={self.folder}/classpath", seconds=200)
        except (RuntimeError, subprocess.TimeoutExpired):
            raise Skip(f"{self.artifact} cannot be had from Maven's repository") from None
        told = (self.folder / "classpath").read_text().strip()
        with contextlib.suppress(OSError):
            self.kept().parent.mkdir(parents=True, exist_ok=True)
            new = self.kept().with_suffix(f".{os.getpid()}")
            new.write_text(told)
            new.replace(self.kept())
        return told

    def commands(self) -> list[list[str]]:
        # The node would put its logs and temporary files elsewhere otherwise.
        tmp = self.folder / "tmp"
        tmp.mkdir(exist_ok=True)
        front = [sys.executable, str(FRONT), "--target", str(self.base + 1), "--user", "mail:p:w ü", "--api-key", "id:secret", "--port"]
        # It lives for a minute or two: to compile it well is not worth it.
        quick = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
        return [["java", *quick, "-Xms256m", "-Xmx768m", f"-Djava.io.tmpdir={tmp}", "-cp", self.classpath, self.main,
                 "-basePath", str(self.folder / "home"), "-numOfNode", "1", "-baseHttpPort", str(self.base),
                 # Nodes of one name on one machine find each other, and one goes when its test ends: then the other has no master.
                 "-clusterName", f"test-{self.base}-{os.getpid()}"],
                front + [str(self.auth)],
                front + [str(self.tls), "--cert", str(self.folder / "cert.pem"), "--key", str(self.folder / "key.pem")]]

    def ready(self) -> bool:
        with contextlib.suppress(OSError, ValueError):
            url = f"{self.parameters['url']}/_cluster/health"
            with urllib.request.urlopen(url, timeout=5) as answer:
                return json.load(answer)["status"] in ("green", "yellow") and self.connects(self.auth) and self.connects(self.tls)
        return False
