"""Measures the whole job of intake beside its peers, and prints a table:  measure.py SHARED SCRATCH CARELAKE [INPUT...]

SHARED has big.py, which makes the inputs, and peers/. Every command is a process of its own. Its processor time is what the system
says of it when it ends, user and system; its memory is the most that was resident. Each is run ROUNDS times (2), in turns, and the
run with the least processor time counts. Exit status 1: a ratio is over its goal.
"""

import os
import pathlib
import shutil
import subprocess
import sys
from typing import NamedTuple

ROUNDS = int(os.environ.get("ROUNDS", "2"))


class Input(NamedTuple):
    """A large file: who sends it under which name, and the peers with the share of the better one's time that is the goal."""

    rows: int
    landing: str
    peers: dict
    goal: float


def reader(kind):
    return ["readers.py", kind, "{input}"]


INPUTS = {
    "bayview_patients": Input(
        1_000_000,
        "bayview/PAT_20260803.csv",
        {"Polars": ["bayview_polars.py", "{input}", "{output}"], "DuckDB": ["bayview_duckdb.py", "{input}", "{output}"]},
        1 / 5,
    ),
    "reef_people": Input(1_000_000, "reef/people_20260803.ndjson", {"DuckDB, reading": reader("duckdb-ndjson")}, 2.0),
    "heron_fixed": Input(400_000, "heron/fixed_20260803.txt", {"Polars, slicing": reader("fwf-polars")}, 1.5),
    "sandbar_xml": Input(300_000, "sandbar/xml_20260803.xml", {"lxml, reading": reader("lxml")}, 1 / 3),
    "spoonbill_adt": Input(200_000, "spoonbill/adt1.hl7", {"python-hl7, parsing": reader("python-hl7")}, 1 / 50),
    "dolphin_census": Input(200_000, "dolphin/census_20260803.xlsx", {"calamine, reading": reader("calamine")}, 1.5),
}


class Cost(NamedTuple):
    """What a process took."""

    cpu_secs: float
    peak_mb: int


def run(command):
    """Runs a command to its end."""
    with open(os.devnull, "wb") as nowhere:
        child = subprocess.Popen(command, stdout=nowhere)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"exit status {child.returncode}: {' '.join(map(str, command))}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss >> 10)


def made(shared, scratch, name):
    """Returns the path of an input, in the folder of its partner; makes it where it is not there yet."""
    wanted = INPUTS[name]
    path = scratch / "landing" / wanted.landing
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        subprocess.run([sys.executable, "big.py", name, str(wanted.rows), str(part)], cwd=shared, env=environment, check=True)
        part.rename(path)
    return path


def measure(shared, scratch, carelake, name):
    """Returns the cost of the whole job and of each peer."""
    path, output = made(shared, scratch, name), scratch / "output"
    config = scratch / "partners" / "pipeline_config.yaml"
    job = [carelake, "--config", config, "--env", "local", "--input", output / "input", "--output", output / "output", "intake", "run", path]
    commands = {"carelake": job}
    for peer, words in INPUTS[name].peers.items():
        script, *rest = (word.format(input=path, output=output / "peer.parquet") for word in words)
        commands[peer] = [sys.executable, shared / "peers" / script, *rest]
    costs = {}
    for _ in range(ROUNDS):
        for who, command in commands.items():
            shutil.rmtree(output, ignore_errors=True)
            output.mkdir(parents=True)
            os.sync()
            cost = run(command)
            costs[who] = min(cost, costs.get(who, cost))
    shutil.rmtree(output)
    return costs


def main():
    shared, scratch, carelake = (pathlib.Path(word).resolve() for word in sys.argv[1:4])
    rows = [["input", "carelake", "peak", "peers", "ratio", "goal", ""]]
    is_reached = True
    for name in sys.argv[4:] or INPUTS:
        costs = measure(shared, scratch, carelake, name)
        ours = costs.pop("carelake")
        ratio, goal = ours.cpu_secs / min(cost.cpu_secs for cost in costs.values()), INPUTS[name].goal
        is_reached &= ratio <= goal
        peers = "; ".join(f"{peer} {cost.cpu_secs:.1f} s, {cost.peak_mb} MB" for peer, cost in costs.items())
        verdict = "reached" if ratio <= goal else "not reached"
        rows.append([name, f"{ours.cpu_secs:.2f} s", f"{ours.peak_mb} MB", peers, f"{ratio:.3f}", f"{goal:.3f}", verdict])
    rows.insert(1, ["---"] * len(rows[0]))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    return 0 if is_reached else 1


if __name__ == "__main__":
    sys.exit(main())
