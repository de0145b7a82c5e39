#!/usr/bin/env python3
"""Acknowledged messages a second of a server of MLLP.

    mllp.py HOST:PORT CONNECTIONS SECONDS

Each connection sends a message of its own, waits for the acknowledgement, and sends the next. Prints messages a second, and the median and
the 99th percentile of the time to an acknowledgement."""
import socket
import sys
import threading
import time

MESSAGE = ("MSH|^~\\&|SND{sender}|FAC|RCV|X|20240101||ADT^A01|{run}.{sender}.{number}|P|2.5\rEVN||20240101\r"
           "PID|1||{patient}^^^HOSP{sender}^MR||DOE^JOHN||19600101|M\rPV1|1|I\r")


def main(address, connections, seconds):
    host, port = address.rsplit(":", 1)
    end, run, times = time.time() + seconds, int(time.time()), []

    def send(sender):
        own, number = [], 0
        with socket.create_connection((host, int(port))) as stream:
            while time.time() < end:
                message = MESSAGE.format(sender=sender, run=run, number=number, patient=number % 500)
                number += 1
                began = time.perf_counter()
                stream.sendall(b"\x0b" + message.encode() + b"\x1c\r")
                answer = b""
                while b"\x1c" not in answer:
                    received = stream.recv(4096)
                    if not received:
                        raise SystemExit("the connection was closed")
                    answer += received
                if b"MSA|AA" not in answer:
                    raise SystemExit(f"not accepted: {answer!r}")
                own.append(time.perf_counter() - began)
        times.extend(own)

    threads = [threading.Thread(target=send, args=(sender,)) for sender in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times.sort()
    at = lambda share: times[int(len(times) * share)] * 1000
    print(f"{connections} connections: {len(times) / seconds:.0f} messages/s, median {at(0.5):.1f} ms, p99 {at(0.99):.1f} ms")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
