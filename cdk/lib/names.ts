/** Names of what is deployed, all derived from the environment; the command and the functions derive the same. */
export class Names {
  constructor(readonly environment: string) {}

  get stack(): string {
    return `carelake-${this.environment}`;
  }

  /** State machine, functions, topic, table and so on: `carelake-dev-ledger`. */
  of(part: string): string {
    return `carelake-${this.environment}-${part}`;
  }

  get keyAlias(): string {
    return `alias/carelake-${this.environment}`;
  }

  /** Glue takes no hyphens. */
  get database(): string {
    return `carelake_${this.environment}`;
  }

  parameter(part: string): string {
    return `/carelake/${this.environment}/${part}`;
  }
}

/** The configuration that functions read, below the output. */
export const CONFIG_KEY = "_carelake/pipeline_config.yaml";
/** The prefix of what runs keep of themselves, below the output. */
export const RUNS_PREFIX = "_carelake/";
/** The namespace of the metrics that functions write with their logs. */
export const METRICS = "carelake";
