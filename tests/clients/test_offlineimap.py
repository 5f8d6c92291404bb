"""offlineimap3: downloads a mailbox into a Maildir, uploads what is new there.

By the TLS port: its IMAP library (imaplib2 3.05) may end its reader one line too early before STARTTLS when the
answers come within microseconds of each other, and then waits for ever.
"""
import os
import subprocess


def sync(gannet, folder) -> None:
    config = folder / "offlineimaprc"
    config.write_text(f"""
[general]
accounts = gannet
metadata = {folder}/meta
ui = basic
[Account gannet]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = {folder}/mail
[Repository far]
type = IMAP
remotehost = localhost
remoteport = {gannet.ports['imaps']}
remoteuser = alice@demo.test
remotepass = {gannet.passwords['alice@demo.test']}
ssl = yes
sslcacertfile = {folder}/server.pem
""")
    import ssl
    (folder / "server.pem").write_text(ssl.get_server_certificate(("127.0.0.1", gannet.ports["imaps"])))
    done = subprocess.run(["offlineimap", "-c", str(config), "-o", "-1"], capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL, env={**os.environ, "HOME": str(folder)})
    assert done.returncode == 0, done.stdout + done.stderr


def test_down_and_up(gannet, tmp_path):
    for i in range(3):
        gannet.send(f"Number {i}")
    sync(gannet, tmp_path)
    inbox = tmp_path / "mail" / "INBOX"
    assert len([*(inbox / "new").iterdir(), *(inbox / "cur").iterdir()]) == 3
    (inbox / "new" / "1700000000.local").write_bytes(b"Subject: uploaded\nMessage-ID: <up@example.org>\n\nText\n")
    sync(gannet, tmp_path)
    with gannet.imap(select="INBOX") as alice:
        assert alice.search(None, "SUBJECT", "uploaded")[1][0].split()
        assert alice.search(None, "ALL")[1] == [b"1 2 3 4"]
