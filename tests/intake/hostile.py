"""Delivers hostile and broken files, each to a feed of its format, and compares what becomes of them with what must happen.

    python hostile.py FOLDER CARELAKE SCRATCH

FOLDER has expected.jsonl and the files. Each file: under 256 MiB of memory, under 10 seconds of processor time, no value of it in any
message, and the next file is still taken.
"""

import json
import pathlib
import resource
import subprocess
import sys

MOST_KIB = 256 * 1024
MOST_SECONDS = 10
MARKER = "PLANTED-7f3a"

FORMATS = {
    "csv": ("{ type: csv }", "id"),
    "csv.gz": ("{ type: csv, packed: gzip }", "id"),
    "csv.zip": ("{ type: csv, packed: zip }", "id"),
    "json": ("{ type: json }", "id"),
    "xml": ("{ type: xml, records: Row }", "Id"),
    "xlsx": ("{ type: workbook }", "id"),
    "parquet": ("{ type: parquet }", "id"),
    "hl7": ("{ type: hl7 }", "PID-3.1"),
}
NAMES = {"id": "name", "Id": "Name", "PID-3.1": "PID-5.1"}


def config(folder):
    feeds = []
    for name, (form, key) in FORMATS.items():
        feed = name.replace(".", "_")
        extra = "\n          member: '*.csv'" if name == "csv.zip" else ""
        feeds.append(f"""
    {feed}:
      partner: {feed}
      path: "*"
      format: {form}
      delivery: full
      max_reject_ratio: 1
      max_drop_ratio: 1
      min_rows: 0
      max_loss: 1
      max_invalid_rise: 1
      tables:
        persons:{extra}
          columns: {{ patient_id: {key}, last_name: {NAMES[key]} }}""")
    text = f"""version: 2
environments:
  local: {{ input: ./input, output: ./output, rejects: ./rejects }}
intake:
  defaults: {{ time_zone: America/New_York }}
  feeds:{''.join(feeds)}
"""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pipeline_config.yaml").write_text(text)


def deliver(carelake, folder, source, feed, at):
    """Delivers one file as of a time; answers what was told, the exit code, and what it used."""
    place = folder / "given" / f"{at:04d}" / feed
    place.mkdir(parents=True)
    (place / source.name).symlink_to(source)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ran = subprocess.run(
        ["/usr/bin/env", "python3", "-c", LIMITED, carelake, "--config", str(folder / "pipeline_config.yaml"), "intake", "run", "--json",
         "--partner", feed, str(place / source.name)],
        capture_output=True, text=True, errors="replace",
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return ran, used


# Runs a command and tells its greatest memory in KiB as the last line of its standard error.
LIMITED = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


def rows_of(carelake, folder, feed):
    ran = subprocess.run(
        [carelake, "--config", str(folder / "pipeline_config.yaml"), "intake", "accounts", feed, "--json"],
        capture_output=True, text=True, check=True,
    )
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    return lines[-1] if lines else None


def judge(expected, told, account):
    """Returns what differs."""
    if expected["expect"] == "failed":
        reason = told.get("reason") if told["error"] == "InputMalformed" else told["error"]
        good = told["status"] == "failed" and reason in expected["reasons"]
        return None if good else f"{told['status']} {told['error']} {told['reason']}, expected {expected['reasons']}"
    if expected["expect"] == "empty":
        return None if told["status"] == "empty" else f"{told['status']}, expected empty"
    if told["status"] != "published":
        return f"{told['status']} {told['error']} {told['reason']}, expected rows"
    wanted = (expected["published"], expected.get("rejected", {}))
    found = (account["published"], account["rejected"])
    return None if found == wanted else f"published and rejected are {found}, expected {wanted}"


def main():
    source, carelake, scratch = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], pathlib.Path(sys.argv[3])
    differences = 0
    cases = [json.loads(line) for line in (source / "expected.jsonl").read_text().splitlines()]
    for at, expected in enumerate(cases):
        # Each has a lake of its own, so that what it becomes is its own doing.
        folder = scratch / f"{at:04d}"
        config(folder)
        feed = expected["format"].replace(".", "_")
        ran, used = deliver(carelake, folder, source / expected["file"], feed, at)
        *said, peak = ran.stderr.strip().splitlines() or ["0"]
        try:
            told = json.loads(ran.stdout.splitlines()[0])
        except (IndexError, ValueError):
            print(f"{expected['file']!r}: no answer: {said[-1:]}")
            differences += 1
            continue
        account = rows_of(carelake, folder, feed) if told["status"] == "published" else None
        wrong = [judge(expected, told, account)]
        if int(peak) > MOST_KIB:
            wrong.append(f"{int(peak) // 1024} MiB of memory")
        if used > MOST_SECONDS:
            wrong.append(f"{used:.0f} s of processor time")
        kept = "".join(path.read_text(errors="replace") for path in (folder / "output" / "_carelake").rglob("*.txt"))
        if MARKER in ran.stdout + ran.stderr + kept:
            wrong.append("a value of the file is in a message")
        for what in filter(None, wrong):
            print(f"{expected['file']!r}: {what}")
            differences += 1
    print(f"{len(cases)} files; {differences} differences")
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
