import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { App } from "aws-cdk-lib";
import { type PipelineConfig, readConfig } from "./config/config.js";
import { FEATURES } from "./features.js";
import { Names, STEPS } from "./names.js";
import { CarelakeStack } from "./stack.js";

/** The project's folder. */
export const PROJECT = fileURLToPath(new URL("../..", import.meta.url));

/** Returns a folder of binaries that are none: what a template says does not depend on what they hold. */
export function placeholders(config: PipelineConfig): string {
  const folder = mkdtempSync(join(tmpdir(), "carelake-artifacts-"));
  for (const name of [...STEPS, ...config.datasets.map((dataset) => dataset.name)]) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "bootstrap"), "");
  }
  return folder;
}

/** Returns the stack of an environment without anything built, for tests and documents. */
export function exampleStack(environment: string, file = join(PROJECT, "pipeline_config.yaml")): CarelakeStack {
  const config = readConfig(file, environment);
  const app = new App({ analyticsReporting: false, context: FEATURES });
  return new CarelakeStack(app, new Names(environment).stack, {
    config,
    project: PROJECT,
    artifacts: placeholders(config),
    email: "oncall@example.org",
  });
}
