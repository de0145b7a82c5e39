import assert from "node:assert/strict";
import { test } from "node:test";
import { Template } from "aws-cdk-lib/assertions";
import { exampleStack } from "../lib/example.js";
import { statementsOf } from "./statements.js";

const template = Template.fromStack(exampleStack("prod"));
const statements = [...statementsOf(template.toJSON())];

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);
const allows = statements.filter(({ statement }) => statement.Effect === "Allow");
/** Actions for which IAM knows no resource: Service Authorization Reference, X-Ray and CloudWatch Logs. */
const WITHOUT_RESOURCE = /^(xray:(PutTraceSegments|PutTelemetryRecords|GetSamplingRules|GetSamplingTargets)|logs:(Create|Get|Update|Delete|List)LogDeliver(y|ies)|logs:(PutResourcePolicy|DescribeResourcePolicies|DescribeLogGroups))$/;

test("there are policies to walk", () => {
  assert.ok(allows.length > 60, `${allows.length}`);
});

test("no policy grants a wildcard action of S3, or every action of anything but the key to its account", () => {
  for (const { at, type, statement } of allows) {
    for (const action of list(statement.Action) as string[]) {
      assert.ok(!/^s3:.*\*/.test(action) && action !== "*", `${at}: ${action}`);
      assert.ok(!action.endsWith(":*") || type === "AWS::KMS::Key", `${at}: ${action}`);
    }
  }
});

test("no policy of a role grants anything on every resource but what has none", () => {
  for (const { at, type, statement } of allows) {
    // In the policy of a key, * is the key itself.
    if (type !== "AWS::KMS::Key" && list(statement.Resource).includes("*")) {
      assert.ok(at.startsWith("StateMachineRole"), at);
      for (const action of list(statement.Action) as string[]) {
        assert.match(action, WITHOUT_RESOURCE, at);
      }
    }
  }
});

test("who may use the key is a service for this account, or the account itself", () => {
  const foreign = allows.filter(({ type, statement }) => type === "AWS::KMS::Key" && "Service" in (statement.Principal as object));
  assert.ok(foreign.length >= 3);
  for (const { at, statement } of foreign) {
    // The library lets the delivery of access logs use the key without a condition; the log bucket says whose logs it takes.
    const deliversLogs = JSON.stringify(statement.Principal) === '{"Service":"logging.s3.amazonaws.com"}';
    assert.ok(deliversLogs || statement.Condition !== undefined, `${at}: ${JSON.stringify(statement.Principal)}`);
  }
});

test("nobody but named principals is allowed anything by a policy of a resource", () => {
  for (const { at, statement } of allows) {
    const principal = JSON.stringify(statement.Principal ?? "");
    assert.ok(!/"\*"/.test(principal) || statement.Condition !== undefined, `${at}: ${principal}`);
  }
});

/** Objects of a bucket that a role may do something with: `BucketsOutput/clinicians/*`. */
function objects(role: string, action: string): string[] {
  return allows
    .filter(({ at, statement }) => at.startsWith(`${role}Role`) && list(statement.Action).includes(action))
    .flatMap(({ statement }) => list(statement.Resource).map((resource) => JSON.stringify(resource)))
    .flatMap((text) => {
      const found = /"Buckets(Input|Output|Rejects)\w*","Arn"\]\},"(.*?)"\]/.exec(text);
      return found === null ? [] : [`${found[1]}${found[2]}`];
    })
    .sort();
}

for (const [role, sources] of [
  ["Clinicians", ["DAC_NationalDownloadableFile"]],
  ["Practices", ["DAC_NationalDownloadableFile"]],
  ["Providers", ["DAC_NationalDownloadableFile", "PPEF_Enrollment_Extract_", "npidata_pfile_", "NPPES_Data_Dissemination_"]],
  ["Hospitals", ["Hospital_Enrollments_", "Hospital_General_Information"]],
] as const) {
  test(`the job of ${role} reads its sources and writes its own`, () => {
    const own = [`Output/${role.toLowerCase()}/*`, `Rejects/${role.toLowerCase()}/*`];
    const read = [...own, ...sources.map((source) => `Input/${source}*`), "Output/_carelake/pipeline_config.yaml"];
    assert.deepEqual(objects(role, "s3:PutObject"), own);
    assert.deepEqual(objects(role, "s3:DeleteObject"), own);
    assert.deepEqual([...new Set(objects(role, "s3:GetObject"))], read.sort());
  });
}

test("a job writes its own partitions of the ledger only", () => {
  const writes = allows.filter(({ at, statement }) => at.startsWith("CliniciansRole") && list(statement.Action).includes("dynamodb:PutItem"));
  assert.deepEqual(writes.map(({ statement }) => statement.Condition), [
    { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["PUB#clinicians", "PUB#clinicians/*"] } },
  ]);
});

test("every bucket, topic and queue refuses what comes without TLS", () => {
  const refusing = statements.filter(
    ({ statement }) => statement.Effect === "Deny" && JSON.stringify(statement.Condition ?? {}).includes("aws:SecureTransport"),
  );
  const types = refusing.map(({ type }) => type).sort();
  assert.deepEqual(types, [...Array<string>(4).fill("AWS::S3::BucketPolicy"), "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy"]);
});
