import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PipelineConfig } from "./config.js";
import { STEPS } from "./names.js";
import { temporaryFolder } from "./temporary.js";

/** Returns a folder of binaries that are none: what a template says does not depend on what they hold. */
export function placeholders(config: PipelineConfig): string {
  const folder = temporaryFolder();
  for (const name of [...STEPS, ...config.datasets.map((dataset) => dataset.name)]) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "bootstrap"), "");
  }
  return folder;
}
