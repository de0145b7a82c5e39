"""Compares what `intake run --arrivals --json` answered with what each arrival of a set is expected to be.

    python answers.py ARRIVALS ANSWERS

ARRIVALS is the set's arrivals.jsonl, ANSWERS has a line for each delivery, in the same order. Exit 0 only if nothing differs.
"""

import json
import pathlib
import sys


def lines(path):
    return [json.loads(line) for line in pathlib.Path(path).read_text().splitlines() if line.strip()]


def main():
    wanted, found = lines(sys.argv[1]), lines(sys.argv[2])
    differences = 0 if len(wanted) == len(found) else 1
    if differences:
        print(f"{len(wanted)} arrivals and {len(found)} answers")
    for arrival, answer in zip(wanted, found):
        # Why nobody claims a file is told in words; the reason of a failure is one of a list.
        keys = [("path", "path"), ("feed", "feed"), ("expect", "status"), ("error", "error")]
        if arrival["expect"] == "failed":
            keys.append(("reason", "reason"))
        for expected, told in keys:
            if arrival[expected] != answer.get(told):
                differences += 1
                print(f"{arrival['n']} {arrival['path']}: {told} is {answer.get(told)!r}, expected {arrival[expected]!r}")
    print(f"{len(wanted)} arrivals; {differences} differences")
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
