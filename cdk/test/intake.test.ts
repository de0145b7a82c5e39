import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { environmentStacks } from "../lib/app.js";
import { reason } from "../lib/compliance/acknowledgements.js";
import { judge } from "../lib/compliance/packs.js";
import { exampleStacks, printed, PROJECT, withPartners } from "../lib/example.js";
import { FEATURES } from "../lib/features.js";
import { Names } from "../lib/names.js";
import { placeholders } from "../lib/placeholders.js";

const { base, rooms } = exampleStacks("dev", withPartners());
const room = rooms.get("intake");
assert.ok(room !== undefined);
const template = Template.fromStack(room);
const properties = (type: string): Record<string, unknown>[] =>
  Object.values(template.findResources(type)).map((found) => found["Properties"] as Record<string, unknown>);
const alarms = new Map(properties("AWS::CloudWatch::Alarm").map((alarm) => [String(alarm["AlarmName"]).replace("carelake-dev-", ""), alarm]));

test("there is an alarm for what goes wrong with partners' files, and each names a section of the runbook", () => {
  for (const name of [
    "feeds-late", "files-unclaimed", "letters-waiting", "intake-dispatch-dead-letters", "intake-dispatch-fails", "intake-dispatch-unheard", "intake-letters-take-fails",
    "intake-schedule-dead-letters", "intake-publish-slow", "intake-dispatch-throttled",
  ]) {
    assert.ok(alarms.has(name), `${name}: ${[...alarms.keys()].join()}`);
  }
  const runbook = readFileSync(join(PROJECT, "docs", "operations.md"), "utf8");
  const anchors = new Set([...runbook.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => heading.toLowerCase().replaceAll(" ", "-")));
  for (const [name, alarm] of alarms) {
    const [, section = ""] = /docs\/operations\.md#([\w-]+)$/.exec(String(alarm["AlarmDescription"])) ?? [];
    assert.ok(anchors.has(section), `${name}: ${section}`);
    assert.equal((alarm["AlarmActions"] as unknown[]).length, 1, name);
  }
});

test("what is measured of feeds is what the daily look writes", () => {
  const written = readFileSync(join(PROJECT, "jobs", "intake", "src", "functions", "record.rs"), "utf8");
  const watched = [...alarms.values()].filter(({ Namespace }) => Namespace === "carelake").map(({ MetricName }) => String(MetricName));
  assert.deepEqual(watched.sort(), ["LateFeeds", "UnclaimedFiles", "WaitingLetters"]);
  for (const name of watched) {
    assert.ok(written.includes(`"${name}"`), name);
  }
});

test("who publishes a feed makes its tables and the views over all feeds, and touches no other table", () => {
  const policies = Object.entries(template.findResources("AWS::IAM::ManagedPolicy")).filter(([, found]) => JSON.stringify(found).includes("glue:"));
  assert.deepEqual(policies.map(([at]) => at.replace(/Policy\w+$/, "")), ["IntakePublish", "IntakePublishLarge", "IntakeChange"]);
  const tables = [...JSON.stringify(policies[0]?.[1]).matchAll(/:table\/carelake_dev\/([\w*]+)/g)].map(([, name]) => name);
  assert.deepEqual(tables.sort(), ["encounters", "encounters_as_sent", "intake_*", "persons", "persons_as_sent"]);
});

test("everything that waits or is kept is encrypted with the key, and every queue refuses what comes without TLS", () => {
  for (const queue of properties("AWS::SQS::Queue")) {
    assert.ok(queue["KmsMasterKeyId"] !== undefined, String(queue["QueueName"]));
  }
  for (const group of properties("AWS::Logs::LogGroup")) {
    assert.ok(group["KmsKeyId"] !== undefined, String(group["LogGroupName"]));
  }
  const policies = properties("AWS::SQS::QueuePolicy");
  assert.equal(policies.length, properties("AWS::SQS::Queue").length);
  for (const policy of policies) {
    assert.match(JSON.stringify(policy), /"aws:SecureTransport":"false"/);
  }
});

test("every finding of the rules is mended, or acknowledged at its resource with a reason", () => {
  for (const stack of [base, room]) {
    const unexplained = judge(stack)
      .filter(({ complies, rule, resource }) => !complies && reason(rule, resource.node.path.slice(stack.node.path.length + 1)) === undefined)
      .map(({ rule, resource }) => `${rule} at ${resource.node.path}`);
    assert.deepEqual(unexplained, []);
  }
});

test("calls are reserved where the environment says so, and no more messages are taken from the queue than there are calls", () => {
  const reserved = new Map([["intake_judge", 20], ["intake_dispatch", 5]]);
  const table = printed("dev").map((one) => ({
    ...one, functions: one.functions.map((each) => ({ ...each, reserved_concurrency: reserved.get(each.name) ?? null })),
  }));
  const stack = environmentStacks(new App({ analyticsReporting: false, context: FEATURES }), {
    source: { names: new Names("dev"), config: withPartners(), project: PROJECT, artifacts: placeholders(table) }, rooms: table, email: "oncall@example.org",
  }).rooms.get("intake");
  assert.ok(stack !== undefined);
  const all = Template.fromStack(stack);
  const functions = Object.values(all.findResources("AWS::Lambda::Function")).map((found) => found["Properties"] as Record<string, unknown>);
  const told = functions.flatMap((one) => one["ReservedConcurrentExecutions"] === undefined ? [] : [[one["FunctionName"], one["ReservedConcurrentExecutions"]]]);
  assert.deepEqual(told.sort(), [["carelake-dev-intake-dispatch", 5], ["carelake-dev-intake-judge", 20]]);
  const mappings = Object.values(all.findResources("AWS::Lambda::EventSourceMapping")).map((found) => (found["Properties"] as Record<string, unknown>)["ScalingConfig"]);
  assert.deepEqual(mappings.filter((scaling) => scaling !== undefined), [{ MaximumConcurrency: 5 }]);
  // Where nothing is said, nothing is reserved.
  assert.ok(properties("AWS::Lambda::Function").every((one) => one["ReservedConcurrentExecutions"] === undefined));
});
