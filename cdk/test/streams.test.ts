import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Match, Template } from "aws-cdk-lib/assertions";
import type { StreamConfig } from "../lib/config.js";
import { exampleStacks, PROJECT, shipped } from "../lib/example.js";
import type { RoomStack } from "../lib/rooms/room-stack.js";
import { unexplained } from "./findings.js";
import { statementsOf } from "./statements.js";

const TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/visits/stream/2026-11-01T00:00:00.000";
const KEY = "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d";
const VISITS: StreamConfig = { name: "visits", kind: "dynamodb", source: "visits", arn: TABLE, flush: { every_secs: 300 } };
const CALLS: StreamConfig = { name: "calls", kind: "kinesis", source: "calls-of-partners", flush: { every_secs: 60 } };
const FILES: StreamConfig = { name: "grown", kind: "files", source: "grown", flush: { every_secs: 600 } };
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

function room(streams: readonly StreamConfig[]): RoomStack | undefined {
  return exampleStacks("dev", { ...shipped("dev"), streams }).rooms.get("streams");
}

function template(...streams: StreamConfig[]): Template {
  const stack = room(streams);
  assert.ok(stack !== undefined);
  assert.deepEqual(unexplained(stack), []);
  return Template.fromStack(stack);
}

/** What the function that takes records may do besides what its table says, by action. */
function rights(of: Template): Map<string, unknown[]> {
  const found = [...statementsOf(of.toJSON())].filter(({ at }) => at.startsWith("StreamTakePolicy")).map(({ statement }) => statement);
  const extra = found.filter(({ Action, Resource }) => list(Action).some((action) => /^(dynamodb|kinesis|sqs):/.test(String(action))) || list(Resource).includes(KEY));
  return new Map(extra.flatMap(({ Action, Resource }) => list(Action).map((action) => [String(action), list(Resource)] as const)));
}

test("an environment without streams has no room for them, whose schedule would start executions for nothing", () => {
  assert.equal(room([]), undefined);
  template(FILES).hasResourceProperties("AWS::Scheduler::Schedule", { Name: "carelake-dev-stream-flush" });
});

test("records of a table are delivered as far as they can be used, and what cannot be taken is given up before it is gone", () => {
  const made = template(VISITS);
  made.hasResourceProperties("AWS::Lambda::EventSourceMapping", {
    EventSourceArn: TABLE, StartingPosition: "TRIM_HORIZON", FunctionResponseTypes: ["ReportBatchItemFailures"],
    BisectBatchOnFunctionError: true, MaximumRetryAttempts: 10, MaximumRecordAgeInSeconds: 72000,
    DestinationConfig: { OnFailure: { Destination: { "Fn::GetAtt": [Match.stringLikeRegexp("^DeliveriesDeadLetters"), "Arn"] } } },
    FilterCriteria: Match.absent(),
  });
  made.hasResourceProperties("AWS::SQS::Queue", { QueueName: "carelake-dev-stream-failures", KmsMasterKeyId: Match.anyValue(), MessageRetentionPeriod: 1209600 });
});

test("what the filter of a table need not deliver stays there", () => {
  template({ ...VISITS, prefilter: ["INSERT", "MODIFY"] }).hasResourceProperties("AWS::Lambda::EventSourceMapping", {
    FilterCriteria: { Filters: [{ Pattern: JSON.stringify({ eventName: ["INSERT", "MODIFY"] }) }] },
  });
});

test("who takes records reads those streams and no others", () => {
  const none = rights(template(FILES));
  assert.deepEqual([...none.keys()].sort(), ["sqs:SendMessage"]);
  const of = rights(template({ ...VISITS, key: KEY }, CALLS, FILES));
  for (const action of ["DescribeStream", "GetRecords", "GetShardIterator"]) {
    assert.deepEqual(of.get(`dynamodb:${action}`), [TABLE], action);
    assert.match(JSON.stringify(of.get(`kinesis:${action}`)), /:kinesis:",\{"Ref":"AWS::Region"\},":",\{"Ref":"AWS::AccountId"\},":stream\/calls-of-partners"/);
  }
  const wide = [...of].filter(([, resources]) => resources.includes("*")).map(([action]) => action);
  assert.deepEqual(wide, ["dynamodb:ListStreams"]);
  assert.deepEqual(of.get("kms:Decrypt"), [KEY]);
});

test("who takes records looks up what its streams look up, in those tables and publications and no others", () => {
  const lookups = [{ table: "sites-dev" }, { table: "codes", region: "eu-west-1" }, { publication: "files/sites" }];
  assert.equal(rights(template(VISITS)).get("dynamodb:BatchGetItem"), undefined);
  const made = template({ ...VISITS, lookups }, { ...CALLS, lookups: [{ table: "sites-dev" }] }, FILES);
  const tables = rights(made).get("dynamodb:BatchGetItem") ?? [];
  assert.equal(tables.length, 2);
  assert.match(JSON.stringify(tables[0]), /:dynamodb:",\{"Ref":"AWS::Region"\},":",\{"Ref":"AWS::AccountId"\},":table\/sites-dev"/);
  assert.match(JSON.stringify(tables[1]), /:dynamodb:eu-west-1:",\{"Ref":"AWS::AccountId"\},":table\/codes"/);
  const read = [...statementsOf(made.toJSON())].filter(({ at, statement }) => at.startsWith("StreamTakePolicy") && list(statement.Action).join() === "s3:GetObject");
  const objects = read.map(({ statement }) => JSON.stringify(statement.Resource));
  assert.ok(objects.some((resource) => resource.includes("/files/sites/*")), objects.join());
  const others = [...statementsOf(made.toJSON())].filter(({ at, statement }) => !at.startsWith("StreamTakePolicy") && list(statement.Action).includes("dynamodb:BatchGetItem"));
  assert.deepEqual(others, []);
});

test("a stream of a table whose ARN is not told is refused, with how to find it", () => {
  const { arn, ...unknown } = VISITS;
  assert.ok(arn !== undefined);
  assert.throws(() => room([unknown]), /streams\.visits\.aws\.dev\.arn: is missing; aws dynamodb describe-table --table-name visits/);
});

test("each stream has its alarms, and what delivers has some of its own, each with its section of the runbook", () => {
  const found = Object.values(template(VISITS, CALLS).findResources("AWS::CloudWatch::Alarm") as Record<string, { Properties: Record<string, unknown> }>);
  const alarms = new Map(found.map(({ Properties }) => [String(Properties["AlarmName"]).replace("carelake-dev-", ""), Properties]));
  for (const [name, every] of [["visits", 300], ["calls", 60]] as const) {
    const dimensions = [{ Name: "Dataset", Value: `streams/${name}` }, { Name: "Environment", Value: "dev" }];
    for (const [end, metric, above] of [["parked", "ParkedRecords", 0], ["lost", "LostRecords", 0], ["staged", "StagedAge", every * 3]] as const) {
      const alarm = alarms.get(`streams-${name}-${end}`) ?? {};
      assert.deepEqual([alarm["MetricName"], alarm["Threshold"], alarm["Dimensions"]], [metric, above, dimensions]);
    }
    assert.equal(alarms.get(`streams-${name}-staged`)?.["TreatMissingData"], "missing");
  }
  const behind = alarms.get("streams-behind") ?? {};
  assert.deepEqual([behind["MetricName"], behind["Threshold"], behind["EvaluationPeriods"]], ["IteratorAge", 900_000, 2]);
  assert.equal(alarms.get("streams-given-up")?.["MetricName"], "ApproximateNumberOfMessagesVisible");
  assert.equal(alarms.get("streams-given-up-untold")?.["MetricName"], "DestinationDeliveryFailures");
  const runbook = readFileSync(join(PROJECT, "docs", "operations.md"), "utf8");
  const anchors = new Set([...runbook.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => heading.toLowerCase().replaceAll(" ", "-")));
  for (const [name, alarm] of alarms) {
    const [, section = ""] = /docs\/operations\.md#([\w-]+)$/.exec(String(alarm["AlarmDescription"])) ?? [];
    assert.ok(anchors.has(section), `${name}: ${section}`);
  }
});
