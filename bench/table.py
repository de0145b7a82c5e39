#!/usr/bin/env python3
"""Prints measurements as a table: python3 bench/table.py TITLE <LINES, with the lines of JSON that measure.py prints."""

import json
import sys


def main():
    title, lines = sys.argv[1], [json.loads(line) for line in sys.stdin if line.strip()]
    engines = [line for line in lines if line["name"] != "cleaning"]
    rows = [
        [title, *(line["name"] for line in engines)],
        ["---"] * (len(engines) + 1),
        ["time, beside carelake", *(f"{line['ratio']:.1f}" for line in engines)],
        ["private memory, MB", *(f"{line['peak_private_mb']:,}" for line in engines)],
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(engines) + 1)]
    for row in rows:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")


if __name__ == "__main__":
    main()
