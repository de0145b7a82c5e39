"""A proxy before an S3 server that answers some requests with 503 SlowDown instead of passing them on."""

import http.client
import http.server
import ssl
import threading
import urllib.parse


class Proxy:
    """Passes requests to `endpoint`; the first `faults` writes whose path has `part` in it get 503."""

    def __init__(self, endpoint, authority, part, faults):
        target = urllib.parse.urlsplit(endpoint).netloc
        trust = ssl.create_default_context(cafile=authority)
        lock = threading.Lock()
        self.fired = 0

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(handler):
                body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
                with lock:
                    fails = handler.command == "PUT" and part in urllib.parse.unquote(handler.path) and self.fired < faults
                    self.fired += fails
                if fails:
                    handler.answer(503, [("Content-Type", "application/xml")], b"<Error><Code>SlowDown</Code></Error>")
                    return
                connection = http.client.HTTPSConnection(target, timeout=60, context=trust)
                connection.request(handler.command, handler.path, body, dict(handler.headers))
                answer = connection.getresponse()
                handler.answer(answer.status, answer.getheaders(), answer.read())
                connection.close()

            def answer(handler, status, headers, body):
                handler.send_response_only(status)
                length = None
                for name, value in headers:
                    if name.lower() == "content-length":
                        length = value
                    elif name.lower() not in ("transfer-encoding", "connection"):
                        handler.send_header(name, value)
                # The answer to HEAD tells the length of a body that it does not have.
                handler.send_header("Content-Length", length if handler.command == "HEAD" and length else str(len(body)))
                handler.end_headers()
                handler.wfile.write(body)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = pass_on

            def log_message(handler, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
