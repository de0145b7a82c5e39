"""Checks fetch against a server that behaves like the sites of CMS, through each of its faults: faults.py CARELAKE SHARED

SHARED holds intake/cms_server.py. Prints a line per check; the exit status is 1 when one failed.
"""

import hashlib
import json
import os
import pathlib
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

CARELAKE, SHARED = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
SHIPPED = pathlib.Path("pipeline_config.yaml").resolve().read_text()
DAC, NEWER = "DAC_NationalDownloadableFile_2026.10.18.csv", "DAC_NationalDownloadableFile_2026.11.18.csv"
PPEF = ["enrollment", "reassignment", "practice_location", "secondary_specialty", "additional_npis"]
# The server has no hospital enrollments.
THERE = ["dac", "hospital_general_information", "nppes", "nppes_weekly", *(f"ppef_{name}" for name in PPEF)]
checks = {"ok": 0, "FAILED": 0}


def check(name, found, wanted):
    """Judges what was found."""
    word = "ok" if found == wanted else "FAILED"
    checks[word] += 1
    print(f"{word:<8}{name}" + ("" if found == wanted else f"\n        found  {found}\n        wanted {wanted}"), flush=True)


class Place:
    """A folder with a configuration that names the server, and what lies in its input."""

    def __init__(self, base):
        self.base, self.folder = base, pathlib.Path(tempfile.mkdtemp())
        text = SHIPPED.replace("https://data.cms.gov", base).replace("https://download.cms.gov", base)
        (self.folder / "pipeline_config.yaml").write_text(text)
        self.steer("_reset")

    def steer(self, what, **body):
        request = urllib.request.Request(f"{self.base}/{what}", json.dumps(body).encode(), method="POST")
        urllib.request.urlopen(request).close()

    def fault(self, path, kind, times=1):
        self.steer("_fault", path=path, kind=kind, times=times)

    def start(self, *arguments):
        variables = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
        return subprocess.Popen([CARELAKE, *arguments, "--json"], cwd=self.folder, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *arguments):
        started = self.start(*arguments)
        out, err = started.communicate(timeout=300)
        return started.returncode, (json.loads(out) if out.strip() else err)

    def fetch(self, *arguments):
        """Fetches, and answers the exit code and what was found of each source."""
        code, told = self.run("fetch", *arguments)
        return code, [outcome["found"] if not source["error"] else source["error"] for source in told["sources"] for outcome in source["outcomes"] or [{"found": "none"}]]

    def files(self):
        """Returns every file of the input with its hash, hidden ones too."""
        found = (self.folder / "input").rglob("*") if (self.folder / "input").exists() else []
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:8] for path in found if path.is_file()}


def good_days(base):
    place = Place(base)
    check("every source is brought", place.fetch(*THERE), (0, ["new"] * 9))
    names = {DAC, "Hospital_General_Information_2026.10.18.csv", "NPPES_Data_Dissemination_October_2026_V2.zip", "NPPES_Data_Dissemination_100526_101126_Weekly_V2.zip"}
    names |= {f"PPEF_{name}_2026.10.01.csv" for name in ["Enrollment_Extract", "Reassignment_Extract", "Practice_Location_Extract", "Secondary_Specialty_Extract", "Additional_NPIs"]}
    check("under dated names", set(place.files()), names)
    # Monthly and weekly files are of one source.
    check("nothing twice", place.fetch("dac", "ppef_enrollment", "nppes"), (0, ["unchanged"] * 4))
    check("--check agrees", place.fetch("dac", "ppef_enrollment", "--check"), (0, ["unchanged"] * 2))
    place.steer("_set", nested=True, month="2026-11")
    check("--dry-run sees the next month in the other shape", place.fetch("dac", "--dry-run"), (0, ["new"]))
    check("it comes", place.fetch("dac"), (0, ["new"]))
    check("beside the old", {DAC, NEWER} <= set(place.files()), True)
    lines = place.run("sources", "dac")[1]
    check("sources tells it", [(line["record"]["release"], line["state"], line["record"]["name"]) for line in lines], [("2026-11-18", lines[0]["state"], NEWER)])


def bad_moments(base):
    for kind, path, source in [("cut", "DAC_", "dac"), ("503", "DAC_", "dac"), ("429", "DAC_", "dac"), ("slow", "DAC_", "dac"), ("length", "DAC_", "dac"), ("no_length", "DAC_", "dac"),
                               ("etag_weak", "DAC_", "dac"), ("cut", "Weekly", "nppes_weekly"), ("cut", "PPEF_Enr", "ppef_enrollment"), ("503", "items/mj5m", "dac"), ("cut", "data.json", "ppef_enrollment")]:
        place, good = Place(base), Place(base)
        good.fetch(source)
        place.fault(path, kind)
        check(f"{kind} of {path} is got over", (place.fetch(source), place.files()), ((0, ["new"]), good.files()))
    place = Place(base)
    place.fault("DAC_", "cut")
    place.fault("DAC_", "norange")
    check("norange begins anew", (place.fetch("dac"), list(place.files())), ((0, ["new"]), [DAC]))
    place.fault("DAC_", "changed", 2)
    check("changed is a correction beside it", (place.fetch("dac"), sorted(place.files())), ((0, ["correction"]), [DAC, DAC.replace(".csv", "_correction_1.csv")]))


def bad_days(base):
    for kind, path, source, code in [("html", "DAC_", "dac", 30), ("html", "NPPES_Data", "nppes", 30), ("html", "items/mj5m", "dac", 30), ("html", "data.json", "ppef_enrollment", 30), ("short", "PPEF_Re", "ppef_reassignment", 30),
                                     ("json_broken", "items/mj5m", "dac", 30), ("json_broken", "data.json", "ppef_enrollment", 30), ("json_broken", "dataset-resources", "ppef_enrollment", 30), ("gone", "DAC_", "dac", 21),
                                     ("redirect_http", "DAC_", "dac", 21), ("503", "DAC_", "dac", 20), ("cut", "DAC_", "dac", 20)]:
        place = Place(base)
        place.fetch(source)
        before = place.files()
        place.steer("_set", month="2027-01")
        place.fault(path, kind, 999)
        check(f"{kind} of {path} for good replaces nothing", (place.fetch(source)[0], place.files()), (code, before))


def kills(base):
    good = Place(base)
    good.fetch("dac")
    good.steer("_set", month="2026-11")
    good.fetch("dac")
    whole, seen = good.files(), set()
    for attempt in range(12):
        place = Place(base)
        place.fetch("dac")
        place.steer("_set", month="2026-11")
        place.fault("DAC_", "slow")
        started = place.start("fetch", "dac")
        time.sleep(random.uniform(0, 3.5))
        started.kill()
        started.communicate()
        left = {name: hash for name, hash in place.files().items() if not name.startswith(".carelake-")}
        seen.add(len(left))
        if not left.items() <= whole.items():
            check(f"kill {attempt}: whole files only", left, whole)
        place.steer("_reset")
        place.steer("_set", month="2026-11")
        place.fetch("dac")
        if place.files() != whole:
            check(f"kill {attempt}: the next one mends it", place.files(), whole)
    check("killed at any moment, the old file or the new is there, and the next one leaves nothing behind", seen <= {1, 2}, True)


def wait_for(server, port):
    """Waits until the server listens: it says where it will before it does."""
    while server.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", int(port))).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
    sys.exit("the server of the tests has ended before it listened")


def main():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    server = subprocess.Popen([sys.executable, "-u", SHARED / "intake/cms_server.py", port], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        base = server.stdout.readline().strip()
        wait_for(server, port)
        for part in [good_days, bad_moments, bad_days, kills]:
            part(base)
    finally:
        server.kill()
    print(f"{checks['ok']} checks passed, {checks['FAILED']} failed")
    return 1 if checks["FAILED"] else 0


if __name__ == "__main__":
    sys.exit(main())
