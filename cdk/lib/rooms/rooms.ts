import { readFileSync } from "node:fs";

/** A part of a place that a function reads or writes. */
export interface Need {
  readonly place: "input" | "output" | "rejects" | "ledger" | "tables" | "executions" | "secrets"
    | "dynamodb_catalog" | "dynamodb_items" | "dynamodb_exports";
  readonly part: "all" | "own" | "sources" | "publications" | "facts" | "runs" | "age" | "letters" | "audit" | "notices" | "handed";
  readonly access: "read" | "write";
}

export interface RoomFunction {
  readonly room: string;
  readonly name: string;
  readonly description: string;
  /** What stands for it in definitions. */
  readonly placeholder: string;
  /** What stands for its queue in definitions, if it has one. */
  readonly queue: string | null;
  /** Its name behind that of the environment. */
  readonly lambda: string;
  /** What the names of its own things begin with: its dataset or its room. */
  readonly own: string;
  readonly called_by: "definition" | "schedule" | "batch" | "http" | "action";
  /** Six fields of a cron expression, in UTC. */
  readonly schedule: string | null;
  /** Where the messages of its batches come from. */
  readonly source: "queue" | "inputs" | "publications" | "dead_letters" | null;
  readonly memory_mib: number;
  readonly scratch_mib: number;
  /** What it gets as a container, wherever there is a network for one. */
  readonly container: { readonly memory_mib: number; readonly scratch_mib: number } | null;
  readonly timeout_secs: number;
  /** How many calls of it are carried out at once; null: as many as the account has left. */
  readonly reserved_concurrency: number | null;
  /** Whether it reaches systems that are not of AWS. */
  readonly network: boolean;
  readonly needs: readonly Need[];
  /** The secrets of AWS Secrets Manager that it reads, by name. */
  readonly secrets?: readonly string[];
  /** The regions of the tables of DynamoDB that it reads, null for that of the stack; those tables are of the stack's account. */
  readonly dynamodb_regions?: readonly (string | null)[];
}

export interface Definition {
  readonly room: string;
  readonly name: string;
  /** Its file in the project. */
  readonly file: string;
  /** What stands for its state machine in definitions. */
  readonly placeholder: string;
  /** The name of its state machine. */
  readonly machine: string;
  readonly schedule: string | null;
}

/** What a room listens to: a pattern of publications, and the definition that starts when one of them changes. */
export interface Listen {
  readonly room: string;
  readonly pattern: string;
  readonly definition: string;
}

/** One system of the suite, as it is deployed. */
export interface Room {
  readonly name: string;
  readonly functions: readonly RoomFunction[];
  readonly definitions: readonly Definition[];
  readonly listens: readonly Listen[];
}

interface Printed {
  readonly rooms: readonly string[];
  readonly functions: readonly RoomFunction[];
  readonly definitions: readonly Definition[];
  readonly listens: readonly Listen[];
}

/** Reads what `carelake functions --json --env ENV` printed. */
export function readRooms(file: string): Room[] {
  const printed = JSON.parse(readFileSync(file, "utf8")) as Printed;
  const of = <T extends { room: string }>(all: readonly T[], name: string): T[] => all.filter(({ room }) => room === name);
  return printed.rooms.map((name) => ({
    name,
    functions: of(printed.functions, name),
    definitions: of(printed.definitions, name),
    listens: of(printed.listens, name),
  }));
}
