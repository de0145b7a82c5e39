import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Template } from "aws-cdk-lib/assertions";
import { withContainers } from "../lib/definition.js";
import { exampleStacks, printed, PROJECT, shipped, withPartners } from "../lib/example.js";

/**
 * `templates.ts FOLDER`: writes the templates of dev and prod with their rooms and the room of the tests, those of dev with
 * partners who send files (`partners-STACK`), and every definition of the command as it is deployed, that of the monthly run with functions and with containers, for linters that read files.
 */
const [folder] = process.argv.slice(2);
if (folder === undefined) {
  throw new Error("usage: templates.ts FOLDER");
}
// The room of the tests was printed for dev.
for (const [before, stacks] of [
  ["", exampleStacks("dev", shipped("dev"), printed("toy"))], ["", exampleStacks("prod")], ["partners-", exampleStacks("dev", withPartners())],
] as const) {
  for (const stack of [stacks.base, ...stacks.rooms.values()]) {
    // The linter reads definitions inside templates too, and knows integrations in the partition of AWS itself only.
    const template = JSON.stringify(Template.fromStack(stack).toJSON(), undefined, 1).replaceAll("arn:${Partition}:", "arn:aws:");
    writeFileSync(join(folder, `${before}${stack.stackName}.template.json`), template);
  }
}
const write = (name: string, text: string): void => {
  const filled = text
    .replaceAll(/\$\{\w+Subnets\}/g, '["subnet-0a1b"]')
    .replaceAll(/\$\{(\w+)\}/g, "arn:aws:lambda:us-east-1:123456789012:function:$1");
  writeFileSync(join(folder, `${name}.asl.json`), filled);
};
for (const definition of printed("dev").flatMap(({ definitions }) => definitions)) {
  write(definition.name, readFileSync(join(PROJECT, definition.file), "utf8"));
}
const monthly = readFileSync(join(PROJECT, "statemachine", "pipeline.asl.json"), "utf8");
write("containers", withContainers(monthly, ["Clinicians", "Practices", "Providers", "Enrollments", "Hospitals"]));
