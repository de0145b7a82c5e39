import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { App } from "aws-cdk-lib";
import { environmentStacks, type Stacks } from "./app.js";
import { type PipelineConfig, readConfig } from "./config.js";
import { FEATURES } from "./features.js";
import { Names } from "./names.js";
import { placeholders } from "./placeholders.js";
import { readRooms, type Room } from "./rooms/rooms.js";
import type { CarelakeStack } from "./stack.js";

/** The project's folder. */
export const PROJECT = fileURLToPath(new URL("../..", import.meta.url));

/** Returns an environment of the shipped configuration, as the command printed it; a test of the command keeps it current. */
export function shipped(environment: string): PipelineConfig {
  return readConfig(join(PROJECT, "cdk", "test", "resolved", `${environment}.json`));
}

/** Who sends files: from its own network by SFTP and from its own account, from its own network by SFTP alone, and neither. */
export const PARTNERS = [
  { name: "bayview", account: "210987654321", networks: ["192.0.2.0/24", "2001:db8::/32"] },
  { name: "uh", networks: ["198.51.100.7/32"] },
  { name: "elsewhere", networks: [] },
];
export const NETWORK = { vpc: "vpc-0a1b2c3d", subnets: ["subnet-0a1b2c3d", "subnet-1a1b2c3d"] };

/** Returns dev with these partners, and with a network in which their server can be. */
export function withPartners(partners: PipelineConfig["intake"]["partners"] = PARTNERS): PipelineConfig {
  const dev = shipped("dev");
  const deployment = { ...dev.environment.deployment, network: NETWORK };
  return { ...dev, environment: { ...dev.environment, deployment }, intake: { ...dev.intake, partners } };
}

/** Returns rooms as they were printed: those of an environment of the command, or the room of the tests, for dev. */
export function printed(name: string): Room[] {
  return readRooms(join(PROJECT, "cdk", "test", "functions", `${name}.json`));
}

/** Returns the stack of an environment without anything built, for tests and documents. */
export function exampleStack(environment: string, config = shipped(environment)): CarelakeStack {
  return exampleStacks(environment, config).base;
}

/** Returns the stacks of an environment, and of more rooms than it has, without anything built. */
export function exampleStacks(environment: string, config = shipped(environment), more: readonly Room[] = []): Stacks {
  const rooms = [...printed(environment), ...more];
  const app = new App({ analyticsReporting: false, context: FEATURES });
  return environmentStacks(app, {
    source: { names: new Names(environment), config, project: PROJECT, artifacts: placeholders(rooms) },
    rooms,
    email: "oncall@example.org",
  });
}
