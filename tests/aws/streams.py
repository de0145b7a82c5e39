"""Changes of a table of DynamoDB, delivered to the deployed functions by a mapping: taken, parked, published, given up and read again."""

import json

from outside import Outside
from permissions import Role
from rig import BUCKETS
from toy import until

STACK = "carelake-dev-streams"
CURATED, RAW, REJECTS = BUCKETS["curated"], BUCKETS["raw"], BUCKETS["rejects"]
MARKER = "STREAMEDNAME"


def table(rig):
    """Makes a table with a stream; returns the ARN of the stream."""
    made = rig.client("dynamodb").create_table(
        TableName="visits", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}], AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    return made["TableDescription"]["LatestStreamArn"]


def configured(arn):
    """Returns streams of which one is of this environment; a key that is no number is what cannot be used."""
    visits = {
        "kind": "dynamodb", "keys": [{"name": "id", "type": "int64"}], "attributes": [{"name": "n", "type": "int64"}], "aws": {"dev": {"arn": arn}},
    }
    elsewhere = {"kind": "dynamodb", "keys": [{"name": "id"}], "aws": {"prod": {"arn": arn}}}
    return {"visits": visits, "elsewhere": elsewhere}


class Streamed:
    """The room, deployed."""

    def __init__(self, rig, outside, arn):
        self.rig, self.outside, self.arn = rig, outside, arn
        self.shards = rig.client("dynamodbstreams")

    def write(self, **rows):
        for key, n in rows.items():
            item = {"id": {"S": key.lstrip("_")}, "n": {"N": str(n)}, "name": {"S": MARKER}}
            self.rig.client("dynamodb").put_item(TableName="visits", Item=item)

    def status(self):
        [found] = json.loads(self.outside.carelake("stream", "status", "visits", "--json").stdout)["streams"]
        return found

    def flush(self):
        ended = self.outside.run("stream-flush", trigger="manual", streams=["visits"])
        assert ended["status"] == "SUCCEEDED", ended
        return self.status()

    def mapping(self):
        [found] = self.rig.client("lambda").list_event_source_mappings(EventSourceArn=self.arn)["EventSourceMappings"]
        return found

    def let(self, delivers):
        self.rig.client("lambda").update_event_source_mapping(UUID=self.mapping()["UUID"], Enabled=delivers)

    def sent(self):
        """Returns the shard, and the positions of its records."""
        [shard] = self.shards.describe_stream(StreamArn=self.arn)["StreamDescription"]["Shards"]
        at = self.shards.get_shard_iterator(StreamArn=self.arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        records = self.shards.get_records(ShardIterator=at)["Records"]
        return shard["ShardId"], [record["dynamodb"]["SequenceNumber"] for record in records]

    def measured(self, name):
        lines = [json.loads(line) for line in self.rig.logs() if f'"{name}"' in line]
        return sum(line[name] for line in lines if line.get("Dataset") == "streams/visits")


def changes_are_published_and_poison_is_parked(streamed, check):
    dynamodb = streamed.rig.client("dynamodb")
    streamed.write(_1=1, _2=2, poison=3, _3=4)
    streamed.write(_1=5)
    dynamodb.delete_item(TableName="visits", Key={"id": {"S": "2"}})
    until("a record that is parked", lambda: streamed.status()["parked"])
    until("all that was delivered", lambda: streamed.measured("DeliveredRecords") >= 6)
    standing = streamed.flush()
    check("every change is published once", (standing["changes"], 5), (standing["totals"]["published"], 5))
    check("what cannot be used is parked, and blocks nothing", (standing["parked"], {"key_missing": 1}))
    check("and is counted for its alarm", (streamed.measured("ParkedRecords"), 1))
    check("the rows of now are those of the table", (standing["latest"], 2))
    ended = streamed.outside.run("stream-flush", trigger="schedule", as_of="2026-11-29T00:00:00Z")
    check("a minute with nothing new changes nothing", (ended["status"], "SUCCEEDED"), (streamed.status()["changes"], 5))


def it_is_deployed_as_it_is_declared(rig, streamed, template, check):
    mappings = [one["Properties"] for one in template["Resources"].values() if one["Type"] == "AWS::Lambda::EventSourceMapping"]
    check("the stream of this environment has a mapping, and no other", ([one["EventSourceArn"] for one in mappings], [streamed.arn]))
    found = streamed.mapping()
    wanted = {"MaximumRetryAttempts": 10, "MaximumRecordAgeInSeconds": 72000, "BisectBatchOnFunctionError": True, "FunctionResponseTypes": ["ReportBatchItemFailures"]}
    check("it gives up in time", ({name: found.get(name) for name in wanted}, wanted))
    pages = rig.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix="carelake-dev-streams-")
    alarms = {alarm["AlarmName"].removeprefix("carelake-dev-streams-") for page in pages for alarm in page["MetricAlarms"]}
    wanted = {"behind", "given-up", "given-up-untold", "visits-parked", "visits-lost", "visits-staged"}
    check("with its alarms", (wanted - alarms, set()))


def what_was_given_up_is_read_again(rig, streamed, check):
    well = json.loads(streamed.outside.carelake("doctor", "--json", code=1).stdout)
    found = [one["found"] for one in well["checks"] if one["what"] == "streams given up"]
    check("doctor looks into the queue", (found, ["no records"]))
    streamed.let(False)
    streamed.write(_7=7, _8=8, _9=9)
    shard, sent = streamed.sent()
    info = {
        "shardId": shard, "startSequenceNumber": sent[-3], "endSequenceNumber": sent[-1], "batchSize": 3, "streamArn": streamed.arn,
        "approximateArrivalOfFirstRecord": "2026-11-29T00:00:00Z",
    }
    message = {"requestContext": {"condition": "RetryAttemptsExhausted"}, "version": "1.0", "DDBStreamBatchInfo": info}
    sqs = rig.client("sqs")
    queue = sqs.get_queue_url(QueueName="carelake-dev-stream-failures")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(message))
    told = json.loads(streamed.outside.carelake("doctor", "--json", code=1).stdout)
    [found] = [one for one in told["checks"] if one["what"] == "stream visits"]
    typed = f"carelake stream replay visits --range {shard} {sent[-3]} {sent[-1]} --records 3"
    check("doctor tells the range as it is typed", (typed in found["next"], True), ("3 records" in found["found"], True))
    again = streamed.outside.carelake(*typed.split()[1:], "--json")
    took = json.loads(again.stdout)["took"]
    check("the range is read from the stream itself", ((took["delivered"], took["rows"], took.get("lost", 0)), (3, 3, 0)))
    standing = streamed.flush()
    check("and is published", (standing["changes"], 8), (standing["latest"], 5), (standing["records_lost"], 0))
    streamed.let(True)
    until("the mapping to go on", lambda: streamed.measured("DeliveredRecords") >= 9)
    standing = streamed.flush()
    check("what comes again is published once", (standing["changes"], 8), (standing["totals"]["duplicate"], {"again": 3}))
    refused = streamed.outside.carelake("stream", "replay", "visits", "--range", shard, sent[-3], "9" * 30, code=10)
    check("a range that there is not is refused", ("has no such records" in refused.stderr, True))
    sqs.purge_queue(QueueUrl=queue)


def its_roles_take_and_publish_and_nothing_else(rig, check):
    takes, flushes = Role(rig, "stream-take"), Role(rig, "stream-flush")
    takes.may("stage what is delivered", takes.put(RAW, "streams/visits/staged/probe"))
    takes.may("park what cannot be used", takes.put(REJECTS, "streams/visits/parked/probe"))
    takes.may_not("publish", takes.put(CURATED, "streams/visits/probe"))
    takes.may_not("write an input", takes.put(RAW, "probe.csv"))
    flushes.may("publish", flushes.put(CURATED, "streams/visits/probe"))
    flushes.may_not("write a dataset", flushes.put(CURATED, "clinicians/probe"))
    flushes.ledger_is(True, "PutItem", "CLAIM#streams/visits")
    takes.ledger_is(False, "PutItem", "CLAIM#streams/visits")
    for bucket, key in ((RAW, "streams/visits/staged/probe"), (REJECTS, "streams/visits/parked/probe"), (CURATED, "streams/visits/probe")):
        rig.client("s3").delete_object(Bucket=bucket, Key=key)
    check("its roles take and publish, and nothing else", (takes.tried + flushes.tried >= 8, True))


def changes_are_streamed(rig, check):
    """Deploys the room for a table of the emulator, has it take and publish what is written there, and takes it down again."""
    kept = rig.get("curated", "_carelake/pipeline_config.yaml")
    arn = table(rig)
    outside = Outside(rig, "https://data.cms.gov", {}, streams=configured(arn))
    template = outside.deploy(STACK)
    streamed = Streamed(rig, outside, arn)
    it_is_deployed_as_it_is_declared(rig, streamed, template, check)
    changes_are_published_and_poison_is_parked(streamed, check)
    what_was_given_up_is_read_again(rig, streamed, check)
    its_roles_take_and_publish_and_nothing_else(rig, check)
    check("no value is told", ([line for line in rig.logs() if MARKER in line], []))
    rig.client("cloudformation").delete_stack(StackName=STACK)
    rig.client("cloudformation").get_waiter("stack_delete_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    rig.client("dynamodb").delete_table(TableName="visits")
    rig.put("curated", "_carelake/pipeline_config.yaml", kept)
    rig.look()
    check("the room goes by itself", ([name for name in rig.functions if name.startswith("stream-")], []))
