"""mbsync (isync): a Maildir and the server become the same, both ways."""
import subprocess


def write_config(gannet, folder) -> str:
    config = folder / "mbsyncrc"
    config.write_text(f"""
IMAPAccount gannet
Host 127.0.0.1
Port {gannet.ports['imaps']}
User alice@demo.test
Pass {gannet.passwords['alice@demo.test']}
SSLType IMAPS
CertificateFile {folder}/server.pem

IMAPStore far
Account gannet

MaildirStore near
Path {folder}/mail/
Inbox {folder}/mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Remove Both
Expunge Both
SyncState *
""")
    return str(config)


def certificate(gannet, folder) -> None:
    import ssl
    (folder / "server.pem").write_text(ssl.get_server_certificate(("127.0.0.1", gannet.ports["imaps"])))


def sync(config: str) -> None:
    done = subprocess.run(["mbsync", "-c", config, "-a"], capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr


def test_both_ways(gannet, tmp_path):
    (tmp_path / "mail").mkdir()
    certificate(gannet, tmp_path)
    config = write_config(gannet, tmp_path)
    for i in range(5):
        gannet.send(f"Number {i}")
    sync(config)
    inbox = tmp_path / "mail" / "INBOX"
    files = [*(inbox / "new").iterdir(), *(inbox / "cur").iterdir()]
    assert len(files) == 5

    # A flag and a new message from here, a deletion from there.
    with gannet.imap(select="INBOX") as alice:
        alice.store("1", "+FLAGS", r"(\Deleted)")
        alice.expunge()
    seen = next(f for f in files if b"Number 3" in f.read_bytes())
    seen.rename(inbox / "cur" / (seen.name.split(":")[0] + ":2,FS"))
    (tmp_path / "mail" / "Local" / "cur").mkdir(parents=True)
    (tmp_path / "mail" / "Local" / "new").mkdir()
    (tmp_path / "mail" / "Local" / "tmp").mkdir()
    (tmp_path / "mail" / "Local" / "cur" / "1.host:2,").write_bytes(b"Subject: from here\n\nText\n")
    sync(config)
    sync(config)
    assert len([*(inbox / "new").iterdir(), *(inbox / "cur").iterdir()]) == 4
    with gannet.imap(select="INBOX") as alice:
        assert len(alice.search(None, "FLAGGED", "SEEN")[1][0].split()) == 1
        assert alice.select("Local")[1] == [b"1"]
        assert alice.search(None, "SUBJECT", '"from here"')[1] == [b"1"]
