import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOMS } from "./names.js";
import { temporaryFolder } from "./temporary.js";

/** Returns a folder of binaries that are none: what a template says does not depend on what they hold. */
export function placeholders(): string {
  const folder = temporaryFolder();
  for (const name of ROOMS) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "bootstrap"), "");
  }
  return folder;
}
