"""PostgreSQL as in postgresql.py, with a streaming replica: parameter `replica_port`."""
import time

from backend import free_port
from servers.postgresql import Server as Primary


class Server(Primary):
    def prepare(self) -> None:
        super().prepare()
        self.parameters["replica_port"] = free_port()

    def created(self) -> None:
        super().created()
        self.run(str(self.programs / "pg_basebackup"), "-D", str(self.folder / "replica"), "-R", "-X", "stream", "-c", "fast", "--no-sync",
                 "-h", "127.0.0.1", "-p", str(self.parameters["port"]), "-U", "postgres", env={"PGPASSWORD": "root-pw", "PATH": "/usr/sbin:/sbin:/usr/bin:/bin"})
        self.start_replica()

    def start_replica(self) -> None:
        self.launch([str(self.programs / "postgres"), "-D", str(self.folder / "replica"), "-p", str(self.parameters["replica_port"]),
                     "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={self.folder}"], "log.replica")
        self.wait_for(lambda: self.answers(int(self.parameters["replica_port"])))

    def stop_replica(self) -> None:
        primary, replica = self.processes[0], self.processes[1:]
        self.processes = replica
        self.kill()
        self.processes = [primary]

    def pause(self) -> None:
        """The replica receives, but replays nothing."""
        port = int(self.parameters["replica_port"])
        self.sql("select pg_wal_replay_pause()", port=port)
        self.wait_for(lambda: self.sql("select pg_get_wal_replay_pause_state()", port=port).strip() == "paused")

    def resume(self) -> None:
        self.sql("select pg_wal_replay_resume()", port=int(self.parameters["replica_port"]))

    def wait_for(self, condition) -> None:
        end = time.monotonic() + self.start_seconds
        while not condition():
            if time.monotonic() > end:
                raise RuntimeError("not in time")
            time.sleep(0.02)
