import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { App } from "aws-cdk-lib";
import { readConfig } from "./config/config.js";
import { FEATURES } from "./features.js";
import { Names } from "./names.js";
import { placeholders } from "./placeholders.js";
import { CarelakeStack } from "./stack.js";

/** The project's folder. */
export const PROJECT = fileURLToPath(new URL("../..", import.meta.url));

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
