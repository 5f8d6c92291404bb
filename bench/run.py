#!/usr/bin/env python3
"""Gannet beside Debian's Postfix and Dovecot, in one run on one machine, durable writes on both sides.

Each measurement is taken on both, one right after the other, and printed with their ratio: above 1 Gannet is better.
The other programs that find themselves in the build's bin/ and end in _bench (Google Benchmark) run first.

usage: bench/run.py --build build/bench [--quick] [--only micro,smtp,append,fetch,memory,stores] [--json FILE]
"""
import argparse
import json
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests" / "support")]

import gannet as support  # noqa: E402
import peers  # noqa: E402
import stores  # noqa: E402

LOGIN, PASSWORD = "alice@demo.test", "secret"
rows: list[dict] = []


def note(name: str, unit: str, ours: float | None, theirs: float | None, aim: float | None, lower_is_better: bool) -> None:
    ratio = None
    if ours and theirs:
        ratio = theirs / ours if lower_is_better else ours / theirs
    rows.append({"name": name, "unit": unit, "gannet": ours, "peer": theirs, "ratio": ratio, "aim": aim})
    shown = [f"{v:12.4g}" if v is not None else f"{'-':>12}" for v in (ours, theirs)]
    verdict = "" if ratio is None or aim is None else ("  met" if ratio >= aim else "  MISSED")
    print(f"{name:44} {unit:8} {shown[0]} {shown[1]} {ratio or 0:8.2f} {aim or 0:6.1f}{verdict}", flush=True)


class Bench:
    def __init__(self, build: pathlib.Path, folder: pathlib.Path, quick: bool):
        self.build, self.folder, self.quick = build, folder, quick
        self.load = str(build / "bin" / "imap_load")
        self.rounds = 0

    def gannet(self) -> "support.Gannet":
        self.rounds += 1
        settings = {"imap.auth.allow-plain-text": "true", "server.max-connections": "20000",
                    "imap.rate-limit.requests": "100000000/1m", "tracer.console.level": "warn"}
        return support.Gannet(self.folder / f"gannet{self.rounds}", settings)

    def peers(self, postfix: bool = False):
        self.rounds += 1
        ports = support.free_ports(3)
        dovecot = peers.Dovecot(self.folder / f"dovecot{self.rounds}", ports[0], ports[1])
        mta = peers.Postfix(self.folder / f"postfix{self.rounds}", ports[2], dovecot.mail / "Maildir") if postfix else None
        return dovecot, mta

    def imap(self, mode: str, port: int, password: str, *rest: str) -> dict:
        done = subprocess.run([self.load, mode, "127.0.0.1", str(port), LOGIN, password, *map(str, rest)], text=True,
                              capture_output=True, timeout=600)
        if done.returncode != 0:
            raise RuntimeError(f"imap_load {mode}: {done.stderr}")
        return json.loads(done.stdout)

    # --- SMTP: until the last message can be read by IMAP

    def smtp_rate(self, smtp_port: int, imap_port: int, password: str, sessions: int, messages: int, size: int,
                  before: int) -> float:
        started = time.monotonic()
        # Its end is waited for without a time-out of Python's, which would look for it every 50 ms only.
        subprocess.run(["timeout", "600", "/usr/sbin/smtp-source", "-s", str(sessions), "-m", str(messages), "-l",
                        str(size), "-f", "sender@example.org", "-t", LOGIN, f"127.0.0.1:{smtp_port}"], check=True)
        self.imap("wait", imap_port, password, before + messages, 300)
        return messages / (time.monotonic() - started)

    def smtp(self) -> None:
        dovecot, postfix = self.peers(postfix=True)
        with self.gannet() as ours:
            dovecot.start()
            postfix.start()
            try:
                had = [0, 0]
                aims = {1: 3.0, 16: 8.0}
                for size in (4096, 51200):
                    for sessions in (1, 16, 64):
                        count = (400 if sessions == 1 else 2000) // (4 if self.quick else 1) // (2 if size > 9999 else 1)
                        theirs = self.smtp_rate(postfix.port, dovecot.port, PASSWORD, sessions, count, size, had[1])
                        mine = self.smtp_rate(ours.ports["smtp"], ours.ports["imap"], ours.passwords[LOGIN], sessions,
                                              count, size, had[0])
                        had = [had[0] + count, had[1] + count]
                        note(f"SMTP accept {size // 1024} KB, {sessions} sessions", "msg/s", mine, theirs,
                             aims.get(sessions), False)
            finally:
                postfix.stop()
                dovecot.stop()

    # --- IMAP

    def append(self) -> None:
        dovecot, _ = self.peers()
        with self.gannet() as ours:
            dovecot.start()
            try:
                for connections, aim in ((1, 3.0), (16, 4.0)):
                    count = (500 if connections == 1 else 3000) // (4 if self.quick else 1)
                    theirs = self.imap("append", dovecot.port, PASSWORD, connections, count, 4096)["rate"]
                    mine = self.imap("append", ours.ports["imap"], ours.passwords[LOGIN], connections, count, 4096)["rate"]
                    note(f"APPEND 4 KB, {connections} connections", "msg/s", mine, theirs, aim, False)
            finally:
                dovecot.stop()

    def fetch(self) -> None:
        messages = 10000
        commands = [
            ("SELECT", 1.0, ["SELECT INBOX"]),
            ("FETCH FLAGS", 1.0, ["FETCH 1:* (FLAGS)"]),
            ("FETCH ENVELOPE", 3.0, ["FETCH 1:* (ENVELOPE)"]),
            ("FETCH BODYSTRUCTURE", 1.0, ["FETCH 1:* (BODYSTRUCTURE)"]),
            ("FETCH FLAGS UID INTERNALDATE SIZE", 1.0, ["FETCH 1:* (FLAGS UID INTERNALDATE RFC822.SIZE)"]),
            ("FETCH header fields", 1.0, ["FETCH 1:* (BODY.PEEK[HEADER.FIELDS (FROM SUBJECT DATE)])"]),
            ("FETCH bodies", 1.0, ["FETCH 1:* (BODY.PEEK[])"]),
            ("STORE +FLAGS, -FLAGS all", None, ["STORE 1:* +FLAGS.SILENT (\\Flagged)", "STORE 1:* -FLAGS.SILENT (\\Flagged)"]),
        ]
        dovecot, _ = self.peers()
        with self.gannet() as ours:
            dovecot.start()
            try:
                for port, password in ((dovecot.port, PASSWORD), (ours.ports["imap"], ours.passwords[LOGIN])):
                    self.imap("append", port, password, 8, messages, 4096)
                for name, aim, lines in commands:
                    theirs = self.imap("command", dovecot.port, PASSWORD, "INBOX", 7, *lines)["seconds"]
                    mine = self.imap("command", ours.ports["imap"], ours.passwords[LOGIN], "INBOX", 7, *lines)["seconds"]
                    note(f"{name}, mailbox of {messages}", "s", mine, theirs, aim, True)
            finally:
                dovecot.stop()

    # --- memory of an idle TLS session

    def idle_memory(self, port: int, password: str, pids, count: int) -> float:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE

        def open_idle() -> ssl.SSLSocket:
            peer = context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=60))
            peer.recv(4096)
            peer.sendall(f'a LOGIN "{LOGIN}" "{password}"\r\nb SELECT INBOX\r\nc IDLE\r\n'.encode())
            text = b""
            while b"\r\n+ " not in text:
                data = peer.recv(65536)
                if not data:
                    raise RuntimeError(f"the session ended: {text!r}")
                text += data
            return peer

        warm = [open_idle() for _ in range(20)]
        time.sleep(1)
        before = peers.memory_of(pids())
        held = [open_idle() for _ in range(count)]
        time.sleep(2)
        after = peers.memory_of(pids())
        for peer in warm + held:
            peer.close()
        return (after - before) / count / 1024

    def memory(self) -> None:
        count = 200 if self.quick else 1000
        dovecot, _ = self.peers()
        with self.gannet() as ours:
            dovecot.start()
            try:
                theirs = self.idle_memory(dovecot.tls_port, PASSWORD, dovecot.pids, count // 4)
                mine = self.idle_memory(ours.ports["imaps"], ours.passwords[LOGIN], lambda: [ours.process.pid], count)
                note("memory of an idle TLS session", "KB", mine, theirs, None, True)
                print(f"  aim: at most 25 KB, {'met' if mine <= 25 else 'MISSED'}")
            finally:
                dovecot.stop()

    def stores(self) -> None:
        def note_alone(name: str, unit: str, value: float, at_most: float | None = None) -> None:
            rows.append({"name": name, "unit": unit, "gannet": value, "at-most": at_most})
            verdict = "" if at_most is None else f"{'':9} <={at_most:4.1f}{'  met' if value <= at_most else '  MISSED'}"
            print(f"{name:44} {unit:8} {value:12.4g} {verdict}", flush=True)

        stores.run(self, note_alone)

    def micro(self) -> None:
        for program in sorted((self.build / "bin").glob("*_bench")):
            print(f"--- {program.name}", flush=True)
            own = program.name.startswith(("net_", "imap_"))  # print by themselves; the others are Google Benchmark's
            subprocess.run([program] if own else [program, "--benchmark_min_time=0.2"], timeout=900)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--quick", action="store_true", help="a quarter of the messages")
    parser.add_argument("--only", default="micro,smtp,append,fetch,memory,stores")
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    support.BIN = str(options.build.resolve() / "bin" / "gannet")
    if reason := peers.missing():
        print(f"SKIPPED: {reason}")
        return 0
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gannet-bench-", dir="/var/tmp"))  # on disk: syncs must count
    folder.chmod(0o755)
    bench = Bench(options.build.resolve(), folder, options.quick)
    print(f"{'':44} {'unit':8} {'Gannet':>12} {'peer':>12} {'ratio':>8} {'aim':>6}")
    try:
        for part in options.only.split(","):
            getattr(bench, part)()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
