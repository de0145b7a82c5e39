"""Checks loads against databases whose right answer is known, day by day:  truth.py CARELAKE SHARED [SEED...]

SHARED holds loads/: a generator of databases that change from day to day, with their truth, and a comparison. Two servers of the
check's own are loaded into several lakes, each its own way; a transaction is open while tables are loaded, on every other day within a
savepoint. Loads of one lake are killed in their midst before they may end. Prints a line per check; the exit status is 1 when one failed.
"""

import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench" / "loads"))
import servers  # noqa: E402

DAYS = range(6)
VOLUME_DROP = 14
ACCOUNTS = "crm.accounts: { mode: incremental, cursor: updated_at, deleted: deleted_at }"
# Few enough that PostgreSQL's tables without a cursor are read by transactions.
FEW = "crm.cases: { full_max_rows: 100 }, crm.events: { full_max_rows: 100 }"
# So few that even small tables are read in pieces.
ROWS = "defaults: { reconcile_by: row, chunk_rows: 1000 }"
# Each lake with what its configuration adds, and how it is loaded and compared.
WAYS = {
    "by windows": ("", ACCOUNTS, [], []),
    "compared with the source": (ROWS, ACCOUNTS, ["--reconcile"], ["--reconciled"]),
    "killed at random": (ROWS, ACCOUNTS, ["--reconcile"], ["--reconciled"]),
    "by transactions": (ROWS, f"{ACCOUNTS}, {FEW}", ["--reconcile"], ["--reconciled"]),
}


class Check:
    """What was checked so far."""

    def __init__(self):
        self.failed = 0

    def __call__(self, name, is_well, told=""):
        print("ok     " if is_well else "FAILED ", name, flush=True)
        if not is_well:
            self.failed += 1
            print("\n".join("        " + line for line in told.splitlines()[-25:]), flush=True)


class Lake:
    """A lake that a source is loaded into in one way."""

    def __init__(self, folder, carelake, address, engine, way):
        self.folder, self.carelake = folder, carelake
        more, overrides, self.arguments, self.compared = WAYS[way]
        folder.mkdir(parents=True)
        port = address.rsplit(":", 1)[1].split("/")[0]
        database = "\n      postgres_database: postgres" if engine == "postgres" else ""
        places = "".join(f"    {place}: {folder / place}\n" for place in ("input", "output", "rejects"))
        (folder / "pipeline_config.yaml").write_text(
            f"version: 2\nenvironments:\n  local:\n{places}loads:\n  {more}\n  sources:\n    crm:\n      engine: {engine}\n      address: 127.0.0.1:{port}{database}\n"
            f"      secret: {{ env: CRM_LOGIN }}\n      dynamic: {{ databases: [udt] }}\n      overrides: {{ {overrides} }}\n"
        )

    def begin(self, *arguments):
        command = [self.carelake, "--config", self.folder / "pipeline_config.yaml", "--env", "local", *arguments]
        login = "lab:" if "postgres_database" in (self.folder / "pipeline_config.yaml").read_text() else "root:"
        return subprocess.Popen(command, env={**os.environ, "CRM_LOGIN": login}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *arguments):
        begun = self.begin(*arguments)
        out, err = begun.communicate()
        return subprocess.CompletedProcess(begun.args, begun.returncode, out, err)

    def killed(self, after):
        """Begins a load and ends it in its midst."""
        begun = self.begin("load", *self.arguments, "--json")
        try:
            begun.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            begun.kill()
            begun.communicate()

    def load(self):
        return self.run("load", *self.arguments, "--json")


def lab(shared, *arguments):
    command = [sys.executable, shared / "loads" / "make_db.py", *arguments]
    return subprocess.run(command, check=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, capture_output=True, text=True)


def held(shared, out, file, is_savepoint):
    """Opens a transaction that has written; it ends when the file is there."""
    command = [sys.executable, shared / "loads" / "make_db.py", "--out", out, "--hold", file, *(["--savepoint"] if is_savepoint else [])]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    if process.stdout.readline() != "open\n":
        raise SystemExit("the transaction could not be opened")
    return process


def same(shared, truth, lake):
    command = [sys.executable, shared / "loads" / "compare.py", "--truth", truth, "--published", lake.folder / "output", "--source", "crm", *lake.compared]
    return subprocess.run(command, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, capture_output=True, text=True)


def days(check, shared, carelake, engine, seed, scratch):
    with servers.SERVERS[engine]() as address:
        out, url = scratch / "lab", address
        ways = [way for way in WAYS if engine == "postgres" or way != "by transactions"]
        chance = random.Random(seed)
        lakes = {way: Lake(scratch / way.replace(" ", "-"), carelake, address, engine, way) for way in ways}
        for day in DAYS:
            if day == 0:
                lab(shared, "--engine", "postgres" if engine == "postgres" else "mysql", "--url", url, "--out", out, "--seed", str(seed))
            else:
                lab(shared, "--out", out, "--step", str(day))
            until = scratch / f"until-{day}"
            open_one = held(shared, out, until, day % 2 == 1)
            for _ in range(3):
                lakes["killed at random"].killed(chance.uniform(0.05, 2.0))
            first = {way: lake.load() for way, lake in lakes.items()}
            until.touch()
            open_one.wait()
            for way, lake in lakes.items():
                name = f"{engine}, seed {seed}, day {day}, {way}"
                second = lake.load()
                codes = {first[way].returncode, second.returncode}
                check(f"{name}: loads end as they should", codes <= {0, VOLUME_DROP}, f"{codes}\n{first[way].stderr}\n{second.stderr}")
                found = same(shared, out / "truth" / f"day-{day}", lake)
                check(f"{name}: what is served equals the truth", found.returncode == 0, found.stdout + found.stderr)
                again = json.loads(lake.load().stdout or "{}")
                new = sum((table.get("account") or {}).get("published", 0) for table in again.get("tables", []) if table.get("mode") == "incremental")
                check(f"{name}: a quiet load publishes nothing of a window", new == 0, f"{new} rows")


def main():
    carelake, shared = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
    seeds = [int(word) for word in sys.argv[3:]] or [1]
    check = Check()
    for engine in servers.SERVERS:
        for seed in seeds:
            with tempfile.TemporaryDirectory() as scratch:
                days(check, shared, carelake, engine, seed, pathlib.Path(scratch))
    print(f"{check.failed} checks failed")
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
