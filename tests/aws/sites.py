"""Servers that are not ours, on 127.0.0.1: the sites of CMS in their shapes, and a partner's server; on good and on bad days."""

import hashlib
import http.server
import json
import ssl
import threading

UUID = "2457ea29-fc82-48b0-86ec-3b0755de7515"
DAC = "NPI,Ind_PAC_ID,Ind_enrl_ID,Provider Last Name,Provider First Name,State,ZIP Code,adrs_id\n"
# Its files: what the list calls them, how their names begin, their headers.
PPEF = [
    ("Medicare Fee-For-Service Public Provider Enrollment", "PPEF_Enrollment_Extract", "NPI,ENRLMT_ID,PROVIDER_TYPE_CD,STATE_CD\n"),
    ("Reassignment Sub-File", "PPEF_Reassignment_Extract", "REASGN_BNFT_ENRLMT_ID,RCV_BNFT_ENRLMT_ID\n"),
]
# More than one part of an upload to S3, which has 8 MiB.
LARGE_ROWS, SMALL_ROWS = 300_000, 2_000


def table(header, rows, month):
    """Returns a file that is another every month."""
    row = ",".join(["I{month}{number:07}"] + ["some text"] * header.count(","))
    return (header + "".join(row.format(month=month, number=number) + "\n" for number in range(rows))).encode()


class Site:
    """A server: `files` are its paths, `faults` say which of the next answers are wrong, `log` is what was asked."""

    def __init__(self, tls=None, token=None):
        self.files, self.faults, self.log = {}, [], []
        lock = threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(handler):
                path = handler.path.split("?")[0]
                with lock:
                    due = next((fault for fault in self.faults if fault[0] in path and fault[2] > 0), None)
                    if due:
                        due[2] -= 1
                    asked = handler.headers.get("Range")
                    self.log.append((handler.command, path, asked))
                if token and handler.headers.get("Authorization") != f"Bearer {token}":
                    return handler.answer(401, b"who are you?")
                handler.file(self.files.get(path), asked, due and due[1])

            do_HEAD = do_GET

            def file(handler, body, asked, fault):
                if fault == "503":
                    return handler.answer(503, b"busy", {"Retry-After": "1"})
                if fault == "html":
                    return handler.answer(200, b"<!DOCTYPE html><html><body>Scheduled maintenance</body></html>")
                if body is None:
                    return handler.answer(404, b"not found")
                if fault == "half":
                    body = body[: len(body) // 2]
                tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
                if handler.headers.get("If-None-Match") == tag:
                    return handler.answer(304, b"", {"ETag": tag})
                status, headers = 200, {"ETag": tag}
                if asked and handler.headers.get("If-Range", tag) == tag:
                    begin = int(asked.removeprefix("bytes=").split("-")[0])
                    status, headers = 206, {"ETag": tag, "Content-Range": f"bytes {begin}-{len(body) - 1}/{len(body)}"}
                    body = body[begin:]
                handler.answer(status, body, headers, len(body) // 2 if fault == "cut" else None)

            def answer(handler, status, body, headers=(), cut_at=None):
                handler.send_response_only(status)
                for name, value in {**dict(headers), "Content-Length": len(body), "Connection": "close"}.items():
                    handler.send_header(name, str(value))
                handler.end_headers()
                if handler.command != "HEAD":
                    handler.wfile.write(body[:cut_at])
                handler.close_connection = True

            def log_message(handler, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls / "leaf.pem", tls / "leaf.key")
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.base = f"{'https' if tls else 'http'}://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def fail(self, part, kind, times=99):
        """Has the next answers fail whose path has `part` in it: cut, 503, html or half."""
        self.faults.append([part, kind, times])

    def downloads(self, part):
        """Takes the ranges of what was asked of paths with `part` in them."""
        found = [asked for method, path, asked in self.log if part in path and method == "GET"]
        self.log.clear()
        return found


class Cms(Site):
    """The sites of CMS, with the releases of a month."""

    def release(self, month):
        """Makes the release of a month the current one; returns the files by the names that they get."""
        day = f"{month}-01".replace("-", ".")
        dac = f"/provider-data/sites/default/files/resources/{month}/DAC_NationalDownloadableFile.csv"
        made = {f"DAC_NationalDownloadableFile_{month.replace('-', '.')}.18.csv": (dac, table(DAC, LARGE_ROWS, month))}
        for _, stem, header in PPEF:
            name = f"{stem}_{day}.csv"
            made[name] = (f"/sites/default/files/{month}/{name}", table(header, SMALL_ROWS, month))
        self.files = dict(made.values())
        listings = {
            "/provider-data/api/1/metastore/schemas/dataset/items/mj5m-pzi6": self.dataset(month, dac),
            "/data.json": self.catalog(month, day),
            f"/data-api/v1/dataset-resources/{UUID}": self.resources(made),
        }
        self.files |= {path: json.dumps(told).encode() for path, told in listings.items()}
        return {name: body for name, (_, body) in made.items()}

    def dataset(self, month, path):
        # As with ?show-reference-ids: the file is one step deeper.
        file = {"identifier": "0b0e6d4b", "data": {"downloadURL": self.base + path, "mediaType": "text/csv"}}
        dates = {"modified": f"{month}-13", "released": f"{month}-18", "nextUpdateDate": f"{month}-28"}
        return {"identifier": "mj5m-pzi6", **dates, "distribution": [file]}

    def catalog(self, month, day):
        current = {"temporal": f"{month}-01/2026-12-31", "modified": f"{month}-15", "resourcesAPI": f"{self.base}/data-api/v1/dataset-resources/{UUID}"}
        url = lambda month, day: f"{self.base}/sites/default/files/{month}/{PPEF[0][1]}_{day}.csv"
        older = {"temporal": "2025-01-01/2025-03-31", "modified": "2026-12-01", "mediaType": "text/csv", "downloadURL": url("old", "2025.01.01")}
        return {"dataset": [{
            "title": PPEF[0][0], "identifier": f"{self.base}/data-api/v1/dataset/{UUID}/data-viewer", "accrualPeriodicity": "R/P3M",
            "distribution": [older, current | {"format": "API"}, current | {"mediaType": "text/csv", "downloadURL": url(month, day)}],
        }]}

    def resources(self, made):
        called = {stem: name for name, stem, _ in PPEF}
        files = [(name, path, body) for name, (path, body) in made.items() if name.startswith("PPEF")]
        return {"data": [
            {"name": called[name[: name.index("_2")]], "fileSize": len(body), "downloadURL": self.base + path} for name, path, body in files
        ]}
