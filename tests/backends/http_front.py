#!/usr/bin/env python3
"""A front before a real server: forwards requests that carry the right user and password or API key, refuses others with 401."""
import argparse
import base64
import http.client
import http.server
import ssl


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--target", type=int, required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--api-key", required=True)
    parser.add_argument("--cert")
    parser.add_argument("--key")
    options = parser.parse_args()
    allowed = {"Basic " + base64.b64encode(options.user.encode()).decode(), "ApiKey " + base64.b64encode(options.api_key.encode()).decode()}

    class Front(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, kind, answer = 401, "application/json", b'{"error":{"type":"security_exception","reason":"who is it?"},"status":401}'
            if self.headers.get("Authorization") in allowed:
                server = http.client.HTTPConnection("127.0.0.1", options.target, timeout=60)
                server.request(self.command, self.path, body, {"Content-Type": self.headers.get("Content-Type", "application/json")})
                response = server.getresponse()
                status, kind, answer = response.status, response.getheader("Content-Type", kind), response.read()
                server.close()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = forward

        def log_message(self, *_) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", options.port), Front)
    if options.cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.cert, options.key)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.serve_forever()


if __name__ == "__main__":
    main()
