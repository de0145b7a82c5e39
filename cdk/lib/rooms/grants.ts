/** What the functions of a room may do, by what they say that they need. */

import type { DatasetConfig } from "../config.js";
import { CONFIG_KEY, RUNS_PREFIX } from "../names.js";
import {
  type Access, confine, countSteps, describeLedger, flipTables, loadTables, readLedger, readSecrets, startMachines, useKey, watchMachines, writeLedger,
} from "../permissions.js";
import type { Rights } from "../rights.js";
import type { Need, Room, RoomFunction } from "./rooms.js";
import { ZONES } from "./hl7.js";
import { HL7, INTAKE, type Shared } from "./shared.js";

/** What is said of publications and runs: never a row. */
const FACTS = ["*.json", "*.jsonl"];

/** Gives the role of a function what it needs, and nothing else. */
export function grant(rights: Rights, shared: Shared, room: Room, one: RoomFunction): void {
  const { environment } = shared.config;
  const dataset = shared.config.datasets.find(({ name }) => name === one.own);
  const at = (prefix: string, parts: readonly string[]): string[] => parts.map((part) => prefix + part);
  const own = [`${one.own}/`];
  const ownIn = (place: keyof typeof ZONES, mine: readonly string[]): readonly string[] => (room.name === HL7 ? [...mine, ZONES[place]] : mine);
  // What the functions of a room of datasets plan and report are these.
  const datasets = shared.config.datasets.filter(({ name }) => room.functions.some((other) => other.own === name));
  const published = datasets.length === 0 ? shared.published : datasets.map(({ name }) => `${name}/`);
  // Who hears of publications reads their pointers only.
  const pointers = one.source === "publications" ? room.listens.map(({ pattern }) => `${pattern}/_current.json`) : [];
  const sources = dataset?.sources.flatMap(({ reads }) => reads) ?? own;
  // Where the monthly run reads: whoever brings its files may write there.
  const monthly = shared.config.datasets.flatMap(({ sources }) => sources.flatMap(({ reads }) => reads));
  const parts: Partial<Record<Need["part"], readonly string[]>> = { sources: [...new Set(monthly)], publications: pointers.length === 0 ? published : [], runs: [`${RUNS_PREFIX}runs/`], handed: [`${one.own}/_handed/`], all: [""] };
  const handsOn = shared.config.loads.hands_on.map((folder) => `${folder}/`);
  const access = (place: Need["place"], prefix: string, mine: readonly string[], objects: readonly string[]): Access => {
    const of = (wanted: Need["access"]): string[] => one.needs
      .filter((need) => need.place === place && need.access === wanted)
      .flatMap(({ part }) => at(prefix, (part === "own" ? mine : place === "input" && part === "handed" ? handsOn : parts[part]) ?? []));
    const facts = one.needs.some((need) => need.place === place && need.part === "facts");
    return {
      objects: at(prefix, facts ? [...objects, ...FACTS] : objects), lists: facts ? [prefix] : [], reads: of("read"), writes: of("write"),
    };
  };
  confine(rights, shared.output, access("output", environment.output.prefix, ownIn("output", own), [CONFIG_KEY, ...pointers]));
  // What arrived is read as it arrived, whatever has replaced it since.
  confine(rights, shared.input, { ...access("input", environment.input.prefix, ownIn("input", sources), []), readsVersions: dataset === undefined });
  confine(rights, shared.rejects, access("rejects", environment.rejects.prefix, ownIn("rejects", own), []));
  useKey(rights, shared.key, ...(one.called_by === "batch" ? ["sqs"] : []));
  ledger(rights, shared, one, dataset);
  const { names } = shared;
  for (const { place, part, access: wanted } of one.needs) {
    const machines = part === "all" ? [names.stack, names.of("*")] : room.definitions.map(({ machine }) => machine);
    if (place === "tables") {
      flipTables(rights, shared.database, tables(one, dataset, shared));
    } else if (place === "executions" && wanted === "read") {
      (part === "all" ? watchMachines : countSteps)(rights, machines);
    } else if (place === "executions") {
      startMachines(rights, machines);
    }
  }
  const has = (place: Need["place"]): boolean => one.needs.some((need) => need.place === place);
  loadTables(rights, shared.ledger, {
    regions: one.dynamodb_regions ?? [],
    scans: has("dynamodb_items"),
    // DynamoDB writes an export as whoever asks for it.
    ...(has("dynamodb_exports") ? { exportsTo: at(environment.output.prefix, parts.handed ?? []).map((prefix) => shared.output.arnForObjects(`${prefix}*`)) } : {}),
  });
  if (one.secrets !== undefined && one.secrets.length > 0) {
    readSecrets(rights, one.secrets);
  }
}

/** The partitions of the ledger, as `jobs/aws/src/ledger` makes their keys. */
function ledger(rights: Rights, shared: Shared, one: RoomFunction, dataset: DatasetConfig | undefined): void {
  const of = (wanted: Need["access"]): Need[] => one.needs.filter(({ place, access }) => place === "ledger" && access === wanted);
  const partitions = (needs: readonly Need[]): string[] => needs.flatMap(({ part }) => {
    switch (part) {
      case "runs":
        return ["RUNS"];
      case "letters":
      case "audit":
      case "notices":
        return rows(part);
      case "own":
        return dataset === undefined ? ofRoom(one.own) : [`PUB#${one.own}`, `PUB#${one.own}/*`];
      case "age":
        return [];
      default:
        return refuse(one, part);
    }
  });
  const [reads, writes] = [of("read"), of("write")];
  const readsAll = reads.some(({ part }) => part === "all");
  const read = readsAll ? [] : partitions(reads);
  if (readsAll || read.length > 0) {
    readLedger(rights, shared.ledger, readsAll ? undefined : read);
  }
  if (partitions(writes).length > 0) {
    writeLedger(rights, shared.ledger, partitions(writes));
  }
  if (reads.some(({ part }) => part === "age")) {
    describeLedger(rights, shared.ledger);
  }
}

function refuse(one: RoomFunction, part: Need["part"]): never {
  throw new Error(`${one.name} says that it needs ${part} of the ledger, and no partition is that`);
}

/** A table of rows, of no tenant and of each. */
function rows(table: string): string[] {
  return [`ROWS#${table}#*`, `ROWS#tenant/*/${table}#*`];
}

/**
 * What bears the name of a room: leases of its publications, its table of rows, its subjects that fail, the tables of sources that it
 * knows, its claims and its identities.
 */
function ofRoom(room: string): string[] {
  return [
    `PUB#${room}/*`, ...rows(room), `ROWS#subjects#${room}`, `ROWS#tenant/*/subjects#${room}`,
    `ROWS#source_schemas#${room}/*`, `ROWS#tenant/*/source_schemas#${room}/*`,
    `CLAIM#${room}`, `CLAIM#${room}/*`, `CLAIM#tenant/*/${room}/*`, `IDENTITY#${room}/*`,
  ];
}

function tables(one: RoomFunction, dataset: DatasetConfig | undefined, { config: { intake } }: Shared): string[] {
  if (dataset === undefined) {
    return [`${one.own}_*`, ...(one.own === INTAKE ? intake.views : [])];
  }
  const names = dataset.publications.map((publication) => publication.replace("/", "_"));
  // A dataset of feeds has a view over their tables, of its own name.
  return names.includes(dataset.name) ? names : [...names, dataset.name];
}
