#!/usr/bin/env python3
"""A server of MLLP as one writes it with python-hl7: each message is parsed, appended to a file and flushed, then acknowledged.

    peer.py HOST:PORT FILE          needs `pip install hl7==0.4.5`"""
import os
import socketserver
import sys
import threading

import hl7


def main(address, path):
    host, port = address.rsplit(":", 1)
    file, lock = open(path, "ab", buffering=0), threading.Lock()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            left = b""
            while received := self.request.recv(65536):
                left += received
                while b"\x1c" in left:
                    frame, left = left.split(b"\x1c", 1)
                    text = frame.split(b"\x0b", 1)[-1]
                    message = hl7.parse(text.decode())
                    with lock:
                        file.write(text)
                        os.fsync(file.fileno())
                    self.request.sendall(b"\x0b" + str(message.create_ack()).encode() + b"\x1c\r")

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address, daemon_threads = True, True

    Server((host, int(port)), Handler).serve_forever()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
