"""neomutt in a terminal: opens the mailbox, saves a message, flags another."""
import contextlib
import os
import pty
import select
import subprocess
import time


def run_neomutt(folder, url: str, password: str, keys: str, seconds: float = 40) -> str:
    """Types `keys` into neomutt at `url`; what it showed. Ends when neomutt does."""
    rc = folder / "muttrc"
    rc.write_text(f"""
set folder="{folder}"
set imap_pass="{password}"
set ssl_force_tls=yes
set ssl_verify_host=no
set certificate_file="{folder}/server.pem"
set confirmappend=no
set confirmcreate=no
set quit=yes
set delete=yes
set move=no
set mail_check=1
set wait_key=no
unset help
""")
    master, slave = pty.openpty()
    env = {**os.environ, "HOME": str(folder), "TERM": "xterm", "LINES": "40", "COLUMNS": "120"}
    process = subprocess.Popen(["neomutt", "-n", "-F", str(rc), "-f", url, "-e", f"push '{keys}'"], stdin=slave, stdout=slave,
                               stderr=slave, env=env, close_fds=True, start_new_session=True)
    os.close(slave)
    shown, end = b"", time.monotonic() + seconds
    try:
        while process.poll() is None and time.monotonic() < end:
            if select.select([master], [], [], 0.2)[0]:
                try:
                    shown += os.read(master, 65536)
                except OSError:
                    break
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(master)
    text = shown.decode(errors="replace")
    assert process.returncode == 0, text[-3000:]
    return text


def test_read_save_and_flag(gannet, tmp_path):
    import ssl
    (tmp_path / "server.pem").write_text(ssl.get_server_certificate(("127.0.0.1", gannet.ports["imaps"])))
    for i in range(3):
        gannet.send(f"Number {i}")
    saved = tmp_path / "saved"
    keys = f"<first-entry><copy-message><kill-line>{saved}<enter><next-entry><flag-message><last-entry><delete-message><sync-mailbox><quit>"
    run_neomutt(tmp_path, f"imaps://alice%40demo.test@127.0.0.1:{gannet.ports['imaps']}/INBOX",
                gannet.passwords["alice@demo.test"], keys)
    assert "Subject: Number 0" in saved.read_text()
    with gannet.imap(select="INBOX") as alice:
        assert alice.search(None, "ALL")[1] == [b"1 2"]
        assert alice.search(None, "FLAGGED", "SUBJECT", '"Number 1"')[1] == [b"2"]
