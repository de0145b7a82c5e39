"""The room that brings public files: streamed from a server that behaves like the sites of CMS into the bucket, and there when whole."""

import json

from outside import Outside
from permissions import Role
from pull import partners_files_are_pulled
from rig import BUCKETS
from sites import Cms
from toy import rows

STACK = "carelake-dev-fetch"
RAW = BUCKETS["raw"]
SOURCES = ["dac", "ppef_enrollment", "ppef_reassignment"]
OCTOBER_DAC, NOVEMBER_DAC = (f"DAC_NationalDownloadableFile_2026.{month}.18.csv" for month in ("10", "11"))


class Bucket:
    """What lies in the input place of the monthly run."""

    def __init__(self, rig):
        self.rig, self.s3 = rig, rig.client("s3")

    def bytes(self, key):
        return self.s3.get_object(Bucket=RAW, Key=key)["Body"].read()

    def versions(self):
        """Returns every version of every public file, with what a reader sees."""
        pages = self.s3.get_paginator("list_object_versions").paginate(Bucket=RAW)
        found = [one for page in pages for kind in ("Versions", "DeleteMarkers") for one in page.get(kind, [])]
        return sorted((one["Key"], one["VersionId"]) for one in found if not one["Key"].startswith("intake/"))

    def unfinished(self):
        return [one["Key"] for one in self.s3.list_multipart_uploads(Bucket=RAW).get("Uploads", [])]


def outcomes(ran):
    """Returns what was found of each source, or its error, as the command tells it."""
    told = json.loads(ran.stdout)["sources"]
    return {one["name"]: one.get("error") or [found["found"] for found in one["outcomes"]] for one in told}


def subjects(rig):
    return [subject for subject, _ in rig.alerts()]


def what_is_new_is_streamed_into_the_bucket(rig, outside, cms, bucket, check):
    wanted = cms.release("2026-10")
    rig.alerts()
    ran = outside.carelake("fetch", *SOURCES, "--json")
    check("`fetch --env` waits and tells what was brought", (outcomes(ran), dict.fromkeys(SOURCES, ["new"])))
    found = {key: bucket.bytes(key) == body for key, body in wanted.items()}
    check("each file lies under its dated name, byte for byte", (found, dict.fromkeys(wanted, True)))
    check("one of them came in several parts", (len(wanted[OCTOBER_DAC]) > 12 << 20, True), ("-" in rig.objects("raw", OCTOBER_DAC)[OCTOBER_DAC], True))
    check("no upload is left unfinished", (bucket.unfinished(), []))
    records = {name: rows(rig, f"ROWS#fetch#{name}") for name in SOURCES}
    names = {name: [found.rsplit("#", 1)[1] for found in records[name]] for name in SOURCES}
    check("each has its record", (sorted(name for found in names.values() for name in found), sorted(wanted)))
    told = json.loads(outside.carelake("sources", "dac", "--json").stdout)
    check("which `sources --env` shows", ((told[0]["record"]["name"], told[0]["record"]["bytes"]), (OCTOBER_DAC, len(wanted[OCTOBER_DAC]))))
    check("one notice", (subjects(rig), ["carelake dev: fetch brought 3 files"]))


def what_is_there_is_left_alone(rig, outside, cms, bucket, check):
    before = bucket.versions()
    cms.downloads("DAC_")
    ended = outside.run("fetch", trigger="schedule", sources=SOURCES)
    check("a second execution succeeds", (ended["status"], "SUCCEEDED"))
    check("and changes nothing, not even a version", (bucket.versions(), before), (bucket.unfinished(), []))
    check("nobody is told that everything is as it was", (subjects(rig), []))
    ran = outside.carelake("fetch", "dac", "--no-wait")
    execution = ran.stdout.strip()
    check("`--no-wait` prints the execution", (execution.startswith("arn:aws:states:"), True), (rig.end(execution)["status"], "SUCCEEDED"))


def bad_moments_are_got_over(rig, outside, cms, bucket, check):
    wanted = cms.release("2026-11")
    cms.fail("DAC_", "cut", 2)
    cms.downloads("DAC_")
    ran = outside.carelake("fetch", "dac", "--json")
    check("a transfer that is cut twice goes on where it was", (outcomes(ran), {"dac": ["new"]}))
    ranges = cms.downloads("DAC_")
    check("by ranges of what is missing", ([asked is not None for asked in ranges], [False, True, True]))
    check("and is whole", (bucket.bytes(NOVEMBER_DAC) == wanted[NOVEMBER_DAC], True), (bucket.unfinished(), []))
    rig.alerts()


def bad_days_replace_nothing(rig, outside, cms, bucket, check):
    before, december = bucket.versions(), "DAC_NationalDownloadableFile_2026.12.18.csv"
    errors = {"503": ("Unavailable", 20), "html": ("InputMalformed", 30), "half": ("InputMalformed", 30)}
    for fault, (error, code) in errors.items():
        cms.release("2026-12")
        # The list of files tells how large a file is to be; only that shows half of one.
        source, part = ("ppef_reassignment", "PPEF_Rea") if fault == "half" else ("dac", "DAC_")
        cms.fail(part, fault)
        ran = outside.carelake("fetch", source, "--json", code=code)
        cms.faults.clear()
        check(f"{fault} for good fails by name", (outcomes(ran), {source: error}))
        check("what lay there lies there, and nothing else", (bucket.versions(), before), (bucket.unfinished(), []))
        check("it is told once", (subjects(rig), ["carelake dev: fetch brought 0 files, 1 of 1 sources failed"]))
    check("no part of the new file is seen", (december in rig.objects("raw"), False))


def a_source_that_fails_leaves_the_others_alone(rig, outside, cms, bucket, check):
    wanted = cms.release("2026-12")
    cms.fail("DAC_", "html")
    ran = outside.carelake("fetch", *SOURCES, "--json", code=30)
    cms.faults.clear()
    check("one source fails", (outcomes(ran), {"dac": "InputMalformed", "ppef_enrollment": ["new"], "ppef_reassignment": ["new"]}))
    brought = [key for key in wanted if key.startswith("PPEF")]
    check("the others are brought", ([bucket.bytes(key) == wanted[key] for key in brought], [True, True]))
    [(subject, message)] = rig.alerts()
    check("in one notice", (subject, "carelake dev: fetch brought 2 files, 1 of 3 sources failed"), ("dac: failed: InputMalformed" in message, True))
    check("that names the command to type", ("`carelake fetch dac --env dev` tries again" in message, True))
    ended = outside.run("fetch", trigger="manual", sources=["dac"], as_of="2026-12-31", by="tests")
    check("done again it comes", (ended["status"], "SUCCEEDED"), (subjects(rig), ["carelake dev: fetch brought 1 file"]))


def its_roles_write_public_files_and_nothing_else(rig, check):
    bring, plan, report = (Role(rig, f"fetch-{step}") for step in ("bring", "plan", "report"))
    bring.may("write a public file", bring.put(RAW, "DAC_NationalDownloadableFile_probe.csv"))
    bring.may("read one", bring.get(RAW, OCTOBER_DAC))
    bring.may("list them", bring.list(RAW, "DAC_NationalDownloadableFile"))
    bring.may_not("write what partners send", bring.put(RAW, "intake/acme/PAT_20261101.csv"))
    bring.may_not("read what partners send", bring.get(RAW, "intake/acme/PAT_20261101.csv"))
    bring.may_not("write what nobody reads", bring.put(RAW, "anything.csv"))
    bring.may_not("write a dataset", bring.put(BUCKETS["curated"], "clinicians/probe"))
    bring.may_not("write refused rows", bring.put(BUCKETS["rejects"], "clinicians/probe"))
    bring.may_not("replace the configuration", bring.put(BUCKETS["curated"], "_carelake/pipeline_config.yaml"))
    bring.may_not("tell on-call", lambda: bring.sns.publish(TopicArn=rig.topic, Message="probe"))
    bring.may_not("speak without TLS", lambda: bring.plain.get_object(Bucket=RAW, Key=OCTOBER_DAC))
    bring.ledger_is(True, "PutItem", "ROWS#fetch#dac")
    bring.ledger_is(False, "PutItem", "ROWS#intake#dac")
    bring.ledger_is(False, "PutItem", "PUB#clinicians")
    for role in (plan, report):
        role.may_not("write a public file", role.put(RAW, "DAC_NationalDownloadableFile_probe.csv"))
        role.may_not("read one", role.get(RAW, OCTOBER_DAC))
    report.ledger_is(True, "PutItem", "ROWS#fetch#.reports")
    rig.client("s3").delete_object(Bucket=RAW, Key="DAC_NationalDownloadableFile_probe.csv")
    check("its roles write public files and nothing else", (bring.tried + plan.tried + report.tried, 19))


def files_come_by_themselves(rig, check):
    """Deploys both rooms that reach servers of others, has them fetch from servers of the tests, and takes the first down again."""
    kept = rig.get("curated", "_carelake/pipeline_config.yaml")
    with Cms() as cms:
        bucket = Bucket(rig)
        outside = Outside(rig, cms.base, {})
        template = outside.deploy(STACK)
        kinds = [one["Type"] for one in template["Resources"].values()]
        check("the room has its functions", ({name for name in rig.functions if name.startswith("fetch-")}, {"fetch-plan", "fetch-bring", "fetch-report"}))
        check("and a firewall of names, which is not tried here", (kinds.count("AWS::Route53Resolver::FirewallRuleGroup"), 1))
        what_is_new_is_streamed_into_the_bucket(rig, outside, cms, bucket, check)
        what_is_there_is_left_alone(rig, outside, cms, bucket, check)
        bad_moments_are_got_over(rig, outside, cms, bucket, check)
        bad_days_replace_nothing(rig, outside, cms, bucket, check)
        a_source_that_fails_leaves_the_others_alone(rig, outside, cms, bucket, check)
        its_roles_write_public_files_and_nothing_else(rig, check)
        partners_files_are_pulled(rig, cms.base, check)
    rig.client("cloudformation").delete_stack(StackName=STACK)
    rig.client("cloudformation").get_waiter("stack_delete_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    rig.look()
    check("the room goes by itself", ([name for name in rig.functions if name.startswith("fetch-")], []))
    rig.put("curated", "_carelake/pipeline_config.yaml", kept)
