"""Counts the instructions of the hot path under valgrind and compares them with bench/instructions.json.

    python3 bench/instructions.py [--update]

A part fails when it takes more than `tolerance` times the instructions that are expected of it; one that takes fewer than
expected by as much is reported, so that the gain is kept by --update. Counts do not depend on how busy the machine is. The build is that of the
tests but for our own code, which is optimised: counts tell of our own work, and none of them is a time. Exit status
0: all parts are within bounds, 1: one is not, 2: something needed is missing.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXPECTED = ROOT / "bench" / "instructions.json"


def build():
    """Builds the bench and answers its path."""
    command = ["cargo", "bench", "--profile", "dev", "--locked", "--no-run", "--message-format=json", "--workspace", "--all-features", "--bench", "limit"]
    environment = {**os.environ, "CARGO_PROFILE_DEV_OPT_LEVEL": "2"}
    lines = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    paths = [message["executable"] for message in map(json.loads, lines) if message.get("executable")]
    return paths[-1]


def count(program, part):
    """Returns the instructions of one part, on one thread."""
    command = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null", program, "--only", part]
    ended = subprocess.run(command, env={**os.environ, "RAYON_NUM_THREADS": "1"}, check=True, stderr=subprocess.PIPE, text=True)
    return int(re.search(r"I +refs: +([\d,]+)", ended.stderr)[1].replace(",", ""))


def main():
    if not shutil.which("valgrind"):
        print("valgrind is missing; apt-get install valgrind", file=sys.stderr)
        return 2
    expected = json.loads(EXPECTED.read_text())
    program, worst = build(), 0
    # Making the rows, reading the configuration and hashing the file is not what is guarded.
    before = count(program, "none")
    counts = {part: count(program, part) - before for part in expected["instructions"]}
    for part, found in counts.items():
        ratio = found / max(expected["instructions"][part], 1)
        verdict = "too many" if ratio > expected["tolerance"] else "fewer; keep it with --update" if ratio < 1 / expected["tolerance"] else "as expected"
        worst = max(worst, ratio)
        print(json.dumps({"part": part, "instructions": found, "ratio": round(ratio, 3), "verdict": verdict}))
    if "--update" in sys.argv[1:]:
        EXPECTED.write_text(json.dumps({**expected, "instructions": counts}, indent=2) + "\n")
        return 0
    return 1 if worst > expected["tolerance"] else 0


if __name__ == "__main__":
    sys.exit(main())
