import { join } from "node:path";
import { Duration } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { removalPolicy } from "../config.js";
import { type AlarmDefinition, ofDeadLetters, ofFunction, ofLonely, ofRule, ofSchedules } from "../constructs/alarms.js";
import { ContainerJob, type ContainerSize } from "../constructs/container-job.js";
import { portsOf } from "../constructs/egress.js";
import { PipelineFunction, type PipelineFunctionProps } from "../constructs/pipeline-function.js";
import { type ScheduledCall, Schedules } from "../constructs/schedule.js";
import type { StateMachine } from "../constructs/state-machine.js";
import { CONFIG_KEY } from "../names.js";
import { Door } from "./door.js";
import { grant } from "./grants.js";
import { Inbox, takeLetters } from "./inbox.js";
import { type Carried, stateMachine } from "./machines.js";
import { guard, placeOf } from "./network.js";
import type { Definition, Room, RoomFunction } from "./rooms.js";
import { CONSOLE, HL7, type Shared } from "./shared.js";
import { SignIn } from "./sign-in.js";

/** Who calls a function and hears nothing of its failure. Definitions try again and tell; whoever acts sees the answer. */
const LONELY: ReadonlySet<RoomFunction["called_by"]> = new Set(["schedule", "batch"]);

/** A room as it is deployed. */
export interface Built {
  readonly carried: readonly Carried[];
  /** The state machines, by their names. */
  readonly machines: ReadonlyMap<string, StateMachine>;
  readonly alarms: readonly AlarmDefinition[];
}

/**
 * Deploys a room from its table: each function with role, logs and what calls it, each definition as a state machine, and
 * schedules. Its parts are made in the scope itself and not below a construct of the room, because that would give those of the
 * monthly run, which were there before, new identities under their old names.
 */
export function buildRoom(scope: Construct, shared: Shared, room: Room): Built {
  if (room.listens.length > 0 && !room.functions.some(({ source }) => source === "publications")) {
    throw new Error(`${room.name} listens to publications, and none of its functions is called when they change`);
  }
  guard(scope, shared, room);
  const carried = room.functions.map((one) => carry(scope, shared, room, one));
  for (const { one, carrier } of carried) {
    if (one.source === "dead_letters" && carrier instanceof PipelineFunction) {
      const inboxes = carried.flatMap(({ inbox }) => (inbox === undefined ? [] : [inbox]));
      takeLetters(scope, one.placeholder.replace(/Function$/, ""), carrier, inboxes);
    }
  }
  const machines = new Map(
    room.definitions.map((definition) => [definition.machine, stateMachine(scope, shared, room, definition, carried)]),
  );
  const isFirst = machines.has(shared.names.stack);
  const letters = isFirst ? "schedule-dead-letters" : `${room.name}-schedule-dead-letters`;
  const calls = [...carried.flatMap((one) => ofSchedule(shared, one)), ...room.definitions.flatMap((one) => started(shared, room, one, machines))];
  const schedules = calls.length === 0 ? [] : [
    new Schedules(scope, "Schedules", { queueName: shared.names.of(letters), calls, key: shared.key }),
  ];
  return {
    carried,
    machines,
    alarms: [
      ...schedules.map(({ deadLetters }) => ofSchedules(letters, deadLetters)),
      ...carried.flatMap(({ one, carrier, inbox }) => [
        ...(carrier instanceof PipelineFunction ? ofFunction(one.lambda, carrier, shared.names) : []),
        ...(carrier instanceof PipelineFunction && LONELY.has(one.called_by) ? [ofLonely(one.lambda, carrier, shared.names)] : []),
        ...(inbox === undefined ? [] : [ofDeadLetters(one.lambda, inbox.deadLetters)]),
        ...(inbox?.rules ?? []).map((rule, at) => ofRule(at === 0 ? one.lambda : `${one.lambda}-cut-off`, rule)),
      ]),
    ],
  };
}

/** Makes what carries a function out: a Lambda function, or a container where its dataset asks for one. */
function carry(scope: Construct, shared: Shared, room: Room, one: RoomFunction): Carried {
  const { deployment } = shared.config.environment;
  const id = one.placeholder.replace(/Function$/, "");
  const props = functionProps(shared, room, one);
  const size = container(shared, one);
  // Containers are for environments with a network; one that reaches other systems does so from where they are reached.
  const network = deployment.network !== undefined && one.network ? placeOf(shared, room, one) : deployment.network;
  if (size !== undefined && network !== undefined) {
    const { functionName: name } = props;
    const ports = one.network ? portsOf(network) : [];
    const stateMachineNames = room.definitions.map((definition) => definition.machine);
    const carrier = new ContainerJob(scope, id, {
      ...props, name, network, ports, size, room: room.name, project: shared.project, stateMachineNames,
    });
    grant(carrier.rights, shared, room, one);
    return { one, carrier };
  }
  const carrier = new PipelineFunction(scope, id, props);
  grant(carrier.rights, shared, room, one);
  // The functions of messages have one address, which the room makes.
  if (one.called_by === "http" && room.name !== HL7) {
    const door = new Door(scope, `${id}Door`, { shared, one, carrier, logRetention: deployment.log_days });
    if (room.name === CONSOLE) {
      new SignIn(scope, "SignIn", { shared, door, carrier });
    }
  }
  if (one.called_by !== "batch" || one.source === "dead_letters") {
    return { one, carrier };
  }
  return { one, carrier, inbox: new Inbox(scope, `${id}Inbox`, { shared, room, one, carrier }) };
}

/** Returns what a function gets that is a container wherever there is a network for one: by its table, or by its dataset. */
function container({ config }: Shared, one: RoomFunction): ContainerSize | undefined {
  return one.container ?? config.datasets.find(({ name, compute }) => name === one.name && compute === "fargate");
}

function functionProps(shared: Shared, room: Room, one: RoomFunction): PipelineFunctionProps {
  const { name, output, deployment } = shared.config.environment;
  const network = placeOf(shared, room, one);
  return {
    functionName: shared.names.of(one.lambda),
    description: one.description,
    code: join(shared.artifacts, room.name),
    architecture: deployment.architecture,
    environment: {
      CARELAKE_ENV: name,
      CARELAKE_FUNCTION: one.name,
      CARELAKE_CONFIG: `s3://${output.bucket}/${output.prefix}${CONFIG_KEY}`,
      CARELAKE_LEDGER_TABLE: shared.ledger.tableName,
      CARELAKE_GLUE_DATABASE: shared.database,
      CARELAKE_KMS_KEY: shared.key.keyArn,
    },
    key: shared.key,
    logRetention: deployment.log_days,
    memoryMib: one.memory_mib,
    scratchMib: one.scratch_mib,
    timeout: Duration.seconds(one.timeout_secs),
    ...(one.reserved_concurrency === null ? {} : { reservedConcurrency: one.reserved_concurrency }),
    ...(network === undefined ? {} : { network }),
    isBounded: shared.isElsewhere,
    removalPolicy: removalPolicy(deployment),
  };
}

function ofSchedule({ names }: Shared, { one, carrier }: Carried): ScheduledCall[] {
  if (one.schedule === null || !(carrier instanceof PipelineFunction)) {
    return [];
  }
  const target = carrier.function.functionArn;
  const { description } = one;
  return [{ name: names.of(one.lambda), description, cron: one.schedule, target, action: "lambda:InvokeFunction", input: {} }];
}

function started(shared: Shared, room: Room, one: Definition, machines: ReadonlyMap<string, StateMachine>): ScheduledCall[] {
  const machine = machines.get(one.machine)?.machine;
  if (one.schedule === null || machine === undefined) {
    return [];
  }
  return [
    {
      name: one.machine === shared.names.stack ? shared.names.of(room.name) : one.machine,
      description: `Starts ${one.name}`,
      cron: one.schedule,
      target: machine.stateMachineArn,
      action: "states:StartExecution",
      input: { trigger: "schedule", as_of: "<aws.scheduler.scheduled-time>" },
    },
  ];
}
