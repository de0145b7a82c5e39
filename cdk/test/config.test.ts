import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readConfig } from "../lib/config.js";
import { shipped } from "../lib/example.js";
import { temporaryFolder } from "../lib/temporary.js";

test("the stack is told what the command has read of the shipped configuration", () => {
  const prod = shipped("prod");
  assert.deepEqual(prod.environment.output, { bucket: "carelake-prod-curated", prefix: "" });
  assert.deepEqual(prod.environment.deployment.schedule, { day: 20, hour: 6 });
  assert.equal(shipped("dev").environment.deployment.schedule, undefined);
  const [clinicians] = prod.datasets;
  assert.deepEqual(clinicians?.sources.map(({ prefix }) => prefix), ["DAC_NationalDownloadableFile"]);
  const providers = prod.datasets.find(({ name }) => name === "providers");
  assert.deepEqual(providers?.sources.at(-1)?.reads, ["npidata_pfile_", "NPPES_Data_Dissemination_"]);
  const hospitals = prod.datasets.find(({ name }) => name === "hospitals");
  assert.deepEqual(hospitals?.publications, ["hospitals/hospital_general_information", "hospitals/hospital_enrollments"]);
  assert.equal(hospitals.max_reject_ratio, 0.25);
});

test("an environment in folders is refused by name", () => {
  const dev = shipped("dev");
  const file = join(temporaryFolder(), "resolved.json");
  writeFileSync(file, JSON.stringify({ ...dev, environment: { ...dev.environment, input: { folder: "/srv/raw" } } }));
  assert.throws(() => readConfig(file), /environments\.dev\.input: must be s3:\/\/bucket\/prefix: only buckets can be deployed/);
});
