"""Brings the arrivals of a set into another order, and doubles some, where that must not change the state.

    python disorder.py ARRIVALS OUT SEED

Contents of one delivery keep their order, and so do the deliveries of a feed around one that a threshold refuses: what is accepted
is decided when it arrives.
"""

import json
import pathlib
import random
import sys

ABOUT_OTHERS = {"RejectThreshold", "VolumeDrop", "ContentLoss"}


def main():
    source, out, seed = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
    rng = random.Random(seed)
    arrivals = [json.loads(line) for line in source.read_text().splitlines() if line.strip()]
    bound = {a["feed"] for a in arrivals if a["error"] in ABOUT_OTHERS}
    chains = {}
    for arrival in arrivals:
        feed, date = arrival["feed"], arrival["delivery_date"]
        key = feed if feed in bound else (feed, date) if feed else arrival["path"]
        chains.setdefault(key, []).append(arrival)
    queues = list(chains.values())
    shuffled = []
    while queues:
        queue = rng.choice(queues)
        arrival = queue.pop(0)
        shuffled.append(arrival)
        if rng.random() < 0.3:
            shuffled.append(arrival)
        queues = [one for one in queues if one]
    out.write_text("".join(json.dumps(arrival) + "\n" for arrival in shuffled))
    print(f"{len(arrivals)} arrivals, {len(shuffled)} in another order")


if __name__ == "__main__":
    main()
