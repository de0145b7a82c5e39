/** The definition of the state machine where a dataset runs as a container: its call of a function becomes a Fargate task. */

interface State {
  Type: string;
  Resource?: string;
  Parameters?: { FunctionName?: string; Payload?: Record<string, unknown> } & Record<string, unknown>;
  HeartbeatSeconds?: number;
  TimeoutSeconds?: number;
  Branches?: States[];
  ItemProcessor?: States;
}

interface States {
  States: Record<string, State>;
}

/** A container tells every minute that it lives; four in a row may be lost. */
const HEARTBEAT_SECONDS = 300;

/** Replaces the calls of these functions (`Clinicians` for `${CliniciansFunction}`); leaves the text alone if there are none. */
export function withContainers(definition: string, names: readonly string[]): string {
  if (names.length === 0) {
    return definition;
  }
  const root = JSON.parse(definition) as States;
  for (const name of names) {
    const tasks = allStates(root).filter((state) => state.Parameters?.FunctionName === `\${${name}Function}`);
    if (tasks.length === 0) {
      throw new Error(`the definition does not call \${${name}Function}`);
    }
    for (const task of tasks) {
      becomeContainer(task, name);
    }
  }
  return JSON.stringify(root, undefined, 2)
    // The list of subnets is JSON itself, so its placeholder stands without quotes.
    .replace(/"(\$\{\w+Subnets\})"/g, "$1")
    // The language asks for a number with a point, and JavaScript drops it.
    .replace(/("BackoffRate": \d+)(?=[,\s])/g, "$1.0");
}

function allStates(states: States): State[] {
  return Object.values(states.States).flatMap((state) => [
    state,
    ...(state.Branches ?? []).flatMap(allStates),
    ...(state.ItemProcessor === undefined ? [] : allStates(state.ItemProcessor)),
  ]);
}

function becomeContainer(task: State, name: string): void {
  const variables = [
    { Name: "CARELAKE_TASK", "Value.$": asText(task.Parameters?.Payload ?? {}) },
    { Name: "CARELAKE_TASK_TOKEN", "Value.$": "$$.Task.Token" },
  ];
  task.Resource = "arn:aws:states:::ecs:runTask.waitForTaskToken";
  task.HeartbeatSeconds = HEARTBEAT_SECONDS;
  task.Parameters = {
    LaunchType: "FARGATE",
    Cluster: `\${${name}Cluster}`,
    TaskDefinition: `\${${name}Task}`,
    NetworkConfiguration: {
      AwsvpcConfiguration: {
        AssignPublicIp: "DISABLED",
        SecurityGroups: [`\${${name}SecurityGroup}`],
        Subnets: `\${${name}Subnets}`,
      },
    },
    Overrides: { ContainerOverrides: [{ Name: "job", Environment: variables }] },
  };
}

/** Words a payload as an intrinsic function that makes its JSON text: variables of a container are text. */
function asText(payload: Record<string, unknown>): string {
  const parts = Object.entries(payload).map(([key, value]) =>
    key.endsWith(".$")
      ? { text: `"${key.slice(0, -2)}":{}`, argument: `States.JsonToString(${String(value)})` }
      : { text: `"${key}":${JSON.stringify(value)}`, argument: undefined },
  );
  const template = parts.map(({ text }) => text).join(",");
  const values = parts.flatMap(({ argument }) => (argument === undefined ? [] : [argument]));
  return `States.Format('\\{${template}\\}', ${values.join(", ")})`;
}
