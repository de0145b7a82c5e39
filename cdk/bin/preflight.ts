import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { stackOf } from "../lib/app.js";
import { readConfig } from "../lib/config.js";
import { CONFIG_KEY, Names } from "../lib/names.js";
import { readRooms } from "../lib/rooms/rooms.js";

/**
 * `preflight.ts CONFIG FUNCTIONS`: checks credentials, region and account before anything is created, and prints what a shell needs to
 * know of the environment, a `NAME=VALUE` in each line. The files are what `carelake config --resolved` and
 * `carelake functions --json` printed of it.
 */
async function main(file: string, functions: string): Promise<Record<string, string>> {
  const config = readConfig(file);
  const rooms = readRooms(functions);
  const names = new Names(config.environment.name);
  const { name, deployment, input, output, rejects } = config.environment;
  const region = deployment.region ?? process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"];
  if (region === undefined) {
    throw new Error("no region; set AWS_REGION, or `region` of the environment's deployment");
  }
  const account = await accountOf(region);
  if (deployment.account !== undefined && deployment.account !== account) {
    throw new Error(
      `the credentials are of account ${account}, and ${name} belongs to ${deployment.account}; use those of ${deployment.account}`,
    );
  }
  return {
    account,
    region,
    architecture: deployment.architecture,
    on_teardown: deployment.deletes_on_teardown ? "delete" : "keep",
    config_bucket: output.bucket,
    config_key: output.prefix + CONFIG_KEY,
    data_buckets: [input, output, rejects].map(({ bucket }) => bucket).join(" "),
    rooms: rooms.map((room) => room.name).join(" "),
    stacks: rooms.map((room) => `${room.name}=${stackOf(names, room)}`).join(" "),
    containers: [
      ...config.datasets.filter(({ compute }) => compute === "fargate"),
      ...(deployment.network === undefined ? [] : rooms.flatMap((room) => room.functions.filter(({ container }) => container !== null))),
    ].map(({ name }) => name).join(" "),
  };
}

async function accountOf(region: string): Promise<string> {
  try {
    const identity = await new STSClient({ region }).send(new GetCallerIdentityCommand({}));
    return identity.Account ?? "";
  } catch (error) {
    const cause = error instanceof Error && error.name !== "Error" ? error.name : "no answer";
    throw new Error(`AWS does not know these credentials (${cause}); set AWS_PROFILE, or sign in: aws sso login`, { cause: error });
  }
}

try {
  const known = await main(process.argv[2] ?? "", process.argv[3] ?? "");
  console.log(Object.entries(known).map(([name, value]) => `${name}=${value}`).join("\n"));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
