import type { App, StackProps } from "aws-cdk-lib";
import type { Names } from "./names.js";
import { RoomStack } from "./rooms/room-stack.js";
import type { Room } from "./rooms/rooms.js";
import { CONSOLE, HL7, LOADS, type Source, STREAMS } from "./rooms/shared.js";
import { CarelakeStack } from "./stack.js";

export interface EnvironmentProps {
  readonly source: Source;
  readonly rooms: readonly Room[];
  /** Who is told, besides those of the configuration. */
  readonly email?: string;
  /** What every stack has: account, region, tags. */
  readonly stack?: StackProps;
}

/** The stacks of an environment. */
export interface Stacks {
  readonly base: CarelakeStack;
  /** By the name of the room. */
  readonly rooms: ReadonlyMap<string, RoomStack>;
}

/** The rooms that work on servers of others. An environment whose network lists no hosts has no way out for them, and goes without. */
const OUTWARD: ReadonlySet<string> = new Set(["fetch", LOADS]);

/** Returns the name of a room's stack: that of the monthly run is the environment's. */
export function stackOf(names: Names, room: Room): string {
  return room.definitions.some(({ machine }) => machine === names.stack) ? names.stack : names.of(room.name);
}

/** Makes the stack of an environment, with the monthly run, and one for each other room. */
export function environmentStacks(app: App, { source, rooms, email, stack = {} }: EnvironmentProps): Stacks {
  const { names, config } = source;
  const isMonthly = (room: Room): boolean => stackOf(names, room) === names.stack;
  const monthly = rooms.find(isMonthly);
  if (monthly === undefined) {
    throw new Error(`no room has the state machine ${names.stack}; print the functions anew: carelake functions --json`);
  }
  const hasWayOut = ({ name }: Room): boolean => {
    const way = config.network?.[name] ?? config.environment.deployment.network;
    return (way?.hosts ?? []).length > 0;
  };
  const isWanted = (room: Room): boolean => {
    switch (room.name) {
      case STREAMS:
        // Its schedule starts an execution each minute, which is for nothing where there is no stream.
        return config.streams.length > 0;
      case CONSOLE:
        return config.console !== undefined;
      case HL7:
        return config.hl7 !== undefined;
      default:
        return !OUTWARD.has(room.name) || hasWayOut(room);
    }
  };
  const others = rooms.filter((room) => !isMonthly(room) && isWanted(room));
  const base = new CarelakeStack(app, names.stack, {
    ...stack, source, monthly, ...(email === undefined ? {} : { email }),
    description: `carelake ${names.environment}: what rooms share, and the monthly run of healthcare datasets`,
  });
  const published = [...config.datasets, ...others].map(({ name }) => `${name}/`);
  const made = others.map((room) => {
    const one = new RoomStack(app, stackOf(names, room), {
      ...stack, source, room, published, description: `carelake ${names.environment}: the room ${room.name}`,
    });
    // It imports the key, so that it comes after the stack of the environment and goes before it.
    one.addStackDependency(base);
    return [room.name, one] as const;
  });
  return { base, rooms: new Map(made) };
}
