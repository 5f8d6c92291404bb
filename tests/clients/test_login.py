"""The ways to log in, as real clients and administrators use them."""
import base64
import hashlib
import hmac
import imaplib
import json
import re
import shutil
import smtplib
import socket
import ssl
import struct
import subprocess
import time

import pytest
from gannet import BIN, SLOW, Gannet

ALICE = "alice@demo.test"


def totp(url: str, steps: int = 0) -> str:
    """RFC 6238, written once more, so that the server is not compared with itself."""
    secret = base64.b32decode(re.search(r"secret=([A-Z2-7]+)", url).group(1))
    mac = hmac.new(secret, struct.pack(">Q", int(time.time()) // 30 + steps), hashlib.sha1).digest()
    at = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7fffffff) % 1_000_000:06}"


def gsasl(server: Gannet, protocol: str, mechanism: str, password: str) -> subprocess.CompletedProcess:
    """GNU SASL's client, over STARTTLS. Without channel binding it must not say that it could have had one."""
    port = server.ports["imap" if protocol == "imap" else "submission"]
    command = ["gsasl", "--client", f"--{protocol}", f"--mechanism={mechanism}", "--connect", f"127.0.0.1:{port}",
               "--starttls", "--x509-ca-file=", f"--authentication-id={ALICE}", f"--password={password}"]
    if "-PLUS" not in mechanism:
        command.append("--no-cb")
    return subprocess.run(command, input="", text=True, capture_output=True, timeout=60 * SLOW)


@pytest.mark.parametrize("protocol", ["imap", "smtp"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"])
def test_gsasl(gannet, protocol, mechanism):
    right = gsasl(gannet, protocol, mechanism, gannet.passwords[ALICE])
    assert right.returncode == 0, right.stdout + right.stderr
    wrong = gsasl(gannet, protocol, mechanism, "wrong")
    assert wrong.returncode != 0, wrong.stdout + wrong.stderr


def test_verifiers_of_gnu_sasl(tmp_path):
    """A verifier that another program has made, in a settings file."""
    made = subprocess.run(["gsasl", "--mkpasswd", "--mechanism=SCRAM-SHA-256", "--password=pencil",
                           "--iteration-count=4096"], text=True, capture_output=True, check=True, timeout=60)
    server = Gannet(tmp_path / "gannet")
    (tmp_path / "password").write_text("crayon\n")
    hashed = [subprocess.run([BIN, "password", "hash", "--password-file", tmp_path / "password", *more], text=True,
                             capture_output=True, check=True, timeout=60 * SLOW).stdout.strip()
              for more in ([], ["--scram", "--iterations", "4096"])]
    text = server.config.read_text().replace('storage.directory = "internal"', 'storage.directory = "people"')
    server.config.write_text(text + f"""
[directory.people]
type = "memory"
[[directory.people.principals]]
class = "individual"
name = "{ALICE}"
email = ["{ALICE}"]
secret = "{made.stdout.strip()}"
[[directory.people.principals]]
class = "individual"
name = "hashed"
secret = "{hashed[0]}"
[[directory.people.principals]]
class = "individual"
name = "verified"
secret = "{hashed[1]}"
""")
    with server:
        for login in ("hashed", "verified"):
            assert can_log_in(server, "crayon", login) and not can_log_in(server, "crayons", login)
        for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-256-PLUS", "PLAIN"):
            assert gsasl(server, "imap", mechanism, "pencil").returncode == 0, mechanism
            assert gsasl(server, "imap", mechanism, "pencils").returncode != 0, mechanism


def can_log_in(server: Gannet, password: str, login: str = ALICE) -> bool:
    client = imaplib.IMAP4_SSL("127.0.0.1", server.ports["imaps"], ssl_context=server.client_tls(), timeout=30 * SLOW)
    try:
        return client.login(login, password)[0] == "OK"
    except imaplib.IMAP4.error:
        return False
    finally:
        client.shutdown()


def can_submit(server: Gannet, password: str) -> bool:
    client = smtplib.SMTP("127.0.0.1", server.ports["submission"], local_hostname="client.example", timeout=30 * SLOW)
    with client:
        client.starttls(context=server.client_tls())
        try:
            return client.login(ALICE, password)[0] == 235
        except smtplib.SMTPAuthenticationError:
            return False


def test_app_passwords(gannet):
    made = gannet.run("account", "app-password", "create", ALICE, "Phone", "--protocol", "imap")
    phone = made.stdout.splitlines()[0]
    assert re.fullmatch(r"(\w{5}-){3}\w{5}", phone), made.stdout
    assert can_log_in(gannet, phone) and not can_submit(gannet, phone)
    assert gannet.run("account", "app-password", "list", ALICE).stdout == "Phone  imap\n"
    assert phone not in gannet.log_text()
    assert gsasl(gannet, "imap", "SCRAM-SHA-256", phone).returncode == 0
    # By herself, with her own password; not with an application password, and nobody else's.
    own = {**gannet.env, "GANNET_URL": f"http://127.0.0.1:{gannet.ports['http']}", "GANNET_USER": ALICE}

    def run(password: str, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([BIN, "account", "app-password", *arguments], text=True, capture_output=True,
                              env={**own, "GANNET_PASSWORD": password}, timeout=60 * SLOW)

    everything = run(gannet.passwords[ALICE], "create", ALICE, "Everything")
    assert everything.returncode == 0, everything.stderr
    password = everything.stdout.splitlines()[0]
    assert can_submit(gannet, password)
    refused = run(password, "create", ALICE, "Third")
    assert refused.returncode == 1 and "own password" in refused.stderr, refused.stderr
    assert run(gannet.passwords[ALICE], "create", "bob@demo.test", "Mine").returncode == 1
    gannet.run("account", "app-password", "revoke", ALICE, "Phone")
    assert not can_log_in(gannet, phone) and can_log_in(gannet, password)
    gannet.run("account", "app-password", "revoke", ALICE, "--all")
    assert not can_log_in(gannet, password) and can_log_in(gannet, gannet.passwords[ALICE])


def test_second_factor(gannet):
    login = "bob@demo.test"
    password = gannet.passwords[login]
    # Without a terminal the key is shown, and then the code is wanting.
    url = gannet.run("account", "totp", "enable", login, check=False).stdout.splitlines()[0]
    assert url.startswith("otpauth://totp/mx.demo.test:bob@demo.test?secret="), url
    assert can_log_in(gannet, password, login)
    assert gannet.run("account", "totp", "enable", login, "--key", url, "--code", "000000", check=False).returncode == 1
    gannet.run("account", "totp", "enable", login, "--key", url, "--code", totp(url))
    try:
        assert not can_log_in(gannet, password, login)
        code = totp(url)
        assert can_log_in(gannet, f"{password}${code}", login)
        assert not can_log_in(gannet, f"{password}${code}", login), "a code that was used"
        assert can_log_in(gannet, f"{password}${totp(url, 1)}", login)
        phone = gannet.run("account", "app-password", "create", login, "Phone").stdout.splitlines()[0]
        assert can_log_in(gannet, phone, login)
        gannet.run("account", "app-password", "revoke", login, "--all")
    finally:
        gannet.run("account", "totp", "disable", login)
    assert can_log_in(gannet, password, login)


# --- bans

def proxied(server: Gannet, source: str) -> socket.socket:
    """A connection to the IMAP listener as a proxy makes it for a client at `source`."""
    peer = socket.create_connection(("127.0.0.1", server.ports["imap"]), timeout=20 * SLOW)
    peer.sendall(f"PROXY TCP4 {source} 192.0.2.200 40000 143\r\n".encode())
    return peer


def try_login(server: Gannet, source: str, login: str, password: str) -> str:
    """The server's answer to LOGIN; empty when it hangs up without a greeting."""
    with proxied(server, source) as peer, peer.makefile("rwb") as wire:
        try:
            if not wire.readline():
                return ""
            wire.write(f'a LOGIN "{login}" "{password}"\r\n'.encode())
            wire.flush()
            return wire.readline().decode()
        except ConnectionError:
            return ""


@pytest.fixture
def guarded(tmp_path):
    server = Gannet(tmp_path / "gannet", settings={
        "server.listener.imap.proxy.trusted-networks": "127.0.0.0/8", "imap.auth.allow-plain-text": "true",
        "server.auto-ban.auth.rate": "4/1d", "server.auto-ban.account.rate": "7/1d",
        "server.auto-ban.duration": "1h", "authentication.rate-limit": "100/1m", "server.allowed-ip": "198.51.100.0/24",
        "authentication.argon2.memory": "8mb"})
    with server:
        yield server


def bans(server: Gannet) -> dict[str, dict]:
    return {ban["target"]: ban for ban in json.loads(server.run("ban", "list", "--json").stdout)}


def test_an_address_is_banned_and_let_in_again(guarded):
    password = guarded.passwords[ALICE]
    assert "OK" in try_login(guarded, "203.0.113.5", ALICE, password)
    for number in range(4):
        assert "AUTHENTICATIONFAILED" in try_login(guarded, "203.0.113.5", f"nobody{number}", "guess")
    assert try_login(guarded, "203.0.113.5", ALICE, password) == ""
    assert "OK" in try_login(guarded, "203.0.113.6", ALICE, password)
    assert list(bans(guarded)) == ["203.0.113.5"]
    # It holds after a restart.
    guarded.stop()
    guarded.start()
    assert try_login(guarded, "203.0.113.5", ALICE, password) == ""
    guarded.run("ban", "remove", "203.0.113.5")
    assert "OK" in try_login(guarded, "203.0.113.5", ALICE, password)
    # What led to it is forgotten: one mistake is one.
    assert "AUTHENTICATIONFAILED" in try_login(guarded, "203.0.113.5", "nobody", "guess")
    assert bans(guarded) == {}


def test_an_account_is_banned_except_for_its_owner(guarded):
    password = guarded.passwords[ALICE]
    assert "OK" in try_login(guarded, "203.0.113.77", ALICE, password)
    for number in range(7):
        assert "AUTHENTICATIONFAILED" in try_login(guarded, f"203.0.113.{number + 10}", ALICE, "guess")
    assert list(bans(guarded)) == [ALICE]
    assert "AUTHENTICATIONFAILED" in try_login(guarded, "203.0.113.99", ALICE, password)
    assert "OK" in try_login(guarded, "203.0.113.77", ALICE, password)
    assert "OK" in try_login(guarded, "203.0.113.99", "bob@demo.test", guarded.passwords["bob@demo.test"])
    guarded.run("ban", "remove", ALICE)
    assert "OK" in try_login(guarded, "203.0.113.99", ALICE, password)


def test_who_is_allowed_is_never_banned_and_networks_can_be(guarded):
    for number in range(8):
        assert "AUTHENTICATIONFAILED" in try_login(guarded, "198.51.100.5", f"nobody{number}", "guess")
    assert bans(guarded) == {}
    guarded.run("ban", "add", "203.0.113.0/24", "--for", "30m", "--reason", "noise")
    assert try_login(guarded, "203.0.113.9", ALICE, guarded.passwords[ALICE]) == ""
    assert guarded.run("ban", "add", "not an address or\x01login", check=False).returncode == 1
    assert guarded.run("ban", "remove", "192.0.2.1", check=False).returncode == 1
    for never in ("127.0.0.1", "198.51.100.5"):
        refused = guarded.run("ban", "add", never, check=False)
        assert refused.returncode == 1 and "server.allowed-ip" in refused.stderr, refused.stderr
    guarded.run("ban", "remove", "203.0.113.0/24")
    assert "OK" in try_login(guarded, "203.0.113.9", ALICE, guarded.passwords[ALICE])


# --- client certificates

def openssl(*arguments) -> None:
    subprocess.run(["openssl", *[str(argument) for argument in arguments]], check=True, capture_output=True, timeout=60)


def certificate(folder, name: str, email: str, authority: str | None):
    key, request, made = (folder / f"{name}.{end}" for end in ("key", "csr", "pem"))
    extensions = folder / f"{name}.ext"
    extensions.write_text(f"subjectAltName=email:{email}\nextendedKeyUsage=clientAuth\n" if authority
                          else "basicConstraints=critical,CA:TRUE\n")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", request,
            "-subj", f"/CN={name}")
    signer = ["-CA", folder / f"{authority}.pem", "-CAkey", folder / f"{authority}.key", "-CAcreateserial"] if authority \
        else ["-signkey", key]
    openssl("x509", "-req", "-in", request, "-out", made, "-days", "2", "-extfile", extensions, *signer)
    return made, key


def external(server: Gannet, cert, key, authorize_as: str = "") -> str:
    context = server.client_tls()
    context.load_cert_chain(cert, key)
    client = imaplib.IMAP4_SSL("127.0.0.1", server.ports["imaps"], ssl_context=context, timeout=30 * SLOW)
    try:
        if "AUTH=EXTERNAL" not in client.capabilities:
            return "not offered"
        client.authenticate("EXTERNAL", lambda _: authorize_as.encode())
        return "in"
    except imaplib.IMAP4.error:
        return "refused"
    finally:
        client.shutdown()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_external(tmp_path):
    certificate(tmp_path, "ours", "", None)
    certificate(tmp_path, "theirs", "", None)
    server = Gannet(tmp_path / "gannet", settings={
        "server.listener.imaps.tls.client-certificate": "request",
        "server.listener.imaps.tls.client-ca": str(tmp_path / "ours.pem"),
        "server.listener.submissions.tls.client-certificate": "require",
        "server.listener.submissions.tls.client-ca": str(tmp_path / "ours.pem")})
    with server:
        alice = certificate(tmp_path, "alice", ALICE, "ours")
        assert external(server, *alice) == "in"
        assert external(server, *alice, ALICE) == "in"
        assert external(server, *alice, "bob@demo.test") == "refused"
        assert external(server, *certificate(tmp_path, "nobody", "nobody@demo.test", "ours")) == "refused"
        assert external(server, *certificate(tmp_path, "forged", ALICE, "theirs")) == "not offered"
        assert can_log_in(server, server.passwords[ALICE]), "without a certificate, by password"
        # openssl's own client, and a listener that insists.
        for chain, expected in ((alice, "235 2.7.0"), (None, None)):
            command = ["openssl", "s_client", "-connect", f"127.0.0.1:{server.ports['submissions']}", "-quiet", "-crlf"]
            if chain:
                command += ["-cert", str(chain[0]), "-key", str(chain[1])]
            done = subprocess.run(command, input="EHLO c.test\nAUTH EXTERNAL =\nQUIT\n", text=True,
                                  capture_output=True, timeout=30 * SLOW)
            assert (expected in done.stdout) if expected else "220 " not in done.stdout, done.stdout + done.stderr


# --- passwords in clear

def test_http_takes_passwords_in_clear_from_loopback_only(tmp_path):
    server = Gannet(tmp_path / "gannet", settings={"server.listener.http.proxy.trusted-networks": "127.0.0.0/8"})
    with server:
        login = base64.b64encode(f"admin:{server.passwords['admin']}".encode()).decode()

        def ask(source: str) -> str:
            with socket.create_connection(("127.0.0.1", server.ports["http"]), timeout=20 * SLOW) as peer:
                peer.sendall(f"PROXY TCP4 {source} 192.0.2.200 40000 80\r\nGET /api/principal HTTP/1.1\r\nHost: x\r\n"
                             f"Authorization: Basic {login}\r\nConnection: close\r\n\r\n".encode())
                return peer.makefile("rb").read().decode()
        refused = ask("203.0.113.5")
        assert " 403 " in refused and "server.http.allow-plain-text" in refused, refused
        assert " 200 " in ask("127.0.0.1")


# --- proxies of HTTP

def test_a_guesser_cannot_hide_behind_an_address_of_his_own_making(tmp_path):
    server = Gannet(tmp_path / "gannet", settings={
        "server.http.use-x-forwarded": "true", "authentication.rate-limit": "3/1h", "authentication.argon2.memory": "8mb"})
    with server:
        def ask(password: str, *fields: str) -> int:
            login = base64.b64encode(f"admin:{password}".encode()).decode()
            with socket.create_connection(("127.0.0.1", server.ports["http"]), timeout=20 * SLOW) as peer:
                head = ["GET /api/principal?limit=1 HTTP/1.1", "Host: x", f"Authorization: Basic {login}",
                        "Connection: close", *fields]
                peer.sendall(("\r\n".join(head) + "\r\n\r\n").encode())
                return int(peer.makefile("rb").readline().split()[1])

        # nginx appends to what the client wrote; HAProxy adds a field.
        for number, invented in enumerate(("127.0.0.1", "198.51.100.9", "198.51.100.9")):
            assert ask(f"guess{number}", f"X-Forwarded-For: {invented}, 203.0.113.6") == 401
        right = server.passwords["admin"]
        assert ask(right, "X-Forwarded-For: 127.0.0.1, 203.0.113.6") == 429
        assert ask(right, "X-Forwarded-For: 127.0.0.1", "X-Forwarded-For: 203.0.113.6") == 429
        assert ask(right, "Forwarded: for=192.0.2.7", "X-Forwarded-For: 203.0.113.6") == 429
        assert ask(right, "X-Forwarded-For: 198.51.100.9") == 200, "whose address was abused has no harm of it"
