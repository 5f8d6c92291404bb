"""OpenLDAP with the suffix dc=example,dc=org, which only `cn=admin` and `cn=reader` may search."""
import subprocess

from backend import Server as Base, free_port, need

# What the usual schemas lack: a quota, a lock, lists that accounts are on, and RFC 3112's passwords.
SCHEMA = """
attributetype ( 1.3.6.1.4.1.99999.1.1 NAME 'mailQuota' EQUALITY integerMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.99999.1.2 NAME 'nsAccountLock' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.99999.1.3 NAME 'mailList' EQUALITY caseIgnoreIA5Match
  SUBSTR caseIgnoreIA5SubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.26 )
attributetype ( 1.3.6.1.4.1.99999.1.4 NAME 'authPassword' EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 )
objectclass ( 1.3.6.1.4.1.99999.2.1 NAME 'mailPerson' SUP top AUXILIARY
  MAY ( mail $ mailLocalAddress $ mailQuota $ nsAccountLock $ mailList $ authPassword ) )
"""

# As much of Active Directory's as a mail server reads.
ACTIVE_DIRECTORY = "\n".join(f"""
attributetype ( 1.3.6.1.4.1.99999.3.{number} NAME '{name}' EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )""" for number, name in enumerate(
    ("sAMAccountName", "userPrincipalName", "userAccountControl", "proxyAddresses"), 1)) + """
objectclass ( 1.3.6.1.4.1.99999.4.1 NAME 'user' SUP inetOrgPerson STRUCTURAL
  MAY ( sAMAccountName $ userPrincipalName $ userAccountControl $ proxyAddresses ) )
objectclass ( 1.3.6.1.4.1.99999.4.2 NAME 'group' SUP groupOfNames STRUCTURAL MAY ( sAMAccountName $ mail $ proxyAddresses ) )
objectclass ( 1.3.6.1.4.1.99999.4.3 NAME 'computer' SUP user STRUCTURAL )
"""


class Server(Base):
    def prepare(self) -> None:
        need("slapd", "ldapadd", package="slapd ldap-utils")
        port, tls_port = free_port(), free_port()
        self.parameters = {
            "host": "127.0.0.1", "port": port, "url": f"ldap://127.0.0.1:{port}", "tls_url": f"ldaps://127.0.0.1:{tls_port}",
            "base": "dc=example,dc=org", "admin": "cn=admin,dc=example,dc=org", "admin_secret": "admin-pw",
            "reader": "cn=reader,dc=example,dc=org", "reader_secret": "reader-pw", "ca": self.folder / "ca.pem"}
        (self.folder / "data").mkdir()
        self.certify()
        (self.folder / "slapd.conf").write_text("\n".join(
            [f"include /etc/ldap/schema/{name}.schema" for name in ("core", "cosine", "nis", "inetorgperson", "misc")]
            + [SCHEMA, ACTIVE_DIRECTORY, "modulepath /usr/lib/ldap", "moduleload back_mdb", "moduleload memberof", "moduleload back_monitor",
               f"pidfile {self.folder}/pid", "allow bind_v2",
               f"TLSCACertificateFile {self.folder}/ca.pem", f"TLSCertificateFile {self.folder}/server.pem",
               f"TLSCertificateKeyFile {self.folder}/server.key",
               "database monitor", f"access to * by dn.exact={self.parameters['admin']} read by * none",
               "database mdb", f"suffix {self.parameters['base']}", f"rootdn {self.parameters['admin']}",
               f"rootpw {self.parameters['admin_secret']}", f"directory {self.folder}/data", "maxsize 67108864",
               "index objectClass,uid,cn,mail eq", "overlay memberof",
               f"access to attrs=userPassword,authPassword by dn.exact={self.parameters['reader']} read by anonymous auth by self read by * none",
               f"access to dn.base={self.parameters['base']} by * read",
               f"access to * by dn.exact={self.parameters['reader']} read by self read by * none", ""]))

    def certify(self) -> None:
        """A certificate for 127.0.0.1 and localhost, by an authority of its own."""
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        self.run("openssl", "req", "-x509", *key, "-subj", "/CN=Test authority", "-keyout", "ca.key", "-out", "ca.pem",
                 "-addext", "basicConstraints=critical,CA:TRUE")
        self.run("openssl", "req", "-x509", *key, "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.pem",
                 "-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
                 "-addext", "basicConstraints=critical,CA:FALSE")

    def commands(self) -> list[list[str]]:
        urls = f"{self.parameters['url']}/ {self.parameters['tls_url']}/"
        return [["/usr/sbin/slapd", "-d", "0", "-h", urls, "-f", str(self.folder / "slapd.conf")]]

    def add(self, ldif: str) -> None:
        subprocess.run(["ldapadd", "-x", "-H", self.parameters["url"], "-D", self.parameters["admin"],
                        "-w", self.parameters["admin_secret"]], input=ldif, check=True, capture_output=True, text=True, timeout=60)

    def created(self) -> None:
        self.add(f"""dn: dc=example,dc=org
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: ou=people,dc=example,dc=org
objectClass: organizationalUnit
ou: people

dn: ou=groups,dc=example,dc=org
objectClass: organizationalUnit
ou: groups

dn: cn=reader,dc=example,dc=org
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: {self.parameters['reader_secret']}
""")
