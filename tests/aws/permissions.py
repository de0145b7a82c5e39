"""What the roles of the deployed functions may do, tried with credentials of these roles.

The emulator does not tell its judge which partitions a call to DynamoDB is about nor which table a call to Glue, and runs
executions without asking the role of the state machine. For these its judge is asked here, with the policies that are deployed.
"""

from contextlib import contextmanager

from botocore.exceptions import ClientError
from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document

from rig import BUCKETS, DATABASE, REGION, TABLE

CURATED, RAW, REJECTS = BUCKETS["curated"], BUCKETS["raw"], BUCKETS["rejects"]
CONFIG = "_carelake/pipeline_config.yaml"
TABLE_ARN = f"arn:aws:dynamodb:us-east-1:000000000000:table/{TABLE}"
DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "403"}


def probe(what, call, allowed):
    """Carries out a call and asserts that it is refused for want of permission, or is not."""
    try:
        call()
        denied = False
    except ClientError as error:
        denied = error.response["Error"]["Code"] in DENIED
    assert denied != allowed, f"{what}: {'denied' if denied else 'allowed'}"


def judge(rig, role, action, resource, partition=None):
    """Returns what the policies of a role say of an action."""
    name, iam = role.rsplit("/", 1)[1], rig.client("iam")
    documents = [
        iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
    ]
    for attached in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        version = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]["DefaultVersionId"]
        found = iam.get_policy_version(PolicyArn=attached["PolicyArn"], VersionId=version)
        documents.append(found["PolicyVersion"]["Document"])
    policies = [parse_policy_document(document) for document in documents]
    call = EvalContext(
        principal_arn=role, principal_type="AssumedRole", principal_account=role.split(":")[4], action=action,
        resource_arn=resource, region=REGION, source_ip="127.0.0.1", secure_transport=True,
        service_context={} if partition is None else {"dynamodb:leadingkeys": [partition]},
    )
    return evaluate(call, policies).decision


class Role:
    """Calls with the credentials of one function's role."""

    def __init__(self, rig, name):
        self.rig, self.name, self.arn = rig, name, rig.functions[name]["Role"]
        credentials = rig.assume(name)
        self.s3 = rig.client("s3", credentials)
        self.plain = rig.client("s3", credentials, rig.plain_endpoint)
        self.ledger = rig.client("dynamodb", credentials)
        self.glue = rig.client("glue", credentials)
        self.sns = rig.client("sns", credentials)
        self.states = rig.client("stepfunctions", credentials)
        self.topic, self.machine = rig.topic, rig.machine
        self.tried = 0

    def may(self, what, call):
        self.probe(what, call, True)

    def may_not(self, what, call):
        self.probe(what, call, False)

    def probe(self, what, call, allowed):
        probe(f"{self.name}: {what}", call, allowed)
        self.tried += 1

    def get(self, bucket, key):
        return lambda: self.s3.get_object(Bucket=bucket, Key=key)

    def put(self, bucket, key):
        return lambda: self.s3.put_object(Bucket=bucket, Key=key, Body=b"probe")

    def remove(self, bucket, key):
        return lambda: self.s3.delete_object(Bucket=bucket, Key=key)

    def list(self, bucket, prefix):
        return lambda: self.s3.list_objects_v2(Bucket=bucket, Prefix=prefix)

    def ledger_is(self, allowed, action, partition):
        """Asserts what the role's policies say of an action on a partition of the ledger."""
        decision = judge(self.rig, self.arn, f"dynamodb:{action}", TABLE_ARN, partition)
        assert (decision == "Allow") == allowed, f"{self.name}: {action} in {partition}: {decision}"
        self.tried += 1

    def table_is(self, allowed, action, name):
        """Asserts what the role's policies say of an action on a table of the catalog."""
        arn = f"arn:aws:glue:us-east-1:000000000000:table/{DATABASE}/{name}"
        decision = judge(self.rig, self.arn, f"glue:{action}", arn)
        assert (decision == "Allow") == allowed, f"{self.name}: {action} of {name}: {decision}"
        self.tried += 1

    def table(self, name):
        return lambda: self.glue.get_table(DatabaseName=DATABASE, Name=name)


def a_job_reaches_its_own_and_nothing_else(rig, dataset, source, foreign_source, other, table):
    """Tries what the job of a dataset needs, and the same on what belongs to others."""
    role = Role(rig, dataset)
    own, foreign = f"{dataset}/probe", f"{other}/probe"
    role.may("read its source", role.get(RAW, source))
    role.may("list its source", role.list(RAW, source))
    role.may("read the configuration", role.get(CURATED, CONFIG))
    for bucket in (CURATED, REJECTS):
        role.may(f"write into {bucket}", role.put(bucket, own))
        role.may(f"read from {bucket}", role.get(bucket, own))
        role.may(f"list {bucket}", role.list(bucket, f"{dataset}/"))
        role.may(f"delete from {bucket}", role.remove(bucket, own))
        role.may_not(f"write what is another's into {bucket}", role.put(bucket, foreign))
        role.may_not(f"read what is another's from {bucket}", role.get(bucket, foreign))
        role.may_not(f"delete what is another's from {bucket}", role.remove(bucket, foreign))
        role.may_not(f"list what is another's in {bucket}", role.list(bucket, f"{other}/"))
        role.may_not(f"list all of {bucket}", role.list(bucket, ""))
    role.may_not("read another's source", role.get(RAW, foreign_source))
    role.may_not("write its source", role.put(RAW, source))
    role.may_not("replace the configuration", role.put(CURATED, CONFIG))
    role.may_not("take a policy away", lambda: role.s3.delete_bucket_policy(Bucket=CURATED))
    role.ledger_is(True, "Query", "RUNS")
    role.ledger_is(True, "GetItem", f"PUB#{dataset}")
    role.ledger_is(True, "PutItem", f"PUB#{dataset}")
    role.ledger_is(True, "PutItem", f"PUB#{dataset}/feed")
    role.ledger_is(False, "PutItem", "RUNS")
    role.ledger_is(False, "GetItem", f"PUB#{other}")
    role.ledger_is(False, "PutItem", f"PUB#{other}")
    role.ledger_is(False, "PutItem", f"PUB#{dataset}s")
    role.may_not("scan the ledger", lambda: role.ledger.scan(TableName=TABLE))
    role.may("read its table", role.table(table))
    role.table_is(True, "UpdateTable", table)
    role.table_is(False, "GetTable", other)
    role.table_is(False, "UpdateTable", other)
    role.table_is(False, "DeleteTable", table)
    role.may_not("tell on-call", lambda: role.sns.publish(TopicArn=role.topic, Message="probe"))
    role.may_not("start a run", lambda: role.states.start_execution(stateMachineArn=role.machine))
    role.may_not("speak without TLS", lambda: role.plain.get_object(Bucket=CURATED, Key=CONFIG))
    return role.tried


def a_step_reaches_what_it_plans_or_reports(rig):
    plan, report, freshness = (Role(rig, name) for name in ("plan", "report", "freshness"))
    for role in (plan, report, freshness):
        role.may("read the configuration", role.get(CURATED, CONFIG))
        role.may_not("read a source", role.get(RAW, "DAC_NationalDownloadableFile.csv"))
        role.may_not("write a dataset", role.put(CURATED, "clinicians/probe"))
        role.may_not("read rejects", role.get(REJECTS, "clinicians/probe"))
        role.ledger_is(False, "PutItem", "PUB#clinicians")
        role.may_not("tell on-call", lambda role=role: role.sns.publish(TopicArn=role.topic, Message="probe"))
        role.may_not("speak without TLS", lambda role=role: role.plain.get_object(Bucket=CURATED, Key=CONFIG))
    plan.ledger_is(True, "PutItem", "RUNS")
    plan.ledger_is(False, "Query", "PUB#clinicians")
    plan.may_not("write a report", plan.put(CURATED, "_carelake/runs/probe"))
    report.ledger_is(True, "PutItem", "RUNS")
    report.ledger_is(True, "Query", "PUB#clinicians")
    report.may("write a report", report.put(CURATED, "_carelake/runs/probe"))
    report.may_not("replace the configuration", report.put(CURATED, CONFIG))
    freshness.ledger_is(True, "Query", "PUB#clinicians")
    freshness.ledger_is(False, "PutItem", "RUNS")
    freshness.may_not("list datasets", freshness.list(CURATED, "clinicians/"))
    return plan.tried + report.tried + freshness.tried


@contextmanager
def given_all_of_s3_by_mistake(rig, name):
    """Gives the role of a function everything on S3 for a while."""
    role, iam = rig.functions[name]["Role"].rsplit("/", 1)[1], rig.client("iam")
    everything = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
    iam.put_role_policy(RoleName=role, PolicyName="mistake", PolicyDocument=everything)
    yield Role(rig, name)
    iam.delete_role_policy(RoleName=role, PolicyName="mistake")


def the_buckets_refuse_a_job_what_it_was_given_by_mistake(rig):
    with given_all_of_s3_by_mistake(rig, "practices") as role:
        role.may("write its own", role.put(CURATED, "practices/probe"))
        role.may("delete its own", role.remove(CURATED, "practices/probe"))
        for bucket, key in [(CURATED, "clinicians/probe"), (REJECTS, "providers/probe"), (CURATED, CONFIG + ".probe")]:
            role.may_not(f"write {key}", role.put(bucket, key))
            role.may_not(f"read {key}", role.get(bucket, key))
        role.may_not("replace the configuration", role.put(CURATED, CONFIG))
        role.may_not("replace its source", role.put(RAW, "DAC_NationalDownloadableFile.csv"))
        role.may_not("read another's source", role.get(RAW, "Hospital_Enrollments_2026.csv"))
        role.may_not("speak without TLS", lambda: role.plain.put_object(Bucket=CURATED, Key="practices/probe", Body=b""))
        s3 = rig.client("s3")
        version = s3.put_object(Bucket=CURATED, Key="clinicians/probe", Body=b"probe")["VersionId"]
        foreign = {"Bucket": CURATED, "Key": "clinicians/probe", "VersionId": version}
        role.may_not("read a version of what is another's", lambda: role.s3.get_object(**foreign))
        role.may_not("delete a version of what is another's", lambda: role.s3.delete_object(**foreign))
        role.may_not("take the fence away", lambda: role.s3.delete_bucket_policy(Bucket=CURATED))
        s3.delete_object(**foreign)
        return role.tried


def the_buckets_refuse_a_step_what_it_was_given_by_mistake(rig):
    with given_all_of_s3_by_mistake(rig, "report") as role:
        role.may("write a report", role.put(CURATED, "_carelake/runs/probe"))
        role.may_not("write a dataset", role.put(CURATED, "clinicians/probe"))
        role.may_not("replace the configuration", role.put(CURATED, CONFIG))
        role.may_not("read rejects", role.get(REJECTS, "clinicians/probe"))
        role.may_not("read a source", role.get(RAW, "DAC_NationalDownloadableFile.csv"))
        return role.tried


def the_state_machine_may_call_its_functions_and_the_topic(rig):
    machine = rig.client("stepfunctions").describe_state_machine(stateMachineArn=rig.machine)
    functions = [function["FunctionArn"] for name, function in rig.functions.items() if name != "freshness" and not name.startswith("intake-")]
    asked = [
        *(("lambda:InvokeFunction", function, "Allow") for function in functions),
        ("lambda:InvokeFunction", rig.functions["freshness"]["FunctionArn"], "ImplicitDeny"),
        ("sns:Publish", rig.topic, "Allow"),
        ("sns:Publish", rig.topic + "-other", "ImplicitDeny"),
        ("s3:GetObject", f"arn:aws:s3:::{CURATED}/clinicians/x", "ImplicitDeny"),
        ("dynamodb:GetItem", TABLE_ARN, "ImplicitDeny"),
    ]
    for action, resource, wanted in asked:
        decision = judge(rig, machine["roleArn"], action, resource)
        assert decision == wanted, f"state machine: {action} on {resource}: {decision}"
    return len(asked)


def every_role_may_do_what_it_needs_and_no_more(rig):
    """Returns how many calls were tried."""
    dac, feed = "DAC_NationalDownloadableFile.csv", "Hospital_General_Information.csv"
    enrolled = "PPEF_Enrollment_Extract_2026.csv"
    tried = [
        a_job_reaches_its_own_and_nothing_else(rig, "clinicians", dac, enrolled, "practices", "clinicians"),
        a_job_reaches_its_own_and_nothing_else(rig, "practices", dac, feed, "clinicians", "practices"),
        a_job_reaches_its_own_and_nothing_else(rig, "providers", dac, feed, "clinicians", "providers"),
        a_job_reaches_its_own_and_nothing_else(rig, "enrollments", enrolled, dac, "clinicians", "enrollments"),
        a_job_reaches_its_own_and_nothing_else(rig, "hospitals", feed, dac, "providers", "hospitals_hospital_enrollments"),
        a_step_reaches_what_it_plans_or_reports(rig),
        the_buckets_refuse_a_job_what_it_was_given_by_mistake(rig),
        the_buckets_refuse_a_step_what_it_was_given_by_mistake(rig),
        the_state_machine_may_call_its_functions_and_the_topic(rig),
    ]
    return sum(tried)
