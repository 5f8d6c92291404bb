"""Certificates that an administrator replaces while the server runs, and the names that it gives itself."""
import smtplib
import socket
import ssl
import subprocess

import pytest
from gannet import Gannet, wait_until


def make_certificate(folder, name: str):
    """Certificate and key for `name`, written in one step each."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-keyout", folder / "key.new",
                    "-out", folder / "cert.new"], check=True, capture_output=True, timeout=60)
    (folder / "cert.new").rename(folder / "cert.pem")
    (folder / "key.new").rename(folder / "key.pem")


def served_name(server) -> str:
    """The common name of the certificate that an IMAP client gets."""
    pem = ssl.get_server_certificate(("127.0.0.1", server.ports["imaps"]))
    text = subprocess.run(["openssl", "x509", "-noout", "-subject", "-nameopt", "multiline"], input=pem, text=True,
                          capture_output=True, check=True).stdout
    return text.split("commonName")[1].split("=")[1].split()[0]


@pytest.mark.parametrize("form", ["%{{file:{}}}%", "file://{}"])
def test_a_renewed_certificate_is_taken_without_a_signal(tmp_path, form):
    folder = tmp_path / "pem"
    folder.mkdir()
    make_certificate(folder, "first.test")
    settings = {"certificate.own.cert": form.format(folder / "cert.pem"),
                "certificate.own.private-key": form.format(folder / "key.pem"), "certificate.own.default": "true"}
    with Gannet(tmp_path / "gannet", settings) as server:
        assert served_name(server) == "first.test"
        make_certificate(folder, "second.test")
        wait_until(lambda: served_name(server) == "second.test", 20, "the new certificate")


def test_without_a_name_it_goes_by_the_systems(tmp_path):
    server = Gannet(tmp_path / "gannet")
    lines = server.config.read_text().splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(("hostname", "server.hostname"))]
    assert len(kept) == len(lines) - 1
    server.config.write_text("".join(kept))
    with server:
        name = socket.gethostname()
        with socket.create_connection(("127.0.0.1", server.ports["smtp"]), timeout=30) as raw:
            assert raw.recv(200).decode().split()[1] == name
        with smtplib.SMTP("127.0.0.1", server.ports["smtp"], timeout=30) as client:
            assert client.ehlo()[1].decode().split()[0] == name
        assert served_name(server) == name
