import assert from "node:assert/strict";
import { test } from "node:test";
import { Match, Template } from "aws-cdk-lib/assertions";
import { reason } from "../lib/compliance/acknowledgements.js";
import { judge } from "../lib/compliance/packs.js";
import { exampleStacks, NETWORK, printed, shipped } from "../lib/example.js";
import type { Room } from "../lib/rooms/rooms.js";

const [toy] = printed("toy");
assert.ok(toy !== undefined);
/** A room that fetches, in all but its name: one function reaches other systems. */
const fetching = { ...toy, functions: toy.functions.map((one) => ({ ...one, network: one.name === "toy_double" })) };

function stacks(hosts: readonly string[] | undefined, room: Room = fetching): ReturnType<typeof exampleStacks> {
  const dev = shipped("dev");
  const network = { ...NETWORK, ...(hosts === undefined ? {} : { hosts }) };
  const deployment = { ...dev.environment.deployment, network };
  return exampleStacks("dev", { ...dev, environment: { ...dev.environment, deployment } }, [room]);
}

const made = stacks(["data.cms.gov", "*.example.org", "files.example.org:2222", "data.cms.gov:443"]);
const [base, room] = [Template.fromStack(made.base), made.rooms.get("toy")];
assert.ok(room !== undefined);
const template = Template.fromStack(room);

test("listed names are found in the network, and those of AWS in the region; every other name does not exist", () => {
  const lists = Object.entries(base.findResources("AWS::Route53Resolver::FirewallDomainList"));
  const domains = new Map(lists.map(([at, { Properties }]) => [at, (Properties as { Domains: unknown[] }).Domains]));
  const [allowed, others] = [...domains.keys()].sort();
  const ofAws = { "Fn::Join": ["", ["*.", { Ref: "AWS::Region" }, ".", { Ref: "AWS::URLSuffix" }]] };
  assert.deepEqual(domains.get(allowed ?? ""), ["data.cms.gov", "*.example.org", "files.example.org", ofAws]);
  assert.deepEqual(domains.get(others ?? ""), ["*"]);
  const id = (of: string | undefined): object => ({ "Fn::GetAtt": [of, "Id"] });
  base.hasResourceProperties("AWS::Route53Resolver::FirewallRuleGroup", {
    FirewallRules: [
      { Action: "ALLOW", Priority: 1, FirewallDomainListId: id(allowed), FirewallDomainRedirectionAction: "TRUST_REDIRECTION_DOMAIN" },
      { Action: "BLOCK", BlockResponse: "NXDOMAIN", Priority: 2, FirewallDomainListId: id(others) },
    ],
  });
  base.hasResourceProperties("AWS::Route53Resolver::FirewallRuleGroupAssociation", {
    VpcId: NETWORK.vpc, MutationProtection: "ENABLED", FirewallRuleGroupId: Match.anyValue(),
  });
});

test("a function that reaches other systems is let out at the ports of the hosts and of AWS, and nothing is let in", () => {
  const [group, ...others] = Object.values(template.findResources("AWS::EC2::SecurityGroup")).map(({ Properties }) => Properties as {
    SecurityGroupEgress: { FromPort: number; ToPort: number; IpProtocol: string }[]; SecurityGroupIngress?: unknown;
  });
  assert.deepEqual(others, []);
  assert.deepEqual(group?.SecurityGroupEgress.map(({ IpProtocol, FromPort, ToPort }) => [IpProtocol, FromPort, ToPort]), [
    ["tcp", 443, 443], ["tcp", 2222, 2222],
  ]);
  assert.equal(group.SecurityGroupIngress, undefined);
  const inside = Object.values(template.findResources("AWS::Lambda::Function")).map(({ Properties }) => Properties as { FunctionName: string; VpcConfig?: unknown });
  assert.deepEqual(inside.filter(({ VpcConfig }) => VpcConfig !== undefined).map(({ FunctionName }) => FunctionName), ["carelake-dev-toy-double"]);
});

test("a function that reaches other systems is refused where no host is listed, and without hosts there is no firewall", () => {
  for (const hosts of [undefined, []]) {
    assert.throws(() => stacks(hosts), /network\.toy, or environments\.dev\.deployment\.network: hosts is missing; list what toy_double reaches/);
    Template.fromStack(stacks(hosts, toy).base).resourceCountIs("AWS::Route53Resolver::FirewallRuleGroup", 0);
  }
});

test("a room may have a network of its own, which its own stack guards", () => {
  const dev = shipped("dev");
  const own = { vpc: "vpc-0f1b2c3d", subnets: ["subnet-0f1b2c3d"], hosts: ["data.cms.gov"] };
  const found = exampleStacks("dev", { ...dev, network: { toy: own } }, [fetching]);
  const ofRoom = found.rooms.get("toy");
  assert.ok(ofRoom !== undefined);
  const inside = Template.fromStack(ofRoom);
  inside.hasResourceProperties("AWS::Route53Resolver::FirewallRuleGroupAssociation", { VpcId: "vpc-0f1b2c3d" });
  inside.hasResourceProperties("AWS::Lambda::Function", { FunctionName: "carelake-dev-toy-double", VpcConfig: { SubnetIds: ["subnet-0f1b2c3d"] } });
  Template.fromStack(found.base).resourceCountIs("AWS::Route53Resolver::FirewallRuleGroup", 0);
  const idle = exampleStacks("dev", { ...dev, network: { toy: own } }, [toy]).rooms.get("toy");
  assert.ok(idle !== undefined);
  Template.fromStack(idle).resourceCountIs("AWS::Route53Resolver::FirewallRuleGroup", 0);
});

test("every finding of the rules is mended, or acknowledged at its resource with a reason", () => {
  for (const stack of [made.base, room]) {
    const unexplained = judge(stack)
      .filter(({ complies, rule, resource }) => !complies && reason(rule, resource.node.path.slice(stack.node.path.length + 1)) === undefined)
      .map(({ rule, resource }) => `${rule} at ${resource.node.path}`);
    assert.deepEqual(unexplained, []);
  }
});
