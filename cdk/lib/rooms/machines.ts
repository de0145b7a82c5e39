/** The state machines of a room, made from its definitions. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ArnFormat, Aws, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { removalPolicy } from "../config.js";
import { ContainerJob } from "../constructs/container-job.js";
import { ExecutionRule } from "../constructs/execution-rule.js";
import type { PipelineFunction } from "../constructs/pipeline-function.js";
import { type Items, StateMachine } from "../constructs/state-machine.js";
import { withContainers } from "../definition.js";
import type { Inbox } from "./inbox.js";
import type { Definition, Room, RoomFunction } from "./rooms.js";
import type { Shared } from "./shared.js";

/** What carries out a function of a room, and the queue that it is called from. */
export interface Carried {
  readonly one: RoomFunction;
  readonly carrier: PipelineFunction | ContainerJob;
  readonly inbox?: Inbox;
}

/** The integrations by which maps read their items and write their results. */
const ITEMS = /:states:::s3:(getObject|listObjectsV2|putObject)"/;
const DISTRIBUTED = /"Mode":\s*"DISTRIBUTED"/;

/** Makes the state machine of a definition, and what tells of executions that could not tell themselves. */
export function stateMachine(
  scope: Construct, shared: Shared, room: Room, definition: Definition, carried: readonly Carried[],
): StateMachine {
  const file = readFileSync(join(shared.project, definition.file), "utf8");
  const containers = carried.filter(({ carrier }) => carrier instanceof ContainerJob).map(({ one }) => one.placeholder.replace(/Function$/, ""));
  // A definition names integrations in the partition of AWS itself; a stack may be in another.
  const text = withContainers(file, containers.filter((name) => file.includes(`\${${name}Function}`)))
    .replaceAll("arn:aws:states:::", "arn:${Partition}:states:::");
  const known = places(scope, shared, room, carried);
  const wanted = [...new Set([...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = ""]) => name))];
  const missing = wanted.filter((name) => !known.has(name));
  if (missing.length > 0) {
    throw new Error(`${definition.file}: nothing stands for ${missing.join(", ")}`);
  }
  const calls = (name: string | null): boolean => name !== null && wanted.includes(name);
  const called = carried.filter(({ one }) => calls(one.placeholder));
  const started = room.definitions.filter(({ placeholder }) => calls(placeholder)).map(({ machine }) => machine);
  const { output } = shared.config.environment;
  const items: Items[] = ITEMS.test(text) ? [{ bucket: shared.output, prefix: `${output.prefix}${room.name}/` }] : [];
  const { deployment } = shared.config.environment;
  const isFirst = definition.machine === shared.names.stack;
  const made = new StateMachine(scope, isFirst ? "StateMachine" : definition.placeholder, {
    stateMachineName: definition.machine,
    definition: text,
    substitutions: Object.fromEntries(wanted.map((name) => [name, known.get(name) ?? ""])),
    calls: {
      functions: called.flatMap(({ carrier }) => (carrier instanceof ContainerJob ? [] : [carrier.function.functionArn])),
      topics: wanted.includes("AlertsTopic") ? [shared.topic.topicArn] : [],
      queues: carried.flatMap(({ one, inbox }) => (inbox !== undefined && calls(one.queue) ? [inbox.queue.queueArn] : [])),
      machines: DISTRIBUTED.test(text) ? [...started, definition.machine] : started,
      items,
    },
    key: shared.key,
    logRetention: deployment.log_days,
    removalPolicy: removalPolicy(deployment),
  });
  for (const { carrier } of carried) {
    if (carrier instanceof ContainerJob && wanted.includes(`${carrier.node.id}Task`)) {
      carrier.allow(made.role);
    }
  }
  new ExecutionRule(scope, isFirst ? "ExecutionRule" : `${definition.placeholder}Rule`, {
    stateMachineArn: made.machine.stateMachineArn, topic: shared.topic,
  });
  return made;
}

/** Returns what stands for each placeholder that a definition of the room may have. */
function places(scope: Construct, shared: Shared, room: Room, carried: readonly Carried[]): Map<string, string> {
  const { environment } = shared.config;
  const known = new Map([["AlertsTopic", shared.topic.topicArn], ["Partition", Aws.PARTITION]]);
  for (const [name, { bucket, prefix }] of [
    ["Input", environment.input], ["Output", environment.output], ["Rejects", environment.rejects],
  ] as const) {
    known.set(`${name}Bucket`, bucket).set(`${name}Prefix`, prefix);
  }
  for (const { one, carrier, inbox } of carried) {
    if (one.queue !== null && inbox !== undefined) {
      known.set(one.queue, inbox.queue.queueUrl);
    }
    if (carrier instanceof ContainerJob) {
      const name = carrier.node.id;
      known.set(`${name}Cluster`, carrier.cluster.clusterArn);
      known.set(`${name}Task`, carrier.task.taskDefinitionArn);
      known.set(`${name}Subnets`, JSON.stringify(carrier.subnets));
      known.set(`${name}SecurityGroup`, carrier.securityGroup.securityGroupId);
    } else {
      known.set(one.placeholder, carrier.function.functionArn);
    }
  }
  for (const { placeholder, machine } of room.definitions) {
    // By name: definitions may start one another.
    known.set(placeholder, Stack.of(scope).formatArn({ service: "states", resource: "stateMachine", resourceName: machine, arnFormat: ArnFormat.COLON_RESOURCE_NAME }));
  }
  return known;
}
