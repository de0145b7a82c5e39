import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Match, Template } from "aws-cdk-lib/assertions";
import { exampleStacks, printed, PROJECT, shipped } from "../lib/example.js";
import { unexplained } from "./findings.js";
import { statementsOf } from "./statements.js";

const stacks = exampleStacks("dev", shipped("dev"), printed("toy"));
const stack = stacks.rooms.get("toy");
assert.ok(stack !== undefined);
const toy = Template.fromStack(stack);
const [room] = printed("toy");
assert.ok(room !== undefined);
const properties = (type: string, template = toy): Record<string, unknown>[] =>
  Object.values(template.findResources(type)).map((found) => found["Properties"] as Record<string, unknown>);
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);
const statements = [...statementsOf(toy.toJSON())];

/** What the policy of a function says. */
function policy(id: string): { Action: unknown; Resource: unknown; Condition?: unknown }[] {
  const [found] = Object.entries(toy.findResources("AWS::IAM::ManagedPolicy")).filter(([at]) => at.startsWith(`${id}Policy`));
  const document = found?.[1]["Properties"] as { PolicyDocument: { Statement: { Action: unknown; Resource: unknown }[] } };
  return document.PolicyDocument.Statement;
}

test("a room is a stack of its own, with every function and definition of its table", () => {
  assert.equal(stack.stackName, "carelake-dev-toy");
  const functions = properties("AWS::Lambda::Function").map(({ FunctionName }) => FunctionName);
  assert.deepEqual(functions.sort(), room.functions.map(({ lambda }) => `carelake-dev-${lambda}`).sort());
  const machines = properties("AWS::StepFunctions::StateMachine").map(({ StateMachineName }) => StateMachineName);
  assert.deepEqual(machines.sort(), room.definitions.map(({ machine }) => machine).sort());
  toy.hasResourceProperties("AWS::Lambda::Function", {
    FunctionName: "carelake-dev-toy-gather", Timeout: 60, MemorySize: 512,
    Environment: { Variables: Match.objectLike({ CARELAKE_FUNCTION: "toy_gather", CARELAKE_LEDGER_TABLE: "carelake-dev-ledger" }) },
  });
  toy.hasResourceProperties("AWS::Scheduler::Schedule", {
    Name: "carelake-dev-toy-heard", ScheduleExpression: "cron(0 6 * * ? *)",
    Target: { Input: JSON.stringify({ trigger: "schedule", as_of: "<aws.scheduler.scheduled-time>" }) },
  });
});

test("a room imports the key and nothing else, so that it is deployed without the others", () => {
  const imports = new Set(JSON.stringify(toy.toJSON()).match(/"Fn::ImportValue":"[^"]*"/g));
  assert.deepEqual([...imports], ['"Fn::ImportValue":"carelake-dev-key"']);
  Template.fromStack(stacks.base).hasOutput("KeyArn", { Export: { Name: "carelake-dev-key" } });
});

test("what a function is given is the most that it can have", () => {
  const roles = Object.entries(toy.findResources("AWS::IAM::Role")).filter(([, role]) => JSON.stringify(role).includes("lambda.amazonaws.com"));
  assert.equal(roles.length, room.functions.length);
  for (const [at, { Properties: role }] of roles) {
    const { ManagedPolicyArns: given, PermissionsBoundary: most } = role as { ManagedPolicyArns: unknown[]; PermissionsBoundary: unknown };
    assert.deepEqual(given, [most], at);
  }
  for (const [at, found] of Object.entries(toy.findResources("AWS::IAM::ManagedPolicy"))) {
    const text = JSON.stringify((found["Properties"] as { PolicyDocument: unknown }).PolicyDocument);
    assert.ok(text.length < 6144, `${at}: ${text.length}`);
  }
  const inline = Object.keys(toy.findResources("AWS::IAM::Policy")).filter((at) => !/^(Toy\w+Machine|Schedules)Role/.test(at));
  assert.deepEqual(inline, []);
});

test("a function writes below the name of its room, in the output and in the ledger, and reads the configuration", () => {
  const written = policy("ToyGather").filter(({ Action }) => list(Action).includes("s3:PutObject"));
  assert.deepEqual(written.flatMap(({ Resource }) => list(Resource)).map((arn) => JSON.stringify(arn)), [
    '{"Fn::Join":["",["arn:",{"Ref":"AWS::Partition"},":s3:::carelake-dev-curated/toy/*"]]}',
  ]);
  const keys = policy("ToyGather").filter(({ Action }) => list(Action).includes("dynamodb:PutItem"));
  assert.deepEqual(keys.map(({ Condition }) => Condition), [
    {
      "ForAllValues:StringLike": {
        "dynamodb:LeadingKeys": [
          "PUB#toy/*", "ROWS#toy#*", "ROWS#tenant/*/toy#*", "ROWS#subjects#toy", "ROWS#tenant/*/subjects#toy",
          "ROWS#source_schemas#toy/*", "ROWS#tenant/*/source_schemas#toy/*", "CLAIM#toy", "CLAIM#toy/*", "CLAIM#tenant/*/toy/*", "IDENTITY#toy/*", "RUNS",
        ],
      },
    },
  ]);
  const letters = policy("ToyBury").filter(({ Action }) => list(Action).includes("dynamodb:PutItem"));
  assert.match(JSON.stringify(letters), /\["ROWS#letters#\*","ROWS#tenant\/\*\/letters#\*"\]/);
  assert.ok(!JSON.stringify(policy("ToyDouble")).includes("dynamodb:"));
  assert.match(JSON.stringify(policy("ToyDouble")), /curated\/_carelake\/pipeline_config\.yaml/);
});

test("who listens reads pointers and starts definitions of its room", () => {
  const objects = policy("ToyListen").filter(({ Action }) => list(Action).includes("s3:GetObject"));
  const [keys] = objects.map(({ Resource }) => list(Resource).map((arn) => JSON.stringify(arn).replace(/^.*carelake-dev-curated/, "")));
  assert.deepEqual(keys?.map((key) => key.replace(/"\]\]\}$/, "")), ["/_carelake/pipeline_config.yaml", "/toy/*/_current.json"]);
  assert.equal(policy("ToyListen").filter(({ Action }) => list(Action).includes("states:StartExecution")).length, 1);
  assert.match(JSON.stringify(policy("ToyStart").find(({ Action }) => list(Action).includes("states:DescribeExecution"))), /execution:carelake-dev-toy-one:\*/);
});

test("nothing is granted on every resource but what knows none", () => {
  const wide = statements.filter(({ statement }) => statement.Effect === "Allow" && list(statement.Resource).includes("*"));
  const ofFunctions = wide.filter(({ at }) => at.includes("Policy") && !/Machine|Schedules/.test(at));
  assert.deepEqual([...new Set(ofFunctions.map(({ statement }) => statement.Action))], ["states:ListStateMachines"]);
});

test("a function of batches has a queue that tries four times, an answer for parts, and dead letters with an alarm", () => {
  toy.hasResourceProperties("AWS::SQS::Queue", {
    QueueName: "carelake-dev-toy-sum", VisibilityTimeout: 360, KmsMasterKeyId: Match.anyValue(),
    RedrivePolicy: { maxReceiveCount: 4, deadLetterTargetArn: Match.anyValue() },
  });
  toy.allResourcesProperties("AWS::Lambda::EventSourceMapping", { FunctionResponseTypes: ["ReportBatchItemFailures"] });
  // Each of the two queues, and what is left of each for good.
  toy.resourceCountIs("AWS::Lambda::EventSourceMapping", 4);
  toy.hasResourceProperties("AWS::CloudWatch::Alarm", { AlarmName: "carelake-dev-toy-sum-dead-letters", Threshold: 0 });
  assert.match(JSON.stringify(policy("ToySum")), /sqs:DeleteMessage/);
});

test("what a room listens to fills a queue of its own, by the keys of pointers", () => {
  toy.hasResourceProperties("AWS::Events::Rule", {
    EventPattern: {
      source: ["aws.s3"], "detail-type": ["Object Created"],
      detail: { bucket: { name: ["carelake-dev-curated"] }, object: { key: [{ wildcard: "toy/*/_current.json" }] } },
    },
  });
  Template.fromStack(stacks.base).hasResourceProperties("AWS::S3::Bucket", {
    BucketName: "carelake-dev-curated", NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
  });
});

test("a state machine may call what its definition names, and nothing else", () => {
  const may = (machine: string): string[] => statements
    .filter(({ at, statement }) => at.startsWith(`${machine}Role`) && statement.Effect === "Allow")
    .flatMap(({ statement }) => list(statement.Action).map(String))
    .filter((action) => !/^(logs|xray|kms|sts):/.test(action)).sort();
  assert.deepEqual(may("ToyHeardMachine"), []);
  assert.deepEqual(may("ToyGatherMachine"), ["lambda:InvokeFunction"]);
  assert.deepEqual(may("ToyQueueMachine"), ["sqs:SendMessage"]);
  assert.deepEqual(may("ToyOuterMachine").filter((action) => !action.startsWith("events:")), [
    "sns:Publish", "states:DescribeExecution", "states:StartExecution", "states:StopExecution",
  ]);
  assert.ok(may("ToyItemsMachine").includes("s3:GetObject"));
});

test("what a definition names and the room does not have is refused, and so is a room that cannot hear what it listens to", () => {
  const without = { ...room, functions: room.functions.filter(({ name }) => name !== "toy_sum") };
  assert.throws(() => exampleStacks("dev", shipped("dev"), [without]), /toy_queue\.asl\.json: nothing stands for ToySumQueue/);
  const deaf = { ...room, functions: room.functions.filter(({ name }) => name !== "toy_listen") };
  assert.throws(() => exampleStacks("dev", shipped("dev"), [deaf]), /toy listens to publications, and none of its functions/);
});

test("what a function needs of the ledger and no partition is, is refused", () => {
  const needs = [{ place: "ledger", part: "all", access: "write" }] as const;
  const functions = room.functions.map((one) => (one.name === "toy_double" ? { ...one, needs } : one));
  assert.throws(() => exampleStacks("dev", shipped("dev"), [{ ...room, functions }]), /toy_double says that it needs all of the ledger/);
});

test("a function reads the secrets that its section names, and no others", () => {
  const needs = [{ place: "secrets", part: "own", access: "read" }] as const;
  const functions = room.functions.map((one) => (one.name === "toy_double" ? { ...one, needs, secrets: ["partners/bay"] } : one));
  const found = exampleStacks("dev", shipped("dev"), [{ ...room, functions }]).rooms.get("toy");
  assert.ok(found !== undefined);
  const text = JSON.stringify(Template.fromStack(found).toJSON());
  assert.equal(text.split("secretsmanager:GetSecretValue").length, 2);
  assert.match(text, /:secretsmanager:[^\]]*:secret:partners\/bay-\?{6}"/);
});

test("a function of HTTP has an API, whose log tells nothing that a request brings", () => {
  const functions = room.functions.map((one) => (one.name === "toy_double" ? { ...one, called_by: "http" as const } : one));
  const found = exampleStacks("dev", shipped("dev"), [{ ...room, functions }]).rooms.get("toy");
  assert.ok(found !== undefined);
  const template = Template.fromStack(found);
  template.hasResourceProperties("AWS::ApiGatewayV2::Api", { Name: "carelake-dev-toy-double", ProtocolType: "HTTP" });
  template.hasResourceProperties("AWS::ApiGatewayV2::Route", { RouteKey: "$default" });
  template.hasResourceProperties("AWS::ApiGatewayV2::Stage", {
    AccessLogSettings: { Format: Match.not(Match.stringLikeRegexp("[Pp]ath|authorizer|Ip|query")) },
    DefaultRouteSettings: { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 100 },
  });
  assert.deepEqual(unexplained(found), []);
});

test("a function that reaches other systems runs in the subnets of its environment, and is refused without any", () => {
  const { environment, ...others } = shipped("dev");
  const functions = room.functions.map((one) => ({ ...one, network: one.name === "toy_double" }));
  const network = { vpc: "vpc-0a1b", subnets: ["subnet-0a"], hosts: ["data.cms.gov"] };
  const deployment = { ...environment.deployment, network };
  const config = { environment: { ...environment, deployment }, ...others };
  const found = exampleStacks("dev", config, [{ ...room, functions }]).rooms.get("toy");
  assert.ok(found !== undefined);
  Template.fromStack(found).hasResourceProperties("AWS::Lambda::Function", {
    FunctionName: "carelake-dev-toy-double", VpcConfig: { SubnetIds: ["subnet-0a"] },
  });
  assert.deepEqual(unexplained(found), []);
  assert.throws(() => exampleStacks("dev", shipped("dev"), [{ ...room, functions }]), /network\.toy, or environments\.dev\.deployment\.network: is missing, and toy_double/);
});

test("a function that asks for a container is one where its environment has a network, and the largest function elsewhere", () => {
  const { environment, datasets, intake, loads, streams } = shipped("dev");
  const container = { memory_mib: 8192, scratch_mib: 102400 };
  const functions = room.functions.map((one) => (one.name === "toy_gather" ? { ...one, container, memory_mib: 10240, scratch_mib: 10240 } : one));
  const network = { vpc: "vpc-0a1b", subnets: ["subnet-0a"] };
  const config = { environment: { ...environment, deployment: { ...environment.deployment, network } }, datasets, intake, loads, streams };
  const built = (of: typeof config): Template => {
    const found = exampleStacks("dev", of, [{ ...room, functions }]).rooms.get("toy");
    assert.ok(found !== undefined);
    assert.deepEqual(unexplained(found), []);
    return Template.fromStack(found);
  };
  const within = built(config);
  within.hasResourceProperties("AWS::ECS::TaskDefinition", { Memory: "8192", EphemeralStorage: { SizeInGiB: 101 } });
  const called = JSON.stringify(within.findResources("AWS::StepFunctions::StateMachine"));
  assert.match(called, /ecs:runTask\.waitForTaskToken/);
  // Whichever of the room's definitions calls it is answered.
  const answers = JSON.stringify(within.findResources("AWS::IAM::ManagedPolicy")) + JSON.stringify(within.findResources("AWS::IAM::Policy"));
  const tokens = /"states:SendTaskFailure"[^\]]*\],"Effect":"Allow","Resource":(\[[^]*?\]\]\}\])/.exec(answers)?.[1] ?? "";
  assert.equal(tokens.split("stateMachine:carelake-dev-toy-").length - 1, room.definitions.length);
  const without = built({ environment, datasets, intake, loads, streams } as typeof config);
  without.hasResourceProperties("AWS::Lambda::Function", { FunctionName: "carelake-dev-toy-gather", MemorySize: 10240, EphemeralStorage: { Size: 10240 } });
  without.resourceCountIs("AWS::ECS::TaskDefinition", 0);
});

test("no template names the partition of AWS, so that an environment may be in another", () => {
  for (const one of [stacks.base, stack]) {
    const literal = JSON.stringify(Template.fromStack(one).toJSON()).match(/.{60}arn:aws:.{40}/g);
    assert.deepEqual(literal, null, one.stackName);
  }
});

test("alarms of a room name sections of the runbook", () => {
  const runbook = readFileSync(join(PROJECT, "docs", "operations.md"), "utf8");
  const anchors = new Set([...runbook.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => heading.toLowerCase().replaceAll(" ", "-")));
  for (const alarm of properties("AWS::CloudWatch::Alarm")) {
    const [, section = ""] = /docs\/operations\.md#([\w-]+)$/.exec(String(alarm["AlarmDescription"])) ?? [];
    assert.ok(anchors.has(section), `${String(alarm["AlarmName"])}: ${section}`);
  }
});

test("every finding of the rules in a room is mended, or acknowledged at its resource with a reason", () => {
  assert.deepEqual(unexplained(stack), []);
});
