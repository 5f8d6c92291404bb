"""The configurations of docs/directories/ for other mail servers let people in, as printed but for folders, hosts and ports."""
import imaplib
import pathlib
import re
import smtplib
import ssl
import subprocess

import pytest
from gannet import BIN, free_ports, wait_until
from real_servers import server_of

PAGES = pathlib.Path(__file__).resolve().parents[2] / "docs" / "directories"
# The host and port as printed, and the port of the test's server.
SERVERS = {"imap": {("imap.example.org", 993): "imaps"}, "smtp": {("smtp.example.org", 465): "smtps"},
           "lmtp": {("127.0.0.1", 24): "lmtp", ("imap.example.org", None): "imaps"},
           # with what the page adds for mail before the first login
           "imap and lmtp": {("imap.example.org", 993): "imaps", ("imap.example.org", 24): "lmtp"}}


@pytest.fixture(scope="module")
def mail_server():
    with server_of("mail_server") as server:
        yield server


def configuration(page: str, folder: pathlib.Path, mail_server) -> tuple[str, dict[str, int]]:
    blocks = re.findall(r"```toml\n(.*?)```", (PAGES / f"{page.split()[0]}.md").read_text(), re.DOTALL)
    block = next(b for b in blocks if "server.listener" in b)
    if page == "imap and lmtp":
        block += "\n" + next(b for b in blocks if "accounts" in b) + '[server.listener.smtp]\nbind = "[::]:25"\nprotocol = "smtp"\n'
    ports = dict(zip((25, 465, 993, 8080), free_ports(4)))
    for printed, port in ports.items():
        block = re.sub(rf'"(\[::\]|127\.0\.0\.1):{printed}"', f'"127.0.0.1:{port}"', block)
    for (host, printed), name in SERVERS[page].items():
        port = mail_server.parameters[name]
        old = f'host = "{host}"\n' + (f"port = {printed}\n" if printed else "")
        assert old in block
        # A test's server has a certificate that nobody else would trust.
        block = block.replace(old, f'host = "127.0.0.1"\nport = {port}\ntls.ca-file = "{mail_server.parameters["ca"]}"\n')
    hash_file = folder / "admin-password-hash"
    hash_file.write_text(subprocess.run(["openssl", "passwd", "-6", "admin pass"], capture_output=True, text=True, check=True).stdout.strip())
    return block.replace("/etc/gannet", str(folder)).replace("/var/lib/gannet", str(folder / "data")), ports


@pytest.mark.parametrize("page", list(SERVERS))
def test_the_configuration_lets_people_in(page, tmp_path, mail_server):
    block, ports = configuration(page, tmp_path, mail_server)
    config, log = tmp_path / "gannet.toml", tmp_path / "log"
    config.write_text(block)
    with open(log, "wb") as out:
        server = subprocess.Popen([BIN, "serve", "--config", str(config), "--ready-message", "READY"], stdout=out, stderr=out)
    try:
        wait_until(lambda: "READY" in log.read_text() or server.poll() is not None, 30, "the server's start")
        assert server.poll() is None, log.read_text()
        tls = ssl.create_default_context()
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
        with smtplib.SMTP_SSL("127.0.0.1", ports[465], context=tls, timeout=30) as client:
            client.login("alice@example.org", "alice's pass word")
        with smtplib.SMTP_SSL("127.0.0.1", ports[465], context=tls, timeout=30) as client:
            with pytest.raises(smtplib.SMTPAuthenticationError):
                client.login("alice@example.org", "wrong")
        if page != "imap":
            with smtplib.SMTP("127.0.0.1", ports[25], timeout=30) as client:
                client.ehlo("client.example")
                client.mail("stranger@elsewhere.example")
                assert client.rcpt("alice@example.org")[0] == 250
                assert client.rcpt("nobody@example.org")[0] == 550
                client.rset()
        if page in ("lmtp", "imap and lmtp"):
            with smtplib.SMTP("127.0.0.1", ports[25], timeout=30) as client:
                client.sendmail("stranger@elsewhere.example", ["bob@example.org"], "Subject: before the first login\r\n\r\n")
            with imaplib.IMAP4_SSL("127.0.0.1", ports[993], ssl_context=tls, timeout=30) as client:
                client.authenticate("PLAIN", lambda _: "\0bob@example.org\0böb \"\\ {3}".encode())
                client.select("INBOX")
                assert client.search(None, "ALL")[1] == [b"1"]
        done = subprocess.run([BIN, "cache", "status", "--url", f"http://127.0.0.1:{ports[8080]}", "--user", "admin"], text=True,
                              capture_output=True, timeout=60, env={"GANNET_PASSWORD": "admin pass"})
        assert done.returncode == 0 and "account" in done.stdout, done.stderr
    finally:
        server.terminate()
        assert server.wait(30) == 0
