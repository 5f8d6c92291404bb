"""What an operator sets for listeners and logs, seen from outside."""
import json
import smtplib
import socket
import ssl
import struct
import subprocess

import pytest
from gannet import Gannet, wait_until


def conversation(port: int, first: bytes, lines: list[bytes]) -> list[bytes]:
    """The last line of each reply; `first` is sent before anything is read."""
    replies = []
    with socket.create_connection(("127.0.0.1", port), timeout=30) as peer:
        reader = peer.makefile("rb")
        peer.sendall(first)
        for line in [b"", *lines]:
            if line:
                peer.sendall(line + b"\r\n")
            while (reply := reader.readline())[3:4] == b"-":
                pass
            replies.append(reply)
    return replies


V2 = b"\r\n\r\n\0\r\nQUIT\n" + struct.pack("!BBH4s4sHH", 0x21, 0x11, 12, bytes([192, 0, 2, 7]), bytes([127, 0, 0, 1]), 5555, 25)


@pytest.mark.parametrize("header", [b"PROXY TCP4 192.0.2.7 127.0.0.1 5555 25\r\n", V2])
def test_a_trusted_proxy_names_the_client(tmp_path, header):
    settings = {"server.listener.smtp.proxy.trusted-networks": '["127.0.0.0/8"]'}
    with Gannet(tmp_path / "gannet", settings) as server:
        replies = conversation(server.ports["smtp"], header, [
            b"EHLO client.example", b"MAIL FROM:<s@example.org>", b"RCPT TO:<alice@demo.test>", b"DATA",
            b"Subject: by proxy\r\n\r\ntext\r\n."])
        assert [reply[:3] for reply in replies] == [b"220", b"250", b"250", b"250", b"354", b"250"]
        with server.imap(select="INBOX") as client:
            received = client.fetch("1", "(BODY.PEEK[HEADER.FIELDS (RECEIVED)])")[1][0][1]
        assert b"[192.0.2.7]" in received


def test_the_certificate_is_chosen_by_name(tmp_path):
    settings = {}
    for name in ("one.test", "two.test"):
        key, cert = tmp_path / f"{name}.key", tmp_path / f"{name}.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-keyout", key, "-out", cert],
                       check=True, capture_output=True, timeout=60)
        settings |= {f'certificate."{name}".cert': f"file://{cert}", f'certificate."{name}".private-key': f"file://{key}"}
    settings['certificate."one.test".default'] = "true"
    with Gannet(tmp_path / "gannet", settings) as server:
        def served(name: str | None) -> str:
            with server.client_tls().wrap_socket(socket.create_connection(("127.0.0.1", server.ports["imaps"]), timeout=30),
                                                 server_hostname=name) as client:
                return ssl.DER_cert_to_PEM_cert(client.getpeercert(binary_form=True)).strip()
        for asked, expected in (("one.test", "one.test"), ("two.test", "two.test"), ("other.test", "one.test"), (None, "one.test")):
            assert served(asked) == (tmp_path / f"{expected}.pem").read_text().strip(), asked


def test_too_many_connections_are_told_so(tmp_path):
    with Gannet(tmp_path / "gannet", {"server.max-connections": "2"}) as server:
        with server.smtp() as first, server.smtp() as second:
            assert first.noop()[0] == 250 and second.noop()[0] == 250
            with pytest.raises(smtplib.SMTPConnectError) as refused:
                server.smtp()
            assert refused.value.smtp_code == 421
            with socket.create_connection(("127.0.0.1", server.ports["imap"]), timeout=30) as peer:
                assert peer.recv(200).startswith(b"* BYE")
        wait_until(lambda: conversation(server.ports["smtp"], b"", [])[0].startswith(b"220"), what="a free place")


def test_events_as_json_lines(tmp_path):
    with Gannet(tmp_path / "gannet", {"tracer.console.format": "json"}) as server:
        server.send("logged")
        with server.imap():
            pass
        events = [json.loads(line) for line in server.log_text().splitlines() if line.startswith("{")]
    assert events and all({"event", "level", "time"} <= set(event) for event in events), events[:3]
    assert "server.started" in {event["event"] for event in events}
