import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readConfig } from "../lib/config/config.js";
import { PROJECT } from "../lib/example.js";
import { temporaryFolder } from "../lib/temporary.js";

const SHIPPED = readFileSync(join(PROJECT, "pipeline_config.yaml"), "utf8");

/** Writes the shipped configuration with one piece replaced, and returns its name. */
export function changed(from: string, to: string): string {
  assert.ok(SHIPPED.includes(from), `the shipped configuration has no ${from}`);
  const file = join(temporaryFolder(), "pipeline_config.yaml");
  writeFileSync(file, SHIPPED.replace(from, to));
  return file;
}

test("the shipped configuration can be deployed to dev and prod", () => {
  const prod = readConfig(join(PROJECT, "pipeline_config.yaml"), "prod");
  assert.deepEqual(prod.environment.output, { bucket: "carelake-prod-curated", prefix: "" });
  assert.deepEqual(prod.environment.deployment.schedule, { day: 20, hour: 6 });
  assert.equal(readConfig(join(PROJECT, "pipeline_config.yaml"), "dev").environment.deployment.schedule, undefined);
  const [clinicians] = prod.datasets;
  assert.deepEqual(clinicians?.sources.map(({ prefix }) => prefix), ["DAC_NationalDownloadableFile"]);
  const providers = prod.datasets.find(({ name }) => name === "providers");
  assert.deepEqual(providers?.sources.at(-1)?.reads, ["npidata_pfile_", "NPPES_Data_Dissemination_"]);
  const hospitals = prod.datasets.find(({ name }) => name === "hospitals");
  assert.deepEqual(hospitals?.publications, ["hospitals/hospital_general_information", "hospitals/hospital_enrollments"]);
  assert.equal(hospitals.maxRejectRatio, 0.25);
});

const DEV = "deployment: { log_days: 30,";
for (const [what, from, to, told] of [
  ["an unknown key of a deployment", DEV, "deployment: { logdays: 30,", "environments.dev.deployment.logdays: unknown key"],
  ["an unknown key of a dataset", "    scratch_mib: 10240", "    scratch_mb: 1", "datasets.providers.scratch_mb: unknown key"],
  ["an unknown key of a source", "    optional: true", "    optionl: true", "sources.revocations.optionl: unknown key"],
  ["an unknown key of the file", "notify: {}", "notfy: {}", "notfy: unknown key"],
  ["days that CloudWatch does not know", DEV, "deployment: { log_days: 31,", "log_days: must be one of 1, 3, 5"],
  ["a word that is none", "on_teardown: delete", "on_teardown: shred", "on_teardown: must be one of keep, delete"],
  ["an address that is none", DEV, "deployment: { emails: [me], log_days: 30,", "emails[0]: must be a mail address"],
  ["a folder instead of a bucket", "s3://carelake-dev-raw", "./raw", "input: must be s3://bucket/prefix"],
  ["containers without a network", "    scratch_mib: 10240", "    compute: fargate", "network: is needed where a dataset has compute: fargate"],
  ["a source that is not declared", "sources: [dac, ppef_enrollment, nppes]", "sources: [dca]", "datasets.providers: source dca is not declared"],
  [
    "an uploader among everybody's files",
    "    optional: true",
    '    uploader: "123456789012"',
    "sources.revocations.file: must be in a folder of its own",
  ],
] as const) {
  test(`${what} is refused by name`, () => {
    assert.throws(() => readConfig(changed(from, to), "dev"), (error: Error) => {
      assert.ok(error.message.includes(told), error.message);
      return true;
    });
  });
}

test("every mistake is told at once", () => {
  const file = changed(DEV, "deployment: { arch: x, log_days: 31,");
  assert.throws(() => readConfig(file, "dev"), /arch: unknown key[^]*log_days: must be one of/);
});

test("an environment that is not there is refused with those that are", () => {
  assert.throws(() => readConfig(join(PROJECT, "pipeline_config.yaml"), "test"), /has no environment test; it has local, dev, prod/);
});
