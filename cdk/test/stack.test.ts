import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Match, Template } from "aws-cdk-lib/assertions";
import { reason } from "../lib/compliance/acknowledgements.js";
import { compliancePage } from "../lib/compliance/coverage.js";
import { judge } from "../lib/compliance/packs.js";
import { exampleStack, PROJECT, shipped } from "../lib/example.js";

const [devStack, prodStack] = [exampleStack("dev"), exampleStack("prod")];
const [dev, prod] = [Template.fromStack(devStack), Template.fromStack(prodStack)];
const properties = (template: Template, type: string): Record<string, unknown>[] =>
  Object.values(template.findResources(type)).map((found) => found["Properties"] as Record<string, unknown>);

test("there is a function with a role and a log group for each dataset and step", () => {
  const names = properties(prod, "AWS::Lambda::Function").map(({ FunctionName }) => FunctionName);
  const steps = ["clinicians", "enrollments", "freshness", "hospitals", "plan", "practices", "providers", "report"];
  assert.deepEqual(names.sort(), steps.map((step) => `carelake-prod-${step}`));
  const roles = new Set(properties(prod, "AWS::Lambda::Function").map(({ Role }) => JSON.stringify(Role)));
  assert.equal(roles.size, steps.length);
  prod.allResourcesProperties("AWS::Lambda::Function", {
    Runtime: "provided.al2023", Architectures: ["arm64"], KmsKeyArn: Match.anyValue(), LoggingConfig: { LogGroup: Match.anyValue() },
  });
  prod.hasResourceProperties("AWS::Lambda::Function", {
    FunctionName: "carelake-prod-providers", EphemeralStorage: { Size: 10_240 }, MemorySize: 3008, Timeout: 900,
  });
});

test("everything that holds data is encrypted with the key, which rotates", () => {
  prod.hasResourceProperties("AWS::KMS::Key", { EnableKeyRotation: true });
  const byKey = { ServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: Match.anyValue() } };
  prod.resourceCountIs("AWS::S3::Bucket", 4);
  prod.allResourcesProperties("AWS::S3::Bucket", {
    BucketEncryption: { ServerSideEncryptionConfiguration: [Match.objectLike(byKey)] },
  });
  prod.allResourcesProperties("AWS::DynamoDB::Table", { SSESpecification: { SSEEnabled: true, SSEType: "KMS" } });
  prod.allResourcesProperties("AWS::SNS::Topic", { KmsMasterKeyId: Match.anyValue() });
  prod.allResourcesProperties("AWS::SQS::Queue", { KmsMasterKeyId: Match.anyValue() });
  prod.allResourcesProperties("AWS::Logs::LogGroup", { KmsKeyId: Match.anyValue() });
  prod.allResourcesProperties("AWS::Scheduler::Schedule", { KmsKeyArn: Match.anyValue() });
});

test("buckets are private, versioned and logged", () => {
  prod.allResourcesProperties("AWS::S3::Bucket", {
    VersioningConfiguration: { Status: "Enabled" },
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true,
    },
  });
  for (const BucketName of ["carelake-prod-raw", "carelake-prod-curated", "carelake-prod-rejects"]) {
    prod.hasResourceProperties("AWS::S3::Bucket", { BucketName, LoggingConfiguration: { DestinationBucketName: Match.anyValue() } });
  }
});

test("the ledger has the keys that jobs use, forgets what has expired, and can be restored", () => {
  prod.hasResourceProperties("AWS::DynamoDB::Table", {
    TableName: "carelake-prod-ledger",
    BillingMode: "PAY_PER_REQUEST",
    TimeToLiveSpecification: { AttributeName: "expires", Enabled: true },
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }, { AttributeName: "sk", KeyType: "RANGE" }],
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  });
});

test("prod keeps its data when the stack goes, dev does not", () => {
  for (const type of ["AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::Logs::LogGroup"]) {
    prod.allResources(type, { DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" });
    dev.allResources(type, { DeletionPolicy: "Delete" });
  }
  prod.hasResourceProperties("AWS::DynamoDB::Table", { DeletionProtectionEnabled: true });
});

test("environments differ in what the configuration says, and in nothing else", () => {
  const types = (template: Template): string[] =>
    Object.values(template.toJSON()["Resources"] as Record<string, { Type: string }>).map(({ Type }) => Type).sort();
  const monthly = types(prod).indexOf("AWS::Scheduler::Schedule");
  assert.deepEqual(types(dev), types(prod).filter((_, at) => at !== monthly));
});

test("the state machine in the template is the file in the partition of the stack, logged without data and traced", () => {
  const definition = readFileSync(join(PROJECT, "statemachine", "pipeline.asl.json"), "utf8")
    .replaceAll("arn:aws:states:::", "arn:${Partition}:states:::");
  prod.hasResourceProperties("AWS::StepFunctions::StateMachine", {
    StateMachineName: "carelake-prod",
    StateMachineType: "STANDARD",
    DefinitionString: definition,
    LoggingConfiguration: { IncludeExecutionData: false, Level: "ALL" },
    TracingConfiguration: { Enabled: true },
  });
  const [machine] = properties(prod, "AWS::StepFunctions::StateMachine");
  const wanted = [...definition.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name);
  const given = Object.keys(machine?.["DefinitionSubstitutions"] as object);
  assert.deepEqual([...new Set(wanted)].sort(), given.sort());
});

test("the monthly run starts on its day, is tried for a day, and is kept when it cannot start", () => {
  const schedule = prod.findResources("AWS::Scheduler::Schedule", { Properties: { Name: "carelake-prod-monthly" } });
  assert.equal(Object.keys(schedule).length, 1);
  prod.hasResourceProperties("AWS::Scheduler::Schedule", {
    Name: "carelake-prod-monthly",
    ScheduleExpression: "cron(0 6 20 * ? *)",
    ScheduleExpressionTimezone: "UTC",
    Target: {
      Input: JSON.stringify({ trigger: "schedule", as_of: "<aws.scheduler.scheduled-time>" }),
      DeadLetterConfig: { Arn: Match.anyValue() },
      RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
    },
  });
});

test("an execution that could not tell is told of, without what it worked on; one that failed is not told twice", () => {
  prod.hasResourceProperties("AWS::Events::Rule", {
    EventPattern: { detail: { status: ["TIMED_OUT", "ABORTED"] } },
    Targets: [
      Match.objectLike({
        InputTransformer: { InputPathsMap: { "detail-name": "$.detail.name", "detail-status": "$.detail.status" } },
      }),
    ],
  });
});

test("every alarm tells the topic and names a section that docs/operations.md has", () => {
  const headings = readFileSync(join(PROJECT, "docs", "operations.md"), "utf8").matchAll(/^#+ (.*)$/gm);
  const anchors = new Set([...headings].map(([, heading = ""]) => heading.toLowerCase().replace(/[^\w\- ]/g, "").replaceAll(" ", "-")));
  const alarms = properties(prod, "AWS::CloudWatch::Alarm");
  assert.equal(alarms.length, 27);
  for (const alarm of alarms) {
    const [, section = ""] = /docs\/operations\.md#([\w-]+)$/.exec(String(alarm["AlarmDescription"])) ?? [];
    assert.ok(anchors.has(section), `${String(alarm["AlarmName"])}: ${section}`);
    assert.equal((alarm["AlarmActions"] as unknown[]).length, 1);
  }
  const [, rule = ""] = /docs\/operations\.md#([\w-]+)/.exec(JSON.stringify(properties(prod, "AWS::Events::Rule"))) ?? [];
  assert.ok(anchors.has(rule), rule);
});

test("there is an alarm for each thing that goes wrong in silence", () => {
  const names = properties(prod, "AWS::CloudWatch::Alarm").map(({ AlarmName }) => String(AlarmName).replace("carelake-prod-", ""));
  for (const name of [
    "no-success", "notice-undelivered", "notice-refused", "schedule-dead-letters", "clinicians-throttled", "clinicians-slow",
    "hospitals-hospital_enrollments-rejects",
  ]) {
    assert.ok(names.includes(name), name);
  }
  prod.hasResourceProperties("AWS::CloudWatch::Alarm", {
    AlarmName: "carelake-prod-no-success", Threshold: 32, Period: 86_400, EvaluationPeriods: 2, TreatMissingData: "missing",
    InsufficientDataActions: [Match.anyValue()],
  });
  prod.hasResourceProperties("AWS::CloudWatch::Alarm", { AlarmName: "carelake-prod-hospitals-hospital_enrollments-rejects", Threshold: 0.2 });
});

test("metrics in alarms and on the dashboard are those that functions write", () => {
  const sources = [["lambda", "src", "metrics.rs"], ["pipeline", "src", "monthly.rs"]];
  const written = sources.map((path) => readFileSync(join(PROJECT, "jobs", ...path), "utf8")).join();
  const [dashboard] = properties(prod, "AWS::CloudWatch::Dashboard");
  const shown = [...JSON.stringify(dashboard).matchAll(/\\"carelake\\",\\"(\w+)\\"/g)].map(([, name]) => name);
  const watched = properties(prod, "AWS::CloudWatch::Alarm").filter(({ Namespace }) => Namespace === "carelake");
  const names = new Set([...shown, ...watched.map(({ MetricName }) => String(MetricName))]);
  assert.ok(names.size >= 7, [...names].join());
  for (const name of names) {
    assert.ok(written.includes(`"${name}"`), name);
  }
});

test("a partner uploads into its own folder and reaches nothing else", () => {
  const dev = shipped("dev");
  const ofMercy = { prefix: "partners/mercy/", reads: ["partners/mercy/"], uploader: "210987654321" };
  const datasets = dev.datasets.map((dataset) => ({
    ...dataset,
    sources: dataset.sources.map((source) => (source.name === "hospital_enrollments" ? { ...source, ...ofMercy } : source)),
  }));
  const template = Template.fromStack(exampleStack("dev", { ...dev, datasets }));
  const [policy] = properties(template, "AWS::S3::BucketPolicy").filter((found) => JSON.stringify(found).includes("210987654321"));
  const statements = (policy?.["PolicyDocument"] as { Statement: Record<string, unknown>[] }).Statement;
  const ofPartner = statements.filter((found) => JSON.stringify(found).includes("210987654321"));
  assert.deepEqual(ofPartner.map(({ Effect }) => Effect), ["Allow", "Deny", "Deny"]);
  assert.deepEqual(ofPartner.map(({ Action }) => Action)[0], ["s3:AbortMultipartUpload", "s3:PutObject"]);
  const [allowed, refused] = ofPartner;
  assert.match(JSON.stringify(allowed?.["Resource"]), /\/partners\/mercy\/\*/);
  assert.match(JSON.stringify(refused?.["NotResource"]), /\/partners\/mercy\/\*/);
});

test("the page on compliance is what the stack says today", () => {
  const page = readFileSync(join(PROJECT, "docs", "compliance.md"), "utf8");
  assert.equal(page, compliancePage(prodStack), "run `npm run docs` in cdk/");
});

for (const environment of ["dev", "prod"]) {
  test(`every finding of the rules in ${environment} is mended, or acknowledged at its resource with a reason`, () => {
    const stack = environment === "dev" ? devStack : prodStack;
    const unexplained = judge(stack)
      .filter(({ complies, rule, resource }) => !complies && reason(rule, resource.node.path.slice(stack.node.path.length + 1)) === undefined)
      .map(({ rule, resource }) => `${rule} at ${resource.node.path}`);
    assert.deepEqual(unexplained, []);
  });
}

test("recipients are told what names them, and those who are always told what names nobody", () => {
  const subscriptions = (template: Template): [unknown, unknown][] =>
    properties(template, "AWS::SNS::Subscription").map(({ Endpoint, FilterPolicy }) => [Endpoint, FilterPolicy]);
  assert.ok(subscriptions(dev).every(([, filter]) => filter === undefined));
  const config = { ...shipped("dev"), tenants: [{ recipients: ["lab@example.org", "oncall@example.org"] }, { recipients: ["lab@example.org"] }] };
  const told = new Map(subscriptions(Template.fromStack(exampleStack("dev", config))));
  assert.deepEqual(told.get("lab@example.org"), { recipient: ["lab@example.org"] });
  assert.equal(told.get("oncall@example.org"), undefined);
  const others = { ...shipped("dev"), tenants: [{ recipients: ["lab@example.org"] }] };
  const always = new Map(subscriptions(Template.fromStack(exampleStack("dev", others))));
  assert.deepEqual(always.get("oncall@example.org"), { recipient: [{ exists: false }] });
});
