import assert from "node:assert/strict";
import { test } from "node:test";
import { Match, Template } from "aws-cdk-lib/assertions";
import type { PipelineConfig } from "../lib/config.js";
import { exampleStacks, shipped } from "../lib/example.js";
import { unexplained } from "./findings.js";

function deployed(console?: PipelineConfig["console"]): Template | undefined {
  const config = { ...shipped("dev"), ...(console === undefined ? {} : { console }) };
  const stack = exampleStacks("dev", config).rooms.get("console");
  return stack === undefined ? undefined : Template.fromStack(stack);
}

const own = deployed({ names_issuer: false });
assert.ok(own !== undefined);

test("pages that others can reach are asked for", () => {
  assert.equal(deployed(), undefined);
});

test("browsers reach one function by an HTTP API that logs nothing of what they bring", () => {
  own.resourceCountIs("AWS::Lambda::Function", 1);
  own.hasResourceProperties("AWS::ApiGatewayV2::Stage", {
    AccessLogSettings: { Format: Match.not(Match.stringLikeRegexp("path|ip|header|query")) },
    DefaultRouteSettings: { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 100 },
  });
});

test("nobody signs up by themselves, and everybody has a second factor", () => {
  own.hasResourceProperties("AWS::Cognito::UserPool", {
    AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
    MfaConfiguration: "ON",
    EnabledMfas: ["SOFTWARE_TOKEN_MFA"],
    Policies: { PasswordPolicy: Match.objectLike({ MinimumLength: 12 }) },
  });
  own.hasResourceProperties("AWS::Cognito::UserPoolClient", {
    AllowedOAuthFlows: ["code"],
    GenerateSecret: false,
    PreventUserExistenceErrors: "ENABLED",
    CallbackURLs: [Match.objectLike({ "Fn::Join": ["", Match.arrayWith(["/signed-in"])] })],
  });
  const groups = Object.values(own.findResources("AWS::Cognito::UserPoolGroup")).map((found) => (found["Properties"] as { GroupName: string }).GroupName);
  assert.deepEqual(groups.sort(), ["lead", "operator", "reviewer", "viewer"]);
});

test("the function is told who signs people in, and where it is itself", () => {
  own.hasResourceProperties("AWS::Lambda::Function", {
    Environment: {
      Variables: Match.objectLike({ CARELAKE_OIDC_ISSUER: Match.anyValue(), CARELAKE_OIDC_CLIENT: Match.anyValue(), CARELAKE_CONSOLE_ADDRESS: Match.anyValue() }),
    },
  });
});

test("with an issuer of the configuration there is no pool", () => {
  const other = deployed({ names_issuer: true });
  assert.ok(other !== undefined);
  other.resourceCountIs("AWS::Cognito::UserPool", 0);
  other.resourceCountIs("AWS::ApiGatewayV2::Api", 1);
});

test("it reads what there is, writes sessions, the audit and what was seen, and starts executions of this environment", () => {
  const text = JSON.stringify(own.findResources("AWS::IAM::ManagedPolicy"));
  assert.ok(!text.includes("s3:PutObject") && !text.includes("s3:DeleteObject"), text);
  const read = text.match(/s3:::carelake-dev-curated\/[^"]*/g);
  assert.deepEqual(new Set(read), new Set(["s3:::carelake-dev-curated/*.json", "s3:::carelake-dev-curated/*.jsonl", "s3:::carelake-dev-curated/_carelake/pipeline_config.yaml"]), "no row can be read");
  for (const partition of ["ROWS#console#*", "ROWS#audit#*", "ROWS#notices#*"]) {
    assert.ok(text.includes(partition), partition);
  }
  assert.ok(!text.includes("ROWS#letters#*") && !text.includes('"RUNS"'), text);
  assert.ok(["states:ListExecutions", "states:GetExecutionHistory", "states:DescribeExecution"].every((action) => text.includes(action)), text);
  assert.ok(text.includes("stateMachine:carelake-dev-*") && !text.includes("stateMachine:*"), text);
});

test("what the rules say of it is explained", () => {
  const stack = exampleStacks("dev", { ...shipped("dev"), console: { names_issuer: false } }).rooms.get("console");
  assert.ok(stack !== undefined);
  assert.deepEqual(unexplained(stack), []);
});
