#!/usr/bin/env python3
"""Measures how long a function takes from the start of its process until it asks for its first event.

    python3 bench/cold_start.py FOLDER [--rounds 11]

FOLDER has a folder for each function with its binary `bootstrap`, as `bootstrap.sh deploy` leaves them in the target folder. The
process is given the variables of Lambda and a runtime interface that never answers. Prints a line of JSON for each function: the
median in milliseconds, with the binary in the page cache, and its size as it is and zipped. `true_ms` is the same for a process
that does nothing, as what this machine takes for itself: until /bin/true has ended.
"""

import argparse
import json
import os
import pathlib
import socket
import statistics
import subprocess
import time
import zlib


def asked_after(binary):
    """Returns the seconds until the function connects and asks."""
    with socket.create_server(("127.0.0.1", 0)) as interface:
        interface.settimeout(10)
        environment = {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{interface.getsockname()[1]}", "AWS_LAMBDA_FUNCTION_NAME": "bench",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "2048", "AWS_LAMBDA_FUNCTION_VERSION": "1", "AWS_LAMBDA_LOG_GROUP_NAME": "bench",
            "AWS_LAMBDA_LOG_STREAM_NAME": "bench", "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test", "CARELAKE_ENV": "dev", "CARELAKE_CONFIG": "s3://bench/pipeline_config.yaml",
            "CARELAKE_LEDGER_TABLE": "bench",
        }
        started = time.perf_counter()
        process = subprocess.Popen([binary], env=environment, stdout=subprocess.DEVNULL)
        try:
            connection, _ = interface.accept()
            with connection:
                request = connection.recv(4096)
            seconds = time.perf_counter() - started
        finally:
            process.kill()
            process.wait()
    if b"/runtime/invocation/next" not in request:
        raise SystemExit(f"{binary} asked for something else: {request[:80]!r}")
    return seconds


def ended_after(command):
    started = time.perf_counter()
    subprocess.run([command], check=True)
    return time.perf_counter() - started


def median_ms(measure, rounds):
    return round(statistics.median(measure() for _ in range(rounds)) * 1000, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=11)
    arguments = parser.parse_args()
    binaries = sorted(arguments.folder.glob("*/bootstrap"))
    if not binaries:
        parser.error(f"{arguments.folder} has no */bootstrap; run ./bootstrap.sh deploy ENV EMAIL --dry-run")
    for binary in binaries:
        if not os.access(binary, os.X_OK):
            parser.error(f"{binary} cannot be started")
        content = binary.read_bytes()
        print(json.dumps({
            "name": binary.parent.name, "init_ms": median_ms(lambda: asked_after(binary), arguments.rounds),
            "true_ms": median_ms(lambda: ended_after("/bin/true"), arguments.rounds),
            "mb": round(len(content) / 1e6, 1), "zipped_mb": round(len(zlib.compress(content, 9)) / 1e6, 1),
        }))


if __name__ == "__main__":
    main()
