"""What `gannet serve` would refuse, `gannet config check` refuses: with the same words, the file and the line."""
import subprocess

import pytest
from gannet import BIN, free_ports

WHOLE = """
server.hostname = "mx.demo.test"
[server.listener.smtp]
bind = "127.0.0.1:{port}"
protocol = "smtp"
[store.main]
type = "rocksdb"
path = "{folder}/db"
[storage]
data = "main"
directory = "here"
[directory.here]
type = "internal"
"""


def run(*arguments, timeout=60):
    return subprocess.run([BIN, *map(str, arguments)], capture_output=True, text=True, timeout=timeout)


def both_refuse(folder, text: str) -> str:
    """What they say."""
    file = folder / "gannet.toml"
    file.write_text(text)
    checked = run("config", "check", file)
    served = run("serve", "--config", file)
    assert checked.returncode == 1 and served.returncode == 1, (checked.stdout, checked.stderr, served.stderr)
    *found, summary = checked.stderr.splitlines()
    assert " error" in summary
    assert served.stderr.replace("gannet: ", "", 1).splitlines() == found
    return checked.stderr


def whole(folder, more: str = "") -> str:
    return WHOLE.format(port=free_ports(1)[0], folder=folder) + more


def line_of(text: str, needle: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if needle in line)


def make_pair(folder, name: str) -> None:
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", f"/CN={name}", "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem"],
                   check=True, capture_output=True, timeout=60)


def test_certificates_that_cannot_be_used(tmp_path):
    (tmp_path / "none.pem").write_text("this is no PEM\n")
    for name in ("one", "two"):
        make_pair(tmp_path, name)
    text = whole(tmp_path, f"""
[certificate.none]
cert = "file://{tmp_path}/none.pem"
private-key = "file://{tmp_path}/one.key"
[certificate.mixed]
cert = "file://{tmp_path}/one.pem"
private-key = "file://{tmp_path}/two.key"
""")
    said = both_refuse(tmp_path, text)
    file = tmp_path / "gannet.toml"
    assert f"{file}:{line_of(text, 'none.pem')}: error: certificate.none.cert: no PEM certificate found" in said
    assert f"{file}:{line_of(text, 'two.key')}: error: certificate.mixed.private-key: does not belong to the certificate" in said
    assert not (tmp_path / "db").exists(), "nothing is opened before all is checked"


@pytest.mark.parametrize("protocol", ["pop3", "managesieve", "jmap"])
def test_protocols_of_later_versions(tmp_path, protocol):
    text = whole(tmp_path).replace('"smtp"', f'"{protocol}"')
    said = both_refuse(tmp_path, text)
    assert (f'gannet.toml:{line_of(text, "protocol")}: error: server.listener.smtp.protocol: "{protocol}" is not in this version of '
            "Gannet; allowed are: smtp, lmtp, imap, http, https") in said


def test_what_a_listener_cannot_offer(tmp_path):
    text = whole(tmp_path).replace('protocol =', 'tls.disable-ciphers = "TLS_NULL"\nprotocol =')
    assert (f"gannet.toml:{line_of(text, 'TLS_NULL')}: error: server.listener.smtp.tls.disable-ciphers: unknown cipher "
            '"TLS_NULL"') in both_refuse(tmp_path, text)


def test_a_memory_directory_with_two_of_a_name(tmp_path):
    text = whole(tmp_path).replace('type = "internal"', """type = "memory"
[[directory.here.principals]]
name = "bob"
email = "bob@demo.test"
[[directory.here.principals]]
class = "individual"
name = "Bob"
""")
    line = line_of(text, 'class = "individual"')
    assert f'gannet.toml:{line}: error: directory.here.principals.1: there are two principals "bob"' in both_refuse(tmp_path, text)


def test_other_directories_and_logins(tmp_path):
    text = whole(tmp_path, """
[directory.people]
type = "ldap"
url = "http://ldap.example.org"
base-dn = "dc=example"
[authentication.fallback-admin]
user = "root"
secret = "{NOPE}in clear"
""")
    said = both_refuse(tmp_path, text)
    assert f"gannet.toml:{line_of(text, 'in clear')}: error: authentication.fallback-admin.secret: " in said
    assert f"gannet.toml:{line_of(text, 'http://ldap')}: error: directory.people.url: " in said


def test_a_store_or_directory_that_is_disabled(tmp_path):
    text = whole(tmp_path, "disable = true\n")
    assert 'storage.directory: "here" cannot be used: directory.here.disable is true' in both_refuse(tmp_path, text)


def test_a_folder_is_no_settings_file(tmp_path):
    for done in (run("config", "check", tmp_path), run("config", "check", "--fragment", tmp_path), run("serve", "--config", tmp_path)):
        assert done.returncode == 1
        assert f"{tmp_path}: error: this is a folder: name the file with the settings" in done.stderr


def test_a_password_in_a_url_is_not_shown(tmp_path):
    text = whole(tmp_path, """
[store.cache]
type = "redis"
urls = ["redis://u:geheim@127.0.0.1:1"]
[directory.people]
type = "sql"
address = "mysql://u:geheim@127.0.0.1:1/mail"
""").replace('data = "main"', 'data = "main"\nlookup = "cache"')
    (tmp_path / "gannet.toml").write_text(text)
    shown = run("config", "show", "--config", tmp_path / "gannet.toml")
    assert 'store.cache.urls = ["redis://u:***@127.0.0.1:1"]' in shown.stdout
    assert 'directory.people.address = "mysql://u:***@127.0.0.1:1/mail"' in shown.stdout
    tried = run("config", "check", "--connect", tmp_path / "gannet.toml")
    assert tried.returncode == 1 and tried.stderr
    for said in (shown, tried):
        assert "geheim" not in said.stdout + said.stderr
