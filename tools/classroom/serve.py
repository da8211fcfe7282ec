"""Serves this folder to the browser on this computer:  python3 serve.py [--port 8000] [--host 127.0.0.1]

Needs Python 3.8 or newer and nothing else.
"""

import argparse
import functools
import http.server
import os

FOLDER = os.path.dirname(os.path.abspath(__file__))
# Ports that are tried one after the other.
TRIES = 20


class Handler(http.server.SimpleHTTPRequestHandler):
    # Some systems have other types in their registry, and browsers refuse scripts without theirs.
    extensions_map = {
        "": "application/octet-stream",
        ".html": "text/html; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".json": "application/json",
        ".svg": "image/svg+xml",
        ".png": "image/png",
        ".webmanifest": "application/manifest+json",
    }

    def end_headers(self):
        # With these, threads may share memory, so that the page computes faster on the CPU.
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, *_):
        pass


def open_server(host, port):
    for candidate in range(port, port + TRIES):
        try:
            handler = functools.partial(Handler, directory=FOLDER)
            return http.server.ThreadingHTTPServer((host, candidate), handler)
        except OSError as error:
            problem = error
    raise SystemExit(f"The page could not be served: {problem}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--host", default="127.0.0.1")
    options = parser.parse_args()
    server = open_server(options.host, options.port)
    print(f"Losslight is at http://{options.host}:{server.server_address[1]}/   (Ctrl+C ends it)", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
