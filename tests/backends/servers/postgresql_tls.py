"""PostgreSQL as in postgresql.py that takes TLS alone, with a certificate for 127.0.0.1 signed by itself: parameter `ca_file`."""
import shutil

from servers.postgresql import Server as Plain


class Server(Plain):
    def prepare(self) -> None:
        super().prepare()
        certificate, key = self.folder / "certificate.pem", self.folder / "key.pem"
        self.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                 "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate))
        key.chmod(0o600)
        self.parameters["ca_file"] = self.folder / "ca.pem"
        shutil.copyfile(certificate, self.folder / "ca.pem")
        access = self.folder / "data" / "pg_hba.conf"
        access.write_text("hostssl all all 127.0.0.1/32 scram-sha-256\n")

    def commands(self) -> list[list[str]]:
        [command] = super().commands()
        return [[*command, "-c", "ssl=on", "-c", f"ssl_cert_file={self.folder}/certificate.pem", "-c", f"ssl_key_file={self.folder}/key.pem"]]
