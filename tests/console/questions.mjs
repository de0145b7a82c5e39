// A lake of a matcher that asks: records of which each may be either of two persons.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Lake } from "./lake.mjs";

const MATCHING = `
matching:
  matchers:
    bay:
      input: { publications: [files/people], required: [first_name, last_name, birth_date, sex, ssn] }
      reference: { from: [files/reference] }
      fields:
        first_name: { compare: first_name }
        last_name: { compare: last_name }
        birth_date: { compare: date }
        sex: { compare: exact }
        ssn: { compare: ssn }
        phone: { compare: phone }
        email: { compare: email }
      block: [[ssn], [last_name.metaphone, birth_date]]
      rules:
        - { name: ssn_birth, all: ["ssn =", "birth_date ?~ year", "last_name ~ part"], is: exact, links_reference: true }
      model: model.json
      thresholds: { exact: 40, propose: 2, margin: 8 }
      repair: [birth_date, sex, { together: [social_security_number, ssn_last4] }]
      accepts_ssn: ["*"]
      max_shift: 1
      review: { sample_exact: 0, sample_none: 0 }
`;
const MODEL = {
  odds_bits: -10,
  fields: {
    first_name: { equal: [0.9, 0.01], swapped: 6, nickname: 6, close: 4, initial: 2, near: 1, else: -4 },
    last_name: { equal: [0.9, 0.01], part: 6, close: 4, sounds: 3, near: 1, else: -4 },
    birth_date: { equal: 11, transposed: 7, edit1: 6, year: 4, else: -5 },
    sex: { equal: 1, else: -5 },
    ssn: { equal: 20, last4: 10, edit1: 12, else: -6 },
    phone: { equal: 12, last7: 9, else: -1 },
    email: { equal: 40, local: 20, else: -1 },
  },
};
const COLUMNS = "data_source:text,patient_id:text,first_name:text,last_name:text,birth_date:date,sex:text,social_security_number:text,ssn_last4:text,phone:text,email:text,city:text,delivery_date:date";
const HEADER = COLUMNS.replaceAll(/:[a-z]+/g, "");
// Values that must be in no address, title, log, audit or answer of an action.
export const PERSON = "Zoemarker";
const HOSTILE = ["<img src=x onerror=alert(1)>", "{{7*7}}a", "\u202eevil", `${"Ann".repeat(3_334)}`];
const FIRST = ["Bea", "Carla", "Dora", "Ewa", "Flo", "Gail", "Hana", "Ida"];
const TAILS = ["ton", "berg", "field", "mann", "wick", "ford", "ley", "stein"];
const HEADS = ["Stan", "Wal", "Har", "Kel", "Mor", "Fal", "Dan", "Ros", "Tal", "Lin"];

const quoted = (value) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
const line = (cells) => cells.map(quoted).join(",");
const pad = (n, width) => String(n).padStart(width, "0");

/** Names person n: few have the names of another. */
function named(n) {
  const first = n < HOSTILE.length ? HOSTILE[n] : n === HOSTILE.length ? PERSON : FIRST[n % FIRST.length];
  const last = `${HEADS[n % HEADS.length]}${TAILS[Math.floor(n / 10) % TAILS.length]}`;
  const born = `${1930 + (n % 80)}-${pad(1 + (Math.floor(n / 80) % 12), 2)}-${pad(1 + (Math.floor(n / 960) % 28), 2)}`;
  return { first, last, born };
}

export class Questions extends Lake {
  /** Has so many questions: record n may be either of two persons. Two more are a tie of the same two, who have one e-mail address. */
  ask(count, more = "") {
    const config = join(this.folder, "pipeline_config.yaml");
    writeFileSync(config, readFileSync(config, "utf8") + MATCHING + more);
    writeFileSync(join(this.folder, "model.json"), JSON.stringify(MODEL));
    const [reference, people] = [[HEADER], [HEADER]];
    for (let n = 0; n <= count; n += 1) {
      const { first, last, born } = named(n);
      const both = n < count ? "" : "both@lake.org";
      for (const [at, letter] of ["A", "B"].entries()) {
        const ssn = `${pad(401 + at * 300 + (n % 200), 3)}${pad(11 + (n % 80), 2)}${pad(1_000 + (n % 8_900), 4)}`;
        const phone = `727${pad(200 + (n % 700), 3)}${pad(1_000 + (at + 3 * n) % 8_000, 4)}`;
        reference.push(line(["county", `${letter}${pad(n, 6)}`, first, last, born, at ? "female" : "male", ssn, ssn.slice(5), phone, both, "Largo", "2026-10-01"]));
      }
      if (both) for (const id of ["Y1", "Y2"]) people.push(line(["roster", id, first, last, born, "", "", "", "", both, "Dunedin", "2026-10-02"]));
      if (both) continue;
      // What a partner types: a letter left out, a placeholder, a name alone.
      const typed = n % 5 === 3 ? "UNKNOWN" : n % 3 === 1 && n > HOSTILE.length + 1 ? first.slice(0, -1) : first;
      people.push(line(["roster", `X${pad(n, 6)}`, typed, last, born, "", "", "", n % 4 === 2 ? `727${pad(200 + (n % 700), 3)}${pad(1_000 + (3 * n) % 8_000, 4)}` : "", "", "Dunedin", "2026-10-02"]));
    }
    for (const [name, rows] of [["reference", reference], ["people", people]]) {
      writeFileSync(join(this.folder, `${name}.csv`), `${rows.join("\n")}\n`);
      this.run(["publish", `files/${name}`, `${name}.csv`, "--schema", COLUMNS, "--as-of", "2026-11-01"]);
    }
    return JSON.parse(this.run(["match", "run", "bay", "--json"]));
  }
}
