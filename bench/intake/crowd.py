"""Measures forty deliveries at once, alone and beside a large one:  crowd.py SHARED SCRATCH CARELAKE [GIB]

The first delivery of every feed of SHARED's generator lands at once in a folder that `carelake intake watch` looks at: once with
nothing else to do, and once while a delivery of GIB (2) of another partner is under way. Prints how long each partner waited, from
landing to the last of its answers, and the ratio of both; peak memory; exit status 1 when a delivery was not published, or a partner
waited for more than twice as long as alone.
"""

import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

ROWS_OF_A_GIB = 7_000_000
PAGES = pathlib.Path(__file__).resolve().parents[2] / "examples" / "partners"
LARGE = "bayview/PAT_20260803.csv"


def small_files(shared, scratch):
    """Returns the first delivery of every feed, by the path in the landing folder."""
    made = scratch / "feeds"
    if not made.exists():
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        words = [sys.executable, "make_feeds.py", "--seed", "1", "--persons", "2000", "--clean", "--out", str(made)]
        subprocess.run(words, cwd=shared, env=environment, check=True)
    first = {}
    for line in (made / "arrivals.jsonl").read_text().splitlines():
        told = json.loads(line)
        if told["expect"] == "published" and told["feed"] not in first and not told["path"].startswith("bayview/"):
            first[told["feed"]] = (told["path"], made / "arrivals" / f"{told['n']:04}" / told["path"])
    return dict(first.values())


def large_file(shared, scratch, gib):
    """Makes the large file of one piece that is repeated, with keys of its own."""
    path = scratch / f"large-{gib}.csv"
    if not path.exists():
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        rows = int(gib * ROWS_OF_A_GIB)
        subprocess.run([sys.executable, "big.py", "bayview_patients", str(rows), str(path)], cwd=shared, env=environment, check=True)
    return path


def watched(carelake, scratch, small, large):
    """Returns the seconds from landing to answer of each small delivery, its status, and the peak of memory in MB."""
    place = scratch / "crowd"
    shutil.rmtree(place, ignore_errors=True)
    landing = place / "landing"
    landing.mkdir(parents=True)
    shutil.copytree(PAGES, place / "partners")
    config = place / "partners" / "pipeline_config.yaml"
    config.write_text(config.read_text().replace("settle_secs: 10", "settle_secs: 0"))
    words = [carelake, "--config", config, "--env", "local", "--input", place / "input", "--output", place / "output"]
    if large:
        (landing / LARGE).parent.mkdir()
        os.link(large, landing / LARGE)
    watch = subprocess.Popen([*words, "intake", "watch", landing, "--json"], stdout=subprocess.PIPE, text=True)
    if large:
        kept = (place / "input" / "intake" / "bayview").glob
        while not any(kept("[0-9a-f]*")) and watch.poll() is None:
            time.sleep(0.1)
        time.sleep(3)
    for path, file in small.items():
        (landing / path).parent.mkdir(exist_ok=True)
        shutil.copy(file, landing / path)
    began, answers = time.monotonic(), {}
    while len(answers) < len(small) + bool(large):
        told = json.loads(watch.stdout.readline())
        answers[told["path"]] = (time.monotonic() - began, told["status"])
    watch.terminate()
    _, _, usage = os.wait4(watch.pid, 0)
    shutil.rmtree(place)
    return answers, usage.ru_maxrss >> 10


def partners(answers):
    """Returns how long each partner waited for the last of its answers."""
    waited = collections.defaultdict(float)
    for path, (seconds, _) in answers.items():
        if path != LARGE:
            waited[path.split("/")[0]] = max(waited[path.split("/")[0]], seconds)
    return waited


def main():
    shared, scratch, carelake = (pathlib.Path(word).resolve() for word in sys.argv[1:4])
    small = small_files(shared, scratch)
    large = large_file(shared, scratch, float((sys.argv[4:] or [2])[0]))
    alone, alone_mb = watched(carelake, scratch, small, None)
    beside, beside_mb = watched(carelake, scratch, small, large)
    before, after = partners(alone), partners(beside)
    worst = max(before, key=lambda partner: after[partner] / before[partner])
    unpublished = [path for path, (_, status) in beside.items() if status != "published"]
    print(f"{len(small)} deliveries of {len(before)} partners; alone {max(before.values()):.1f} s, {alone_mb} MB")
    print(f"beside {large.stat().st_size / 2**30:.1f} GiB: {max(after.values()):.1f} s, {beside_mb} MB; the large one {beside[LARGE][0]:.1f} s")
    print(f"the worst waited {after[worst]:.1f} s, alone {before[worst]:.1f} s: {after[worst] / before[worst]:.2f} times ({worst})")
    print(f"not published: {', '.join(unpublished) or 'none'}")
    return 1 if unpublished or after[worst] > 2 * before[worst] else 0


if __name__ == "__main__":
    sys.exit(main())
