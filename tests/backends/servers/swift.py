"""OpenStack Swift with its S3 interface, for any client of S3: the bucket `mail`, path style. On `tls_endpoint` the same behind TLS,
with a certificate of its own (`ca`)."""
import contextlib
import getpass
import pathlib
import sys
import urllib.error
import urllib.request

from backend import Server as Base, Skip, free_port, need

FRONT = pathlib.Path(__file__).resolve().parent.parent / "tls_front.py"
PARTS = ("account", "container", "object")


class Server(Base):
    start_seconds = 90

    def prepare(self) -> None:
        need("swift-proxy-server", package="swift-proxy")
        for part in PARTS:
            need(f"swift-{part}-server", package=f"swift-{part}")
        need("swift-ring-builder", package="swift")
        need("memcached", package="memcached")
        need("openssl", package="openssl")
        need("/etc/swift/swift.conf", package="swift")
        self.ports = {name: free_port() for name in (*PARTS, "memcached", "proxy", "tls")}
        self.parameters = {"host": "127.0.0.1", "port": self.ports["proxy"], "endpoint": f"http://127.0.0.1:{self.ports['proxy']}",
                           "bucket": "mail", "region": "us-east-1", "access-key": "test:tester", "secret-key": "testing",
                           "tls_endpoint": f"https://localhost:{self.ports['tls']}", "ca": self.folder / "cert.pem"}
        self.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2", "-subj",
                 "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
        (self.folder / "devices" / "disk").mkdir(parents=True)
        if not self.keeps_attributes():
            raise Skip(f"{self.folder} is on a file system without user attributes, which Swift needs")
        for part in PARTS:
            self.write_part(part)
        self.write_proxy()

    def keeps_attributes(self) -> bool:
        import os
        with contextlib.suppress(OSError):
            os.setxattr(self.folder / "devices", "user.test", b"1")
            return True
        return False

    def common(self, port: int) -> str:
        return (f"[DEFAULT]\nbind_ip = 127.0.0.1\nbind_port = {port}\nworkers = 0\nuser = {getpass.getuser()}\nswift_dir = {self.folder}\n"
                f"devices = {self.folder}/devices\nmount_check = false\ndisable_fallocate = true\nfallocate_reserve = 0\n")

    def write_part(self, part: str) -> None:
        ring = f"{self.folder}/{part}.builder"
        self.run("swift-ring-builder", ring, "create", "4", "1", "0")
        self.run("swift-ring-builder", ring, "add", f"r1z1-127.0.0.1:{self.ports[part]}/disk", "1")
        self.run("swift-ring-builder", ring, "rebalance")
        (self.folder / f"{part}.conf").write_text(
            self.common(self.ports[part]) + f"[pipeline:main]\npipeline = {part}-server\n[app:{part}-server]\nuse = egg:swift#{part}\n")

    def write_proxy(self) -> None:
        filters = "catch_errors cache listing_formats s3api tempauth copy slo dlo"
        text = self.common(self.ports["proxy"]) + f"[pipeline:main]\npipeline = {filters} proxy-server\n[app:proxy-server]\n"
        text += "use = egg:swift#proxy\naccount_autocreate = true\n"
        options = {"s3api": "s3_acl = false\nlocation = us-east-1\nstorage_domain = localhost\n", "tempauth": "user_test_tester = testing .admin\nstorage_url_scheme = http\n",
                   "cache": f"memcache_servers = 127.0.0.1:{self.ports['memcached']}\n"}
        for name in filters.split():
            egg = "memcache" if name == "cache" else name
            text += f"[filter:{name}]\nuse = egg:swift#{egg}\n{options.get(name, '')}"
        (self.folder / "proxy.conf").write_text(text)

    def commands(self) -> list[list[str]]:
        return [["memcached", "-u", getpass.getuser(), "-l", "127.0.0.1", "-p", str(self.ports["memcached"])],
                *([f"swift-{part}-server", f"{self.folder}/{part}.conf"] for part in (*PARTS, "proxy")),
                [sys.executable, str(FRONT), "--port", str(self.ports["tls"]), "--target", str(self.ports["proxy"]), "--cert",
                 str(self.folder / "cert.pem"), "--key", str(self.folder / "key.pem")]]

    def ready(self) -> bool:
        return all(self.connects(port) for port in self.ports.values())

    def created(self) -> None:
        self.bucket("mail")

    def bucket(self, name: str) -> None:
        endpoint = self.parameters["endpoint"]
        ask = urllib.request.Request(f"{endpoint}/auth/v1.0", headers={"X-Auth-User": "test:tester", "X-Auth-Key": "testing"})
        with urllib.request.urlopen(ask, timeout=30) as answer:
            url, token = answer.headers["X-Storage-Url"], answer.headers["X-Auth-Token"]
        make = urllib.request.Request(f"{url}/{name}", method="PUT", headers={"X-Auth-Token": token})
        urllib.request.urlopen(make, timeout=30).close()
