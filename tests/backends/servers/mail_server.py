"""Dovecot and Postfix as one mail server of example.org: IMAP and LMTP by Dovecot, SMTP by Postfix, whose AUTH asks Dovecot.

Ports: `imap`, `imaps`, `lmtp`; `smtp` (no TLS), `smtp_starttls`, `smtps`, `smtp_login` (AUTH LOGIN alone). Accounts: alice@example.org
with the password `alice's pass word`, bob@example.org with `böb "\\ {3}`, carol (no domain) with `carol pass`. `log` is Postfix's
log, with a line `info: RCPT` for each; `ca` the certificate, which nobody else signed."""
import os
import pathlib
import pwd
import shutil

from backend import Server as Base, Skip, free_port, need

ACCOUNTS = {"alice@example.org": "alice's pass word", "bob@example.org": "böb \"\\ {3}", "carol": "carol pass"}


class Server(Base):
    def prepare(self) -> None:
        need("/usr/sbin/dovecot", package="dovecot-imapd")
        need("/usr/lib/dovecot/lmtp", package="dovecot-lmtpd")
        need("/usr/sbin/postfix", package="postfix")
        need("openssl", package="openssl")
        if os.geteuid() != 0:
            raise Skip("Dovecot and Postfix are started as root only")
        names = ("imap", "imaps", "lmtp", "smtp", "smtp_starttls", "smtps", "smtp_login")
        self.parameters = {name: free_port() for name in names}
        self.parameters.update(host="127.0.0.1", port=self.parameters["imap"], log=self.folder / "postfix.log",
                               ca=self.folder / "cert.pem")
        self.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2", "-subj",
                 "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
        self.write_dovecot()
        self.write_postfix()

    def write_dovecot(self) -> None:
        owner = pwd.getpwnam("mail")
        mail = self.folder / "mail"
        mail.mkdir()
        os.chown(mail, owner.pw_uid, owner.pw_gid)
        (self.folder / "passwd").write_text("".join(f"{name}:{{PLAIN}}{password}:{owner.pw_uid}:{owner.pw_gid}::{mail}/{name}::\n"
                                                    for name, password in ACCOUNTS.items()))
        p = self.parameters
        (self.folder / "dovecot.conf").write_text(f"""
protocols = imap lmtp
base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.folder}/dovecot.log
listen = 127.0.0.1
ssl = yes
ssl_cert = <{self.folder}/cert.pem
ssl_key = <{self.folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
auth_verbose = yes
mail_location = maildir:~/Maildir
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = 0
recipient_delimiter = +
service imap-login {{
  inet_listener imap {{
    port = {p["imap"]}
  }}
  inet_listener imaps {{
    port = {p["imaps"]}
    ssl = yes
  }}
  service_count = 0
}}
service lmtp {{
  inet_listener lmtp {{
    port = {p["lmtp"]}
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener {self.folder}/sasl {{
    mode = 0666
  }}
}}
passdb {{
  driver = passwd-file
  args = {self.folder}/passwd
}}
userdb {{
  driver = passwd-file
  args = {self.folder}/passwd
}}
namespace inbox {{
  inbox = yes
}}
""")

    def write_postfix(self) -> None:
        etc, queue, data = (self.folder / name for name in ("etc", "queue", "data"))
        for part in (etc, queue, data):
            part.mkdir()
        os.chown(data, pwd.getpwnam("postfix").pw_uid, 0)
        listed = "/usr/share/postfix/dynamicmaps.cf"
        shutil.copy(listed if os.path.exists(listed) else "/etc/postfix/dynamicmaps.cf", etc / "dynamicmaps.cf")
        lines = [line for line in pathlib.Path("/usr/share/postfix/master.cf.dist").read_text().splitlines()
                 if not line.startswith("smtp      inet")]
        p = self.parameters
        own = [f"127.0.0.1:{p['smtp']} inet n - n - - smtpd -o smtpd_tls_security_level=none",
               f"127.0.0.1:{p['smtp_starttls']} inet n - n - - smtpd -o smtpd_tls_security_level=may -o smtpd_tls_auth_only=yes",
               f"127.0.0.1:{p['smtps']} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes -o smtpd_tls_security_level=encrypt",
               f"127.0.0.1:{p['smtp_login']} inet n - n - - smtpd -o smtpd_sasl_mechanism_filter=login"]
        (etc / "master.cf").write_text("\n".join(own + lines).replace("unix  n       -       y", "unix  n       -       n")
                                       .replace("unix  -       -       y", "unix  -       -       n") + "\n")
        known = " ".join(f"{{ {name}=x }}" for name in ACCOUNTS if "@" in name)
        (etc / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
config_directory = {etc}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
myhostname = mx.example.org
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 192.0.2.0/24
maillog_file = {self.folder}/postfix.log
maillog_file_prefixes = {self.folder}
virtual_mailbox_domains = example.org
virtual_mailbox_maps = inline:{{ {known} }}
virtual_transport = lmtp:inet:127.0.0.1:{p["lmtp"]}
recipient_delimiter = +
smtpd_recipient_restrictions = check_recipient_access static:INFO, reject_unauth_destination
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_peername_lookup = no
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 10000
smtpd_hard_error_limit = 10000
default_process_limit = 300
smtpd_tls_cert_file = {self.folder}/cert.pem
smtpd_tls_key_file = {self.folder}/key.pem
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {self.folder}/sasl
smtpd_sasl_security_options = noanonymous
""")

    def commands(self) -> list[list[str]]:
        return [["/usr/sbin/dovecot", "-F", "-c", str(self.folder / "dovecot.conf")],
                ["/usr/sbin/postfix", "-c", str(self.folder / "etc"), "start-fg"]]

    def ready(self) -> bool:
        return (self.folder / "sasl").exists() and all(self.connects(int(self.parameters[name]))
                                                      for name in ("imap", "imaps", "lmtp", "smtp", "smtps"))

    def kill(self) -> None:
        super().kill()
        # What a killed master leaves behind would keep the next one from starting.
        for left in ("run/master.pid", "sasl"):
            (self.folder / left).unlink(missing_ok=True)

    def clear_log(self) -> None:
        (self.folder / "postfix.log").write_text("")
