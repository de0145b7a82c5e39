#!/usr/bin/env python3
"""Compares published files with those of another engine: bytes, files, and how long DuckDB takes to find a clinician by NPI.

    python3 bench/layout.py OURS THEIRS [--lookups 300]

OURS and THEIRS are outputs of `carelake run` and of a peer for the same inputs. Needs duckdb and pyarrow. The NPIs are taken evenly from all
files, and both sides are asked for each in turns. Prints a line of JSON for each dataset and one for the look-ups; `ratio` is theirs
over ours.
"""

import argparse
import json
import pathlib
import statistics
import time

import duckdb

DATASETS = ("clinicians", "practices", "providers", "enrollments", "hospitals")


def files(output, dataset):
    """Returns the files that are served: those of `current` folders where there are any."""
    folder = output / dataset
    served = [folder] if (folder / "current").exists() else [feed.parent for feed in folder.glob("*/current")]
    roots = [at / "current" for at in served] or [folder]
    return sorted(path for root in roots for path in root.resolve().rglob("*.parquet"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("ours", type=pathlib.Path)
    parser.add_argument("theirs", type=pathlib.Path)
    parser.add_argument("--lookups", type=int, default=300)
    arguments = parser.parse_args()
    totals = [0, 0]
    for dataset in DATASETS:
        sides = [files(output, dataset) for output in (arguments.ours, arguments.theirs)]
        if not all(sides):
            parser.error(f"{dataset} is not in both outputs")
        sizes = [sum(path.stat().st_size for path in side) for side in sides]
        totals = [total + size for total, size in zip(totals, sizes)]
        print(json.dumps({"name": dataset, "files": len(sides[0]), "bytes": sizes[0], "their_files": len(sides[1]),
                          "their_bytes": sizes[1], "ratio": round(sizes[1] / sizes[0], 3)}))
    print(json.dumps({"name": "all", "bytes": totals[0], "their_bytes": totals[1], "ratio": round(totals[1] / totals[0], 3)}))

    connection = duckdb.connect()
    tables = [[str(path) for path in files(output, "clinicians")] for output in (arguments.ours, arguments.theirs)]
    every = "select npi from read_parquet(?) order by hash(npi) limit ?"
    npis = [npi for npi, in connection.execute(every, [tables[0], arguments.lookups]).fetchall()]
    seconds = [[], []]
    for npi in npis:
        answers = []
        for side, table in enumerate(tables):
            started = time.perf_counter()
            found = connection.execute("select * from read_parquet(?) where npi = ?", [table, npi]).to_arrow_table()
            answers.append(found.num_rows)
            seconds[side].append(time.perf_counter() - started)
        if not answers[0] == answers[1] > 0:
            raise SystemExit(f"different answers: {answers}")
    ours, theirs = map(statistics.median, seconds)
    print(json.dumps({"name": "look-up by npi", "milliseconds": round(ours * 1000, 2),
                      "their_milliseconds": round(theirs * 1000, 2), "ratio": round(theirs / ours, 2)}))


if __name__ == "__main__":
    main()
