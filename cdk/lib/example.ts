import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { App } from "aws-cdk-lib";
import { type PipelineConfig, readConfig } from "./config.js";
import { FEATURES } from "./features.js";
import { Names } from "./names.js";
import { placeholders } from "./placeholders.js";
import { CarelakeStack } from "./stack.js";

/** The project's folder. */
export const PROJECT = fileURLToPath(new URL("../..", import.meta.url));

/** Returns an environment of the shipped configuration, as the command printed it; a test of the command keeps it current. */
export function shipped(environment: string): PipelineConfig {
  return readConfig(join(PROJECT, "cdk", "test", "resolved", `${environment}.json`));
}

/** Returns the stack of an environment without anything built, for tests and documents. */
export function exampleStack(environment: string, config = shipped(environment)): CarelakeStack {
  const app = new App({ analyticsReporting: false, context: FEATURES });
  return new CarelakeStack(app, new Names(environment).stack, {
    config,
    project: PROJECT,
    artifacts: placeholders(),
    email: "oncall@example.org",
  });
}
