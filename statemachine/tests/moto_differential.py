#!/usr/bin/env python3
"""Runs the cases in tests/cases on moto's Step Functions interpreter and compares status, output and error.

The Rust tests prove that this interpreter gives what the cases expect; this proves that another one does too. moto carries
out no task and really waits, so only cases without Task and Wait take part. Needs: pip install 'moto[stepfunctions]==5.2.5' boto3

Usage: python3 tests/moto_differential.py
"""

import json
import logging
import os
import pathlib
import sys
import time

os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_DEFAULT_REGION="eu-west-1")

import boto3  # noqa: E402  The credentials must be there first.
from moto import mock_aws  # noqa: E402

# Where moto is known to differ from AWS, and why its answer does not count.
KNOWN = {
    "choice/no_rule_matches_and_there_is_no_default": "the specification names the error States.NoChoiceMatched",
    "choice/variable_is_missing": "moto skips the rule; AWS fails, which is why IsPresent exists",
    "parallel/branches_see_outer_variables_and_keep_their_own": "moto fails inside when a branch assigns a variable",
    "choice/string_matches_a_star": "moto knows no escaped star",
    "choice/timestamps_in_two_zones": "moto compares timestamps as texts",
    "intrinsic/Format": "moto's grammar takes no escaped braces",
    "paths/filters_and_descent": "moto answers an index from the end with an array; in Jayway's dialect it is definite",
    "paths/a_result_cannot_go_below_a_number": "the specification names the error States.ResultPathMatchFailure",
}


def cases():
    """Yields the cases that moto can run."""
    for file in sorted((pathlib.Path(__file__).parent / "cases").glob("*.jsonl")):
        for line in file.read_text().splitlines():
            case = json.loads(line)
            text = json.dumps(case["definition"])
            # A random number of moto agrees by luck only.
            is_random = "States.MathRandom" in text
            # moto reads no objects, and its grammar lacks batches and the shapes of results.
            if "DISTRIBUTED" in case["features"]:
                continue
            if case["kind"] in ("history", "io") and '"Task"' not in text and '"Wait"' not in text and not is_random:
                yield case


def run(client, case, number):
    """Runs a case on moto; returns status, output and error."""
    machine = client.create_state_machine(
        name=f"m{number}", definition=json.dumps(case["definition"]), roleArn="arn:aws:iam::123456789012:role/r"
    )
    execution = client.start_execution(
        stateMachineArn=machine["stateMachineArn"], name="run-1", input=json.dumps(case["input"])
    )
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        described = client.describe_execution(executionArn=execution["executionArn"])
        if described["status"] != "RUNNING":
            output = described.get("output")
            return described["status"], output and json.loads(output), described.get("error")
        time.sleep(0.02)
    return "RUNNING", None, None


def main():
    logging.disable(logging.CRITICAL)
    differences, same = [], 0
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        client = boto3.client("stepfunctions")
        for number, case in enumerate(cases()):
            expected = case["expected"]
            wanted = (expected["status"], expected.get("output"), expected.get("error"))
            try:
                found = run(client, case, number)
            except Exception as error:  # noqa: BLE001  Whatever moto raises is a difference.
                found = (type(error).__name__, None, str(error)[:200])
            if found == wanted:
                same += 1
            else:
                differences.append((case["name"], wanted, found))
    unknown = [difference for difference in differences if difference[0] not in KNOWN]
    for name, wanted, found in unknown:
        print(f"{name}\n  expected {wanted}\n  moto     {found}")
    print(f"{same} agree, {len(differences) - len(unknown)} differ as known, {len(unknown)} differ")
    gone = set(KNOWN) - {difference[0] for difference in differences}
    for name in sorted(gone):
        print(f"{name}: moto agrees by now; take it out of KNOWN")
    return 1 if unknown or gone or same == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
