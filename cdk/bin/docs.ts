import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { compliancePage } from "../lib/compliance/coverage.js";
import { exampleStack, PROJECT } from "../lib/example.js";

/** Writes `docs/compliance.md`. */
writeFileSync(join(PROJECT, "docs", "compliance.md"), compliancePage(exampleStack("prod")));
