"""What the deployed bucket policies refuse, asked of a second server: moto.

moto lets a bucket policy refuse requests by their action and object. It asks neither who calls nor how, and knows no
`NotResource`. So what a policy says to one caller on one kind of connection is worked out here, and put into a moto of its
own, which then judges real requests.
"""

import json

import boto3
from botocore.exceptions import ClientError
from moto import mock_aws

from rig import BUCKETS, REGION

CURATED, RAW, REJECTS = BUCKETS["curated"], BUCKETS["raw"], BUCKETS["rejects"]
LOGS = f"{CURATED}-access-logs"
CONFIG = "_carelake/pipeline_config.yaml"
DAC, ENROLLED, FEED = "DAC_NationalDownloadableFile.csv", "PPEF_Enrollment_Extract_2026.csv", "Hospital_General_Information.csv"
# Dataset, what it reads of the inputs, and what it does not.
JOBS = [("clinicians", DAC, ENROLLED), ("practices", DAC, FEED), ("providers", DAC, FEED), ("enrollments", ENROLLED, DAC), ("hospitals", FEED, DAC)]
STEPS = ["plan", "report", "freshness"]


def listed(value):
    return value if isinstance(value, list) else [value]


def concerns(principal, role):
    return principal == "*" or bool({"*", role} & set(listed(principal.get("AWS", []))))


def holds(conditions, tls):
    """Returns whether the conditions of a statement hold on a connection. A condition that is not known here is an error."""
    known = {
        ("Bool", "aws:SecureTransport", "false"): not tls,
        ("NumericLessThan", "s3:TlsVersion", "1.2"): False,
    }
    return all(
        known[operator, key, str(value)] for operator, pairs in conditions.items() for key, value in pairs.items()
    )


def said_to(policy, role, tls):
    """Returns what a bucket policy says to a role on a connection, in the words that moto knows: patterns, where `*` is any text."""
    for statement in policy["Statement"]:
        if concerns(statement["Principal"], role) and holds(statement.get("Condition", {}), tls):
            others = f"(?!(?:{'|'.join(listed(statement.get('NotResource', [])))})$)*"
            yield {
                "Effect": statement["Effect"], "Principal": "*", "Action": statement["Action"],
                "Resource": statement.get("Resource", others),
            }


class Judge:
    """A moto that says to every caller what the policies say to one role."""

    def __init__(self, policies, role, tls):
        self.s3 = boto3.client("s3", region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test")
        self.tried = 0
        for bucket, policy in policies.items():
            self.s3.create_bucket(Bucket=bucket)
            document = {"Version": "2012-10-17", "Statement": list(said_to(policy, role, tls))}
            if document["Statement"]:
                self.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))

    def refuses(self, call, bucket, key):
        self.tried += 1
        try:
            getattr(self.s3, call)(Bucket=bucket, Key=key)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            # An object that is not there was looked for, so it was not refused.
            assert code in ("403", "AccessDenied", "NoSuchKey"), f"{call} {bucket}/{key}: {error}"
            return code != "NoSuchKey"
        return False

    def expect(self, refused, call, *places):
        for bucket, key in places:
            assert self.refuses(call, bucket, key) == refused, f"{call} {bucket}/{key}: refused is not {refused}"


def reads_and_writes(name):
    """Returns where a role may read and write, and where it may not, as the policies are meant."""
    for job, source, foreign in JOBS:
        if job == name:
            own = [(CURATED, f"{job}/probe"), (REJECTS, f"{job}/probe")]
            other = "practices" if job == "clinicians" else "clinicians"
            others = [(CURATED, f"{other}/probe"), (REJECTS, f"{other}/probe"), (CURATED, f"{job}s/probe")]
            sources = [(RAW, source), (CURATED, CONFIG)]
            return [*own, *sources], own, [*others, (RAW, foreign)], [*others, *sources, (RAW, foreign)]
    published, rest = [(CURATED, "clinicians/probe")], [(REJECTS, "clinicians/probe"), (RAW, DAC)]
    runs = [(CURATED, "_carelake/runs/probe")]
    kept, rest = (runs, rest) if name == "report" else ([], [*rest, *runs])
    reads, no_reads = ([], published) if name == "freshness" else (published, [])
    return [(CURATED, CONFIG), *kept, *reads], kept, [*no_reads, *rest], [(CURATED, CONFIG), *published, *rest]


def moto_sees_buckets_refuse_plain_http_and_foreign_prefixes(rig):
    """Returns how many requests were judged."""
    s3 = rig.client("s3")
    policies = {bucket: json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]) for bucket in (CURATED, RAW, REJECTS, LOGS)}
    tried = 0
    for name in [*(job for job, *_ in JOBS), *STEPS]:
        role = rig.functions[name]["Role"]
        reads, writes, no_reads, no_writes = reads_and_writes(name)
        with mock_aws():
            judge = Judge(policies, role, tls=True)
            for call, allowed, refused in [
                ("get_object", reads, no_reads), ("put_object", writes, no_writes), ("delete_object", writes, no_writes)
            ]:
                judge.expect(False, call, *allowed)
                judge.expect(True, call, *refused)
            tried += judge.tried
        with mock_aws():
            judge = Judge(policies, role, tls=False)
            for call in ("get_object", "put_object", "delete_object"):
                judge.expect(True, call, *reads, *writes, (LOGS, "probe"))
            tried += judge.tried
    return tried
