import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Room } from "./rooms/rooms.js";
import { temporaryFolder } from "./temporary.js";

/** Returns a folder of binaries that are none: what a template says does not depend on what they hold. */
export function placeholders(rooms: readonly Room[]): string {
  const folder = temporaryFolder();
  for (const { name } of rooms) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "bootstrap"), "");
  }
  return folder;
}
