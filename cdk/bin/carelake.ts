import { fileURLToPath } from "node:url";
import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks, HIPAASecurityChecks } from "cdk-nag";
import { environmentStacks } from "../lib/app.js";
import { readConfig } from "../lib/config.js";
import { FEATURES } from "../lib/features.js";
import { Names } from "../lib/names.js";
import { placeholders } from "../lib/placeholders.js";
import { readRooms } from "../lib/rooms/rooms.js";

/**
 * The app: `cdk synth -c config=FILE -c functions=FILE -c artifacts=FOLDER [-c email=ADDRESS]`, where the files are what
 * `carelake config --resolved --env ENV` and `carelake functions --json --env ENV` printed. Nothing is looked up, so that the
 * same inputs give the same templates.
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
const rooms = readRooms(required("functions"));
const { name: environment, deployment } = config.environment;
const { account, region } = deployment;
environmentStacks(app, {
  source: {
    names: new Names(environment),
    config,
    project,
    // Without binaries there is nothing to deploy, but stacks can still be shown and deleted.
    artifacts: required("artifacts") === "none" ? placeholders(rooms) : required("artifacts"),
  },
  rooms,
  ...(email === undefined ? {} : { email }),
  stack: {
    env: { ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) },
    terminationProtection: environment === "prod",
    tags: { project: "carelake", environment },
  },
});
