import assert from "node:assert/strict";
import { test } from "node:test";
import { Match, Template } from "aws-cdk-lib/assertions";
import { exampleStacks, NETWORK as network, PARTNERS, shipped, withPartners } from "../lib/example.js";

/** The stack of the room with these partners. */
function stack(partners: Parameters<typeof withPartners>[0], inside = true): Template {
  const config = withPartners(partners);
  const { deployment } = inside ? config.environment : shipped("dev").environment;
  const found = exampleStacks("dev", { ...config, environment: { ...config.environment, deployment } }).rooms.get("intake");
  assert.ok(found !== undefined);
  return Template.fromStack(found);
}

const template = stack(PARTNERS);

test("the server is inside the VPC, and only the networks of partners reach it", () => {
  template.hasResourceProperties("AWS::Transfer::Server", {
    EndpointType: "VPC", Protocols: ["SFTP"], IdentityProviderType: "SERVICE_MANAGED",
    EndpointDetails: { VpcId: network.vpc, SubnetIds: network.subnets, SecurityGroupIds: [Match.anyValue()] },
  });
  const rule = (Description: string, from: object): object => ({ Description, IpProtocol: "tcp", FromPort: 22, ToPort: 22, ...from });
  template.hasResourceProperties("AWS::EC2::SecurityGroup", {
    SecurityGroupIngress: [
      rule("bayview", { CidrIp: "192.0.2.0/24" }), rule("bayview", { CidrIpv6: "2001:db8::/32" }), rule("uh", { CidrIp: "198.51.100.7/32" }),
    ],
  });
});

test("a partner without networks has no user, and without any there is no server", () => {
  template.resourceCountIs("AWS::Transfer::User", 2);
  for (const partners of [[], [{ name: "elsewhere", networks: [] }]]) {
    stack(partners, false).resourceCountIs("AWS::Transfer::Server", 0);
  }
});

test("a partner's home is its own folder, and its name is as long as AWS wants it", () => {
  template.hasResourceProperties("AWS::Transfer::User", {
    UserName: "bayview", HomeDirectoryType: "LOGICAL",
    HomeDirectoryMappings: [{ Entry: "/", Target: "/carelake-dev-raw/intake/bayview" }],
  });
  template.hasResourceProperties("AWS::Transfer::User", { UserName: "uh-sftp" });
});

test("a partner puts and lists in its own folder, and reads, deletes and sees nothing else, by its role and by its session", () => {
  const policies = Object.entries(template.findResources("AWS::IAM::ManagedPolicy")).filter(([at]) => at.startsWith("Sftpbayview"));
  const users = Object.values(template.findResources("AWS::Transfer::User")).map((user) => JSON.stringify(user["Properties"]));
  const session = users.find((user) => user.includes("intake/bayview"))?.replaceAll("\\", "");
  assert.equal(policies.length, 1);
  for (const text of [JSON.stringify(policies[0]?.[1]), session ?? ""]) {
    const actions = [...text.matchAll(/"((?:s3|kms):(?!ViaService)[A-Z]\w*\*?)"/g)].map(([, action]) => action);
    assert.deepEqual(actions, [
      "s3:AbortMultipartUpload", "s3:PutObject", "s3:ListBucket", "kms:Decrypt", "kms:GenerateDataKey",
      "s3:DeleteObject*", "s3:GetObject*", "s3:PutObjectAcl", "s3:PutObjectTagging",
    ]);
    assert.match(text, /carelake-dev-raw\/intake\/bayview\/\*/);
    assert.match(text, /"s3:prefix":\["intake\/bayview","intake\/bayview\/\*"\]/);
    assert.match(text, /"Effect":"Deny","Resource":"\*"/);
    assert.ok(!text.includes("intake/uh"));
  }
  for (const [, { Properties: role }] of Object.entries(template.findResources("AWS::IAM::Role")).filter(([at]) => at.startsWith("Sftp"))) {
    const { ManagedPolicyArns: given, PermissionsBoundary: most } = role as { ManagedPolicyArns: unknown[]; PermissionsBoundary: unknown };
    assert.deepEqual(given, [most]);
  }
});

test("an upload that fails is told to the queue of what arrives", () => {
  template.hasResourceProperties("AWS::Events::Rule", {
    EventPattern: {
      source: ["aws.transfer"], "detail-type": ["SFTP Server File Upload Failed"],
      detail: { "file-path": [{ prefix: "/carelake-dev-raw/intake/" }] },
    },
  });
  const queues = Object.values(template.findResources("AWS::SQS::QueuePolicy")).map((found) => JSON.stringify(found));
  assert.ok(queues.some((policy) => /IntakeDispatchInboxRule/.test(policy) && /IntakeDispatchInboxCutOff/.test(policy)));
});

test("a network of everybody is refused, and so is a server without a VPC", () => {
  assert.throws(() => stack([{ name: "open", networks: ["0.0.0.0/0"] }]), /open\.networks: 0\.0\.0\.0\/0 is everybody/);
  assert.throws(() => stack(PARTNERS, false), /environments\.dev\.deployment\.network: is missing/);
});

test("the account of a partner puts files into its own folder from its own networks, reads nothing back and takes nothing away", () => {
  const base = Template.fromStack(exampleStacks("dev", withPartners()).base);
  const policies = Object.values(base.findResources("AWS::S3::BucketPolicy")).map(({ Properties }) => Properties as {
    PolicyDocument: { Statement: { Effect: string; Action: string[]; Resource?: unknown; NotResource?: unknown; Condition?: object }[] };
  });
  const said = policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement).filter((one) => JSON.stringify(one).includes("210987654321"));
  assert.deepEqual(said.map(({ Effect }) => Effect), ["Allow", "Deny", "Deny"]);
  const [put, elsewhere, back] = said;
  assert.deepEqual(put?.Action, ["s3:AbortMultipartUpload", "s3:PutObject"]);
  assert.deepEqual(put.Condition, { IpAddress: { "aws:SourceIp": ["192.0.2.0/24", "2001:db8::/32"] } });
  for (const at of [put.Resource, elsewhere?.NotResource]) {
    assert.match(JSON.stringify(at), /"\/intake\/bayview\/\*"/);
  }
  assert.deepEqual(back?.Action, ["s3:DeleteObject*", "s3:GetObject*", "s3:PutObjectAcl", "s3:PutObjectTagging"]);
  assert.match(JSON.stringify(back.Resource), /"\/\*"/);
});
