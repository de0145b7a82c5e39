/** Where functions of a room run that reach other systems, and what they find there. */

import type { Construct } from "constructs";
import type { Network } from "../config.js";
import { Egress } from "../constructs/egress.js";
import type { Room, RoomFunction } from "./rooms.js";
import type { Shared } from "./shared.js";

/** Returns the network of a room: its own, under `network`, or that of the environment. */
function networkOf({ config }: Shared, room: Room): Network | undefined {
  return config.network?.[room.name] ?? config.environment.deployment.network;
}

/** Makes the firewall of a room's own network. That of the environment's is in the stack of the environment. */
export function guard(scope: Construct, shared: Shared, room: Room): void {
  const own = shared.config.network?.[room.name];
  if (own?.hosts !== undefined && own.hosts.length > 0 && room.functions.some(({ network }) => network)) {
    new Egress(scope, "Egress", { name: shared.names.of(`${room.name}-egress`), network: own });
  }
}

/** Returns where a function runs; none if it reaches AWS only. */
export function placeOf(shared: Shared, room: Room, one: RoomFunction): Network | undefined {
  if (!one.network) {
    return undefined;
  }
  const found = networkOf(shared, room);
  const at = `network.${room.name}, or environments.${shared.config.environment.name}.deployment.network`;
  if (found === undefined) {
    throw new Error(`${at}: is missing, and ${one.name} reaches other systems from it`);
  }
  if ((found.hosts ?? []).length === 0) {
    throw new Error(`${at}: hosts is missing; list what ${one.name} reaches`);
  }
  return found;
}
