"""Debian's Postfix and Dovecot, started from a folder of their own on loopback, as Gannet's peers in the benchmark.

Postfix accepts by SMTP and delivers into a Maildir by its virtual(8) agent; Dovecot shows that Maildir by IMAP. Both
write durably: Postfix syncs its queue files and the Maildir, Dovecot has mail_fsync = always.
"""
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import time


def wait_for_port(port: int, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}")


def missing() -> str:
    """Why the peers cannot be run here; empty when they can."""
    if os.geteuid() != 0:
        return "Postfix and Dovecot are started as root only"
    for program in ("/usr/sbin/postfix", "/usr/sbin/smtp-source", "/usr/sbin/dovecot"):
        if not os.access(program, os.X_OK):
            return f"{program} is not installed"
    return ""


class Dovecot:
    """IMAP over a Maildir; login alice@demo.test, password secret."""

    def __init__(self, folder: pathlib.Path, port: int, tls_port: int):
        self.folder, self.port, self.tls_port = folder, port, tls_port
        self.mail = folder / "mail"
        folder.mkdir(parents=True)
        self.mail.mkdir()
        owner = pwd.getpwnam("mail")
        os.chown(self.mail, owner.pw_uid, owner.pw_gid)
        key, certificate = folder / "key.pem", folder / "cert.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "30", "-subj", "/CN=localhost", "-keyout", key, "-out", certificate],
                       check=True, capture_output=True)
        (folder / "passwd").write_text(
            f"alice@demo.test:{{PLAIN}}secret:{owner.pw_uid}:{owner.pw_gid}::{self.mail}::\n")
        os.chmod(folder / "passwd", 0o644)
        (folder / "dovecot.conf").write_text(f"""
protocols = imap
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
mail_location = maildir:{self.mail}/Maildir
mail_fsync = always
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = 0
default_client_limit = 20000
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
  service_count = 0
  client_limit = 10000
  process_min_avail = 2
}}
service imap {{
  process_limit = 12000
  client_limit = 1
}}
passdb {{
  driver = passwd-file
  args = {folder}/passwd
}}
userdb {{
  driver = passwd-file
  args = {folder}/passwd
}}
namespace inbox {{
  inbox = yes
}}
""")

    def start(self) -> "Dovecot":
        subprocess.run(["/usr/sbin/dovecot", "-c", self.folder / "dovecot.conf"], check=True, stdin=subprocess.DEVNULL)
        wait_for_port(self.port)
        return self

    def pids(self) -> list[int]:
        master = int((self.folder / "run" / "master.pid").read_text())
        return [master, *children_of(master)]

    def stop(self) -> None:
        pid_file = self.folder / "run" / "master.pid"
        if pid_file.exists():
            stop_pid(int(pid_file.read_text()))


class Postfix:
    """SMTP into Dovecot's Maildir."""

    def __init__(self, folder: pathlib.Path, port: int, maildir: pathlib.Path):
        self.folder, self.port = folder, port
        folder.mkdir(parents=True)
        owner = pwd.getpwnam("mail")
        etc, queue, data = folder / "etc", folder / "queue", folder / "data"
        for part in (etc, queue, data):
            part.mkdir()
        os.chown(data, pwd.getpwnam("postfix").pw_uid, 0)
        shutil.copy("/usr/share/postfix/dynamicmaps.cf" if os.path.exists("/usr/share/postfix/dynamicmaps.cf")
                    else "/etc/postfix/dynamicmaps.cf", etc / "dynamicmaps.cf")
        shutil.copy("/usr/share/postfix/master.cf.dist", etc / "master.cf")
        master = (etc / "master.cf").read_text()
        master = "\n".join(line for line in master.splitlines() if not line.startswith("smtp      inet"))
        (etc / "master.cf").write_text(f"127.0.0.1:{port} inet n - n - - smtpd\n"
                                       + master.replace("unix  n       -       y", "unix  n       -       n")
                                       .replace("unix  -       -       y", "unix  -       -       n") + "\n")
        (etc / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
config_directory = {etc}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
myhostname = mx.demo.test
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 192.0.2.0/24
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
virtual_mailbox_domains = demo.test
virtual_mailbox_base = {maildir.parent}
virtual_mailbox_maps = inline:{{ alice@demo.test={maildir.name}/ }}
virtual_uid_maps = static:{owner.pw_uid}
virtual_gid_maps = static:{owner.pw_gid}
virtual_minimum_uid = 1
virtual_mailbox_limit = 0
mailbox_size_limit = 0
message_size_limit = 104857600
smtpd_recipient_restrictions = reject_unauth_destination
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_peername_lookup = no
smtputf8_enable = no
""")

    def start(self) -> "Postfix":
        subprocess.run(["/usr/sbin/postfix", "-c", self.folder / "etc", "start"], check=True, capture_output=True,
                       stdin=subprocess.DEVNULL)
        wait_for_port(self.port)
        return self

    def stop(self) -> None:
        subprocess.run(["/usr/sbin/postfix", "-c", self.folder / "etc", "stop"], capture_output=True,
                       stdin=subprocess.DEVNULL)


def children_of(pid: int) -> list[int]:
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            child = int(stat.parent.name)
            found += [child, *children_of(child)]
    return found


def memory_of(pids: list[int]) -> int:
    """Proportional set size in bytes: shared pages are counted once between those that share them."""
    total = 0
    for pid in pids:
        try:
            for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        except OSError:
            continue
    return total


def stop_pid(pid: int, seconds: float = 15) -> None:
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
