import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Match, Template } from "aws-cdk-lib/assertions";
import { reason } from "../lib/compliance/acknowledgements.js";
import { judge } from "../lib/compliance/packs.js";
import { withContainers } from "../lib/definition.js";
import { exampleStack, PROJECT } from "../lib/example.js";
import { changed } from "./config.test.js";

const definition = readFileSync(join(PROJECT, "statemachine", "pipeline.asl.json"), "utf8");
const NETWORK = 'network: { vpc: vpc-0a1b, subnets: [subnet-0a, subnet-0b] }';
const withNetwork = changed("    deployment: { log_days: 30,", `    deployment: { ${NETWORK}, log_days: 30,`);
const file = changedAgain(withNetwork, "    scratch_mib: 10240", "    scratch_mib: 10240\n    compute: fargate\n    memory_mib: 5000");

function changedAgain(name: string, from: string, to: string): string {
  return changed(readFileSync(join(PROJECT, "pipeline_config.yaml"), "utf8"), readFileSync(name, "utf8").replace(from, to));
}

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
  const stack = exampleStack("dev", file);
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
