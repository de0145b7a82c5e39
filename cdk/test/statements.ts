/** Statements of policies, wherever a template keeps them. */

export interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
  readonly Principal?: unknown;
  readonly Condition?: Record<string, unknown>;
}

export interface Found {
  readonly at: string;
  readonly type: string;
  readonly statement: Statement;
}

/** Yields every statement of every policy, wherever a resource keeps it. */
export function* statementsOf(json: Record<string, unknown>): Generator<Found> {
  const resources = json["Resources"] as Record<string, { Type: string; Properties?: unknown }>;
  for (const [at, { Type: type, Properties }] of Object.entries(resources)) {
    for (const statement of inside(Properties)) {
      yield { at, type, statement };
    }
  }
}

function* inside(value: unknown): Generator<Statement> {
  if (Array.isArray(value)) {
    for (const item of value) {
      yield* inside(item);
    }
  } else if (typeof value === "object" && value !== null) {
    if ("Effect" in value && "Action" in value) {
      yield value as Statement;
    }
    for (const item of Object.values(value)) {
      yield* inside(item);
    }
  }
}
