"""Measures a whole load of a table beside its peers, and prints a table:  measure.py SHARED SCRATCH CARELAKE [ENGINE.TABLE...]

SHARED has make_db.py, which fills the tables, and peers/. Every command is a process of its own; all take ROUNDS (3) turns, and medians
count. Compared is processor time of the client, user and system: of carelake that of its whole process, of a peer without Python's start.
Exit status 1: a ratio is over its goal.
"""

import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time
from typing import NamedTuple
from urllib.parse import urlparse

from servers import SERVERS

ROWS = int(os.environ.get("ROWS", "2000000"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))

# The share of a peer's processor time that is the goal; the floor is what the bytes alone cost.
GOALS = {
    "postgres.results": {"floor": None, "connectorx": 1 / 3, "dlt_connectorx": 1 / 3, "duckdb": 1},
    "postgres.wide": {"floor": None, "connectorx": 1 / 2, "dlt_connectorx": 1 / 3, "duckdb": 1},
    "mariadb.results": {"floor": None, "connectorx": 1 / 2, "duckdb": 1 / 10},
    "mariadb.wide": {"floor": None, "connectorx": 1 / 2, "duckdb": 1 / 10},
}


class Cost(NamedTuple):
    """What a process took."""

    cpu_secs: float
    secs: float
    peak_mb: float


def configuration(scratch, engine, url):
    """Returns the folder of a configuration whose source is this server."""
    folder, at = scratch / "lake", urlparse(url)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    database = f", postgres_database: {at.path[1:]}" if engine == "postgres" else ""
    source = f"engine: {engine}, address: '127.0.0.1:{at.port}'{database}, secret: {{ env: BENCH_LOGIN }}, databases: {{ bench: shared }}"
    section = f"\nloads:\n  sources:\n    lab: {{ {source} }}\n"
    (folder / "pipeline_config.yaml").write_text(pathlib.Path("pipeline_config.yaml").read_text() + section)
    return folder


def load(carelake, folder, table, login):
    """Runs a whole load into an empty lake."""
    for name in ("input", "output", ".carelake"):
        shutil.rmtree(folder / name, ignore_errors=True)
    command = [carelake, "--config", folder / "pipeline_config.yaml", "--env", "local", "--input", folder / "input", "--output", folder / "output"]
    command += ["load", f"lab/bench.{table}", "--full", "--json"]
    began = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "BENCH_LOGIN": f"{login}:"}, cwd=folder)
    told = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    secs = time.perf_counter() - began
    account = next((it.get("account") or {} for it in json.loads(told)["tables"] if it["table"] == table), {})
    wanted = ROWS if table == "results" else ROWS // 10
    if child.returncode or account.get("published") != wanted:
        sys.exit(f"exit status {child.returncode}: {told.decode()}")
    return Cost(usage.ru_utime + usage.ru_stime, secs, usage.ru_maxrss / 1024)


def peer(shared, scratch, name, url, table):
    """Runs a peer."""
    command = [sys.executable, shared / "peers" / "run.py", name, url, f"bench.{table}", scratch / "peer"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{name}: {done.stderr}")
    told = json.loads(done.stdout)
    return Cost(told["client_cpu_seconds"], told["seconds"], told["peak_mb"])


def measure(shared, scratch, carelake, name, url):
    """Returns the median costs of carelake and of each peer."""
    engine, table = name.split(".")
    folder = configuration(scratch, engine, url)
    login = urlparse(url).username
    commands = {"carelake": lambda: load(carelake, folder, table, login)}
    for who in GOALS[name]:
        commands[who] = lambda who=who: peer(shared, scratch, who, url, table)
    costs = {who: [] for who in commands}
    for _ in range(ROUNDS):
        for who, command in commands.items():
            os.sync()
            costs[who].append(command())
    for left in (folder, scratch / "peer"):
        shutil.rmtree(left, ignore_errors=True)
    return {who: Cost(*(statistics.median(values) for values in zip(*runs))) for who, runs in costs.items()}


def told(name, costs):
    """Returns lines of a table, and whether every goal is reached."""
    ours, is_reached = costs["carelake"], True
    lines = [f"| {name} | carelake | {ours.cpu_secs:.2f} s | {ours.secs:.1f} s | {ours.peak_mb:.0f} MB | | | |"]
    for who, goal in GOALS[name].items():
        cost = costs[who]
        line = f"| {name} | {who} | {cost.cpu_secs:.2f} s | {cost.secs:.1f} s | {cost.peak_mb:.0f} MB"
        ratio = ours.cpu_secs / cost.cpu_secs
        if goal is None:
            lines.append(f"{line} | {ratio:.2f} | | |")
            continue
        is_reached &= ratio <= goal
        lines.append(f"{line} | {ratio:.2f} | {goal:.2f} | {'reached' if ratio <= goal else 'not reached'} |")
    return lines, is_reached


def main():
    shared, scratch, carelake = (pathlib.Path(word).resolve() for word in sys.argv[1:4])
    wanted = sys.argv[4:] or list(GOALS)
    print("| table | | processor | clock | peak | carelake's share | goal | |\n| --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
    is_reached = True
    for engine, server in SERVERS.items():
        names = [name for name in GOALS if name in wanted and name.startswith(engine)]
        if not names:
            continue
        with server() as url:
            maker = {"postgres": "postgres", "mariadb": "mysql"}[engine]
            made = [sys.executable, "make_db.py", "--engine", maker, "--url", url, "--bench", str(ROWS)]
            subprocess.run(made, cwd=shared, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, check=True, stdout=subprocess.DEVNULL)
            for name in names:
                lines, is_well = told(name, measure(shared, scratch, carelake, name, url))
                is_reached &= is_well
                print("\n".join(lines), flush=True)
    return 0 if is_reached else 1


if __name__ == "__main__":
    sys.exit(main())
