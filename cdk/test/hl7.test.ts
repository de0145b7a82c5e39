import assert from "node:assert/strict";
import { test } from "node:test";
import { Match, Template } from "aws-cdk-lib/assertions";
import type { MessagesConfig } from "../lib/config.js";
import { exampleStacks, shipped } from "../lib/example.js";
import type { RoomStack } from "../lib/rooms/room-stack.js";
import { unexplained } from "./findings.js";
import { statementsOf } from "./statements.js";

const ISSUER = { issuer: "https://id.example", audiences: ["lake", "lake-2"] };
const ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/messages";
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

function room(hl7?: MessagesConfig): RoomStack | undefined {
  return exampleStacks("dev", { ...shipped("dev"), ...(hl7 === undefined ? {} : { hl7 }) }).rooms.get("hl7");
}

function template(hl7: MessagesConfig): Template {
  const stack = room(hl7);
  assert.ok(stack !== undefined);
  assert.deepEqual(unexplained(stack), []);
  return Template.fromStack(stack);
}

const own = template({ signs_up: false });

/** What the role of a function may do, by action: the resources as text. */
function rights(of: Template, policy: string): Map<string, string> {
  const found = [...statementsOf(of.toJSON())].filter(({ at }) => at.startsWith(policy)).map(({ statement }) => statement);
  const each = found.flatMap(({ Action, Resource }) => list(Action).map((action) => [String(action), JSON.stringify(Resource)] as const));
  const joined = new Map<string, string>();
  each.forEach(([action, resource]) => joined.set(action, (joined.get(action) ?? "") + resource));
  return joined;
}

test("an endpoint that others can reach is asked for", () => {
  assert.equal(room(), undefined);
});

test("there is one address, behind which every route asks for a token, and nothing of a request is logged", () => {
  own.resourceCountIs("AWS::ApiGatewayV2::Api", 1);
  const routes = Object.values(own.findResources("AWS::ApiGatewayV2::Route")).map(({ Properties }) => Properties as Record<string, unknown>);
  assert.deepEqual(routes.map(({ RouteKey }) => RouteKey).sort(), ["GET /hl7v2/{proxy+}", "POST /hl7v2/er7", "POST /hl7v2/{proxy+}"]);
  assert.ok(routes.every(({ AuthorizationType, AuthorizerId }) => AuthorizationType === "JWT" && AuthorizerId !== undefined));
  own.hasResourceProperties("AWS::ApiGatewayV2::Stage", { AccessLogSettings: { Format: Match.not(Match.stringLikeRegexp("path|ip|header|query")) } });
});

test("without an issuer a user pool is one, in which nobody signs up unless that is said", () => {
  own.hasResourceProperties("AWS::Cognito::UserPool", { AdminCreateUserConfig: { AllowAdminCreateUserOnly: true } });
  template({ signs_up: true }).hasResourceProperties("AWS::Cognito::UserPool", { AdminCreateUserConfig: { AllowAdminCreateUserOnly: false } });
  const groups = Object.values(own.findResources("AWS::Cognito::UserPoolGroup")).map((found) => (found["Properties"] as { GroupName: string }).GroupName);
  assert.deepEqual(groups.sort(), ["hl7/admin", "hl7/read", "hl7/write"]);
  own.hasResourceProperties("AWS::Cognito::UserPoolClient", {
    GenerateSecret: false, PreventUserExistenceErrors: "ENABLED", ExplicitAuthFlows: Match.arrayWith(["ALLOW_USER_PASSWORD_AUTH"]),
  });
  const told = Match.objectLike({ CARELAKE_HL7_ISSUER: Match.anyValue(), CARELAKE_HL7_AUDIENCE: Match.anyValue() });
  for (const name of ["hl7-receive", "hl7-query"]) {
    own.hasResourceProperties("AWS::Lambda::Function", { FunctionName: `carelake-dev-${name}`, Environment: { Variables: told } });
  }
  for (const name of ["endpoint", "user-pool", "client"]) {
    own.hasResourceProperties("AWS::SSM::Parameter", { Name: `/carelake/dev/hl7/${name}` });
  }
});

test("an issuer of the configuration is asked in place of a pool", () => {
  const other = template({ signs_up: false, issuer: ISSUER });
  other.resourceCountIs("AWS::Cognito::UserPool", 0);
  other.hasResourceProperties("AWS::ApiGatewayV2::Authorizer", {
    AuthorizerType: "JWT", JwtConfiguration: { Issuer: ISSUER.issuer, Audience: ISSUER.audiences }, IdentitySource: ["$request.header.Authorization"],
  });
});

test("who takes messages writes the three zones and the room's own, and no other room's", () => {
  const takes = rights(own, "Hl7ReceivePolicy");
  const written = takes.get("s3:PutObject") ?? "";
  for (const zone of ["raw/hl7v2/*", "staging/hl7v2/*", "error/hl7v2/*", "/hl7/*"]) {
    assert.ok(written.includes(zone), `${zone}: ${written}`);
  }
  assert.ok(!written.includes("intake/") && !/curated\/\*"/.test(written), written);
  assert.ok((takes.get("s3:GetObjectTagging") ?? "").includes("raw/hl7v2/*"), "how a message came lies beside it");
  const asks = rights(own, "Hl7QueryPolicy");
  assert.ok(!asks.has("s3:PutObject") && !asks.has("s3:DeleteObject"), "who is asked writes nothing");
  assert.ok((asks.get("s3:GetObject") ?? "").includes("staging/hl7v2/*"));
  const rows = JSON.stringify([...statementsOf(own.toJSON())].filter(({ at }) => at.startsWith("Hl7QueryPolicy")));
  assert.ok(rows.includes("ROWS#audit#*") && rows.includes("ROWS#hl7#*"), "what is read is written down");
});

test("messages come by a queue, and files that arrive are told of by another, each with what could not be taken", () => {
  for (const name of ["hl7-stream", "hl7-drop"]) {
    own.hasResourceProperties("AWS::SQS::Queue", {
      QueueName: `carelake-dev-${name}`, RedrivePolicy: { maxReceiveCount: 4, deadLetterTargetArn: Match.anyValue() },
    });
    own.hasResourceProperties("AWS::SQS::Queue", { QueueName: `carelake-dev-${name}-dead-letters` });
  }
  own.allResourcesProperties("AWS::Lambda::EventSourceMapping", { FunctionResponseTypes: ["ReportBatchItemFailures"] });
  own.hasResourceProperties("AWS::Events::Rule", {
    EventPattern: { source: ["aws.s3"], "detail-type": ["Object Created"], detail: { object: { key: [{ prefix: Match.stringLikeRegexp("hl7/$") }] } } },
  });
  own.resourceCountIs("AWS::Kinesis::Stream", 0);
});

test("a stream that is there or is made delivers to the function, and what it gives up is told", () => {
  const there = template({ signs_up: false, stream: { arn: ARN } });
  there.hasResourceProperties("AWS::Lambda::EventSourceMapping", {
    EventSourceArn: ARN, StartingPosition: "TRIM_HORIZON", BisectBatchOnFunctionError: true, FunctionResponseTypes: ["ReportBatchItemFailures"],
    DestinationConfig: { OnFailure: { Destination: { "Fn::GetAtt": [Match.stringLikeRegexp("^MessagesDeadLetters"), "Arn"] } } },
  });
  assert.equal(rights(there, "Hl7StreamPolicy").get("kinesis:GetRecords"), JSON.stringify(ARN));
  there.hasResourceProperties("AWS::CloudWatch::Alarm", { AlarmName: "carelake-dev-hl7-failures-dead-letters" });
  const made = template({ signs_up: false, stream: {} });
  made.hasResourceProperties("AWS::Kinesis::Stream", { StreamEncryption: { EncryptionType: "KMS", KeyId: Match.anyValue() }, StreamModeDetails: { StreamMode: "ON_DEMAND" } });
});
