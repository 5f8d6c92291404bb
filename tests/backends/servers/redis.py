"""Redis. Command `flush`: everything gone."""
from backend import Server as Base, free_port, need


class Server(Base):
    def prepare(self) -> None:
        need("redis-server", "redis-cli", package="redis-server")
        self.parameters = {"host": "127.0.0.1", "port": free_port()}

    def commands(self) -> list[list[str]]:
        return [["redis-server", "--bind", "127.0.0.1", "--port", str(self.parameters["port"]), "--dir", str(self.folder),
                 "--save", "", "--appendonly", "yes", "--appendfsync", "always"]]

    def flush(self) -> None:
        self.run("redis-cli", "-p", str(self.parameters["port"]), "flushall")
