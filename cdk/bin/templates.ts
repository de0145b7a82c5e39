import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Template } from "aws-cdk-lib/assertions";
import { withContainers } from "../lib/definition.js";
import { exampleStack, PROJECT } from "../lib/example.js";

/**
 * `templates.ts FOLDER`: writes the templates of dev and prod, and the definition of the state machine as it is deployed with
 * functions and with containers, for linters that read files.
 */
const [folder] = process.argv.slice(2);
if (folder === undefined) {
  throw new Error("usage: templates.ts FOLDER");
}
for (const environment of ["dev", "prod"]) {
  const template: unknown = Template.fromStack(exampleStack(environment)).toJSON();
  writeFileSync(join(folder, `${environment}.template.json`), JSON.stringify(template, undefined, 1));
}
const definition = readFileSync(join(PROJECT, "statemachine", "pipeline.asl.json"), "utf8");
const datasets = ["Clinicians", "Practices", "Providers", "Enrollments", "Hospitals"];
for (const [name, text] of [["functions", definition], ["containers", withContainers(definition, datasets)]] as const) {
  const filled = text
    .replaceAll(/\$\{\w+Subnets\}/g, '["subnet-0a1b"]')
    .replaceAll(/\$\{(\w+)\}/g, "arn:aws:lambda:us-east-1:123456789012:function:$1");
  writeFileSync(join(folder, `${name}.asl.json`), filled);
}
