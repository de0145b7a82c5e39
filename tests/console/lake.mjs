// A lake with a month, a failure and a letter, and the server that shows it.

import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");

// What a partner sends: one file as agreed, and one that lacks what names a person.
const FEED = `intake:
  feeds:
    harbor_patients:
      partner: harbor
      time_zone: America/New_York
      path: "patients_{delivery:%Y%m%d}.csv"
      format: { type: csv }
      delivery: full
      max_drop_ratio: 1
      tables:
        persons:
          columns:
            patient_id: id
            last_name: last
            first_name: first
            birth_date: { from: born, date: "%Y-%m-%d" }
`;
// Values that no page may ever have, and names that a page may have and must not carry out.
export const MARKER = "PLANTED";
const GOOD = `id,last,first,born\n${MARKER}1,${MARKER}Doe,<script>${MARKER}</script>,1980-02-03\n2,{{7*7}},${MARKER}${"x".repeat(10_000)},1971-12-30\n,${MARKER}Noid,A,1980-01-01\n`;
const BAD = `number,last,first\n${MARKER}2,${MARKER},Jane\n`;
const HOSTILE = ["<img src=x onerror=alert(1)>.csv", "\u202egnp.csv", "{{7*7}}.csv", `"'><svg onload=alert(2)>.csv`, `${"n".repeat(200)}.csv`];

// Exit codes of what ended in an error that it tells.
const ENDS = [...Array(40).keys()];

export class Lake {
  constructor(carelake) {
    this.carelake = carelake;
    this.folder = mkdtempSync(join(tmpdir(), "carelake-console-"));
    mkdirSync(join(this.folder, "input"));
    mkdirSync(join(this.folder, "files"));
    cpSync(join(ROOT, "pipeline_config.yaml"), join(this.folder, "pipeline_config.yaml"));
    const text = readFileSync(join(this.folder, "pipeline_config.yaml"), "utf8");
    writeFileSync(join(this.folder, "pipeline_config.yaml"), `${text}\n${FEED}`);
  }

  /** Runs a command; answers what it printed. */
  run(args, codes = [0]) {
    const done = spawnSync(this.carelake, args, { cwd: this.folder, encoding: "utf8" });
    if (!codes.includes(done.status)) throw new Error(`carelake ${args.join(" ")}: ${done.status}\n${done.stdout}${done.stderr}`);
    return done.stdout;
  }

  /** Has a good month, one in which a dataset failed, and a delivery that failed. */
  fill([first, second] = ["2026-11-01", "2026-11-02"]) {
    this.run(["sample", "--rows", "400"]);
    this.run(["run", "--as-of", first]);
    this.run(["run", "--as-of", second, "--inject", "clinicians:SchemaDrift:9"], ENDS);
    const file = (day) => `patients_${day.replaceAll("-", "")}.csv`;
    for (const [name, text] of [[file(first), GOOD], [file(second), BAD]]) {
      writeFileSync(join(this.folder, "files", name), text);
      this.run(["intake", "run", join(this.folder, "files", name), "--partner", "harbor"], ENDS);
    }
    for (const name of HOSTILE) {
      writeFileSync(join(this.folder, "files", name), `${name}\n${MARKER}\n`);
      this.run(["intake", "run", join(this.folder, "files", name), "--partner", "harbor"], ENDS);
    }
  }

  /** Serves its pages; answers their address and the one that signs in. */
  async serve(port = 0) {
    this.server = spawn(this.carelake, ["serve", "--listen", `127.0.0.1:${port}`, "--json"], { cwd: this.folder });
    this.said = "";
    this.server.stderr.on("data", (bytes) => { this.said += bytes; });
    this.server.stderr.pipe(process.stderr);
    const line = await new Promise((told, failed) => {
      let text = "";
      this.server.stdout.on("data", (bytes) => {
        text += bytes;
        if (text.includes("\n")) told(text);
      });
      this.server.on("exit", (code) => failed(new Error(`serve ended with ${code}`)));
    });
    const { listening, sign_in } = JSON.parse(line);
    return { address: listening, signIn: sign_in };
  }

  /** Ends the server as a power cut would. */
  async kill() {
    const ended = new Promise((done) => this.server.on("exit", done));
    this.server.kill("SIGKILL");
    await ended;
  }

  async end() {
    if (this.server && this.server.exitCode === null && this.server.signalCode === null) {
      const ended = new Promise((done) => this.server.on("exit", done));
      this.server.kill("SIGTERM");
      await ended;
    }
    if (!process.env.CARELAKE_KEEP) rmSync(this.folder, { recursive: true, force: true });
  }
}
