import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Match, Template } from "aws-cdk-lib/assertions";
import { reason } from "../lib/compliance/acknowledgements.js";
import { judge } from "../lib/compliance/packs.js";
import { withContainers } from "../lib/definition.js";
import { exampleStack, PROJECT, shipped } from "../lib/example.js";

const definition = readFileSync(join(PROJECT, "statemachine", "pipeline.asl.json"), "utf8");
const dev = shipped("dev");
const network = { vpc: "vpc-0a1b", subnets: ["subnet-0a", "subnet-0b"] };
/** The providers in a container. */
const config = {
  ...dev,
  environment: { ...dev.environment, deployment: { ...dev.environment.deployment, network } },
  datasets: dev.datasets.map((dataset) =>
    dataset.name === "providers" ? { ...dataset, compute: "fargate" as const, memory_mib: 5000 } : dataset,
  ),
};

test("without containers the definition is the file", () => {
  assert.equal(withContainers(definition, []), definition);
});

test("a container gets its request as text and the token of the task, and the rest of its state stays", () => {
  const text = withContainers(definition, ["Providers", "Hospitals"]).replaceAll(/\$\{\w+Subnets\}/g, '["subnet-1"]');
  const states = JSON.parse(text) as Record<string, unknown>;
  const found = JSON.stringify(states).match(/"arn:aws:states:::ecs:runTask.waitForTaskToken"/g);
  assert.equal(found?.length, 2);
  assert.ok(text.includes(`States.Format('\\\\{\\"run_id\\":{},\\"as_of\\":{},`), text.slice(0, 200));
  assert.ok(text.includes("States.JsonToString($.plan.run_id)"));
  assert.ok(!text.includes("${ProvidersFunction}") && text.includes("${CliniciansFunction}"));
  assert.equal(text.match(/"MaxAttempts": 3/g)?.length, definition.match(/"MaxAttempts": 3/g)?.length);
});

test("a function that is not called cannot become a container", () => {
  assert.throws(() => withContainers(definition, ["Nobody"]), /does not call/);
});

test("a dataset with compute: fargate is a task that reaches AWS only, as a user of no rights, on a file system it cannot write", () => {
  const stack = exampleStack("dev", config);
  const template = Template.fromStack(stack);
  template.hasResourceProperties("AWS::ECS::TaskDefinition", {
    Cpu: "2048", Memory: "5120", EphemeralStorage: { SizeInGiB: 21 },
    RuntimePlatform: { CpuArchitecture: "ARM64" },
    ContainerDefinitions: [Match.objectLike({ ReadonlyRootFilesystem: true, User: "65532:65532" })],
  });
  template.hasResourceProperties("AWS::EC2::SecurityGroup", { SecurityGroupEgress: [Match.objectLike({ FromPort: 443, ToPort: 443 })] });
  const names = Object.values(template.findResources("AWS::Lambda::Function")).map((found) =>
    JSON.stringify(found["Properties"]),
  );
  assert.ok(!names.some((name) => name.includes("carelake-dev-providers")));
  template.hasResourceProperties("AWS::IAM::Policy", {
    PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: "ecs:RunTask", Condition: Match.anyValue() })]) },
  });
  const unexplained = judge(stack)
    .filter(({ complies, rule, resource }) => !complies && reason(rule, resource.node.path.slice(stack.node.path.length + 1)) === undefined)
    .map(({ rule, resource }) => `${rule} at ${resource.node.path}`);
  assert.deepEqual(unexplained, []);
});
