import { fileURLToPath } from "node:url";
import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks, HIPAASecurityChecks } from "cdk-nag";
import { readConfig } from "../lib/config.js";
import { FEATURES } from "../lib/features.js";
import { Names } from "../lib/names.js";
import { placeholders } from "../lib/placeholders.js";
import { CarelakeStack } from "../lib/stack.js";

/**
 * The app: `cdk synth -c config=FILE -c artifacts=FOLDER [-c email=ADDRESS]`, where the file is what `carelake config --resolved
 * --env ENV` printed. Nothing is looked up, so that the same inputs give the same template.
 */
const app = new App({ analyticsReporting: false, context: FEATURES });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new HIPAASecurityChecks(app));
const given = (name: string): string | undefined => app.node.tryGetContext(name) as string | undefined;
const required = (name: string): string => {
  const value = given(name);
  if (value === undefined) {
    throw new Error(`-c ${name}=… is missing`);
  }
  return value;
};
const project = fileURLToPath(new URL("../..", import.meta.url));
const email = given("email");
const config = readConfig(required("config"));
const { name: environment, deployment } = config.environment;
const { account, region } = deployment;
new CarelakeStack(app, new Names(environment).stack, {
  config,
  env: { ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) },
  project,
  // Without binaries there is nothing to deploy, but a stack can still be shown and deleted.
  artifacts: required("artifacts") === "none" ? placeholders() : required("artifacts"),
  ...(email === undefined ? {} : { email }),
  description: `carelake ${environment}: the monthly run of healthcare datasets`,
  terminationProtection: environment === "prod",
  tags: { project: "carelake", environment },
});
