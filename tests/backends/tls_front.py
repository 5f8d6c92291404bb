#!/usr/bin/env python3
"""A front before a real server that speaks TLS with clients, and passes on what they say as it is."""
import argparse
import contextlib
import select
import socket
import socketserver
import ssl


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("--port", "--target"):
        parser.add_argument(name, type=int, required=True)
    for name in ("--cert", "--key"):
        parser.add_argument(name, required=True)
    options = parser.parse_args()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.cert, options.key)

    def pass_on(client: ssl.SSLSocket, server: socket.socket) -> None:
        while True:
            # What was decrypted already is in no socket any more.
            for source in [client] if client.pending() else select.select([client, server], [], [])[0]:
                data = source.recv(65536)
                if not data:
                    return
                (server if source is client else client).sendall(data)

    class Front(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            # A client that refuses the certificate, or is gone, is nothing to tell of.
            with contextlib.suppress(OSError), context.wrap_socket(self.request, server_side=True) as client, \
                    socket.create_connection(("127.0.0.1", options.target)) as server:
                pass_on(client, server)

    class Listener(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True
        request_queue_size = 64

    with Listener(("127.0.0.1", options.port), Front) as listener:
        listener.serve_forever()


if __name__ == "__main__":
    main()
