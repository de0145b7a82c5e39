import { type RemovalPolicy, Stack } from "aws-cdk-lib";
import * as api from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import * as logs from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { PipelineFunction } from "../constructs/pipeline-function.js";
import type { RoomFunction } from "./rooms.js";
import type { Shared } from "./shared.js";

export interface DoorProps {
  readonly shared: Shared;
  readonly one: RoomFunction;
  /** What carries the function out. */
  readonly carrier: PipelineFunction;
  readonly logRetention: logs.RetentionDays;
}

/** What is logged of a request: nothing that it brings. */
const LOGGED = {
  requestId: "$context.requestId", time: "$context.requestTime", method: "$context.httpMethod", status: "$context.status",
};
/** Requests in a second, and as many at once. */
const MOST = 100;

/** The HTTP API of a function: every path and method goes to it, and it judges who calls. */
export class Door extends Construct {
  readonly api: api.HttpApi;

  constructor(scope: Construct, id: string, { shared, one, carrier, logRetention }: DoorProps) {
    super(scope, id);
    this.api = new api.HttpApi(this, "Api", {
      apiName: shared.names.of(one.lambda),
      description: one.description,
      createDefaultStage: false,
      defaultIntegration: new HttpLambdaIntegration("Function", carrier.function),
    });
    makeStage(this, { shared, api: this.api, name: one.lambda, logRetention, removalPolicy: carrier.removalPolicy });
  }
}

export interface StageProps {
  readonly shared: Shared;
  readonly api: api.HttpApi;
  /** What its log is called behind the environment. */
  readonly name: string;
  readonly logRetention: logs.RetentionDays;
  readonly removalPolicy: RemovalPolicy;
}

/** Makes the one stage of an HTTP API, with its log. */
export function makeStage(scope: Construct, { shared, api: httpApi, name, logRetention, removalPolicy }: StageProps): void {
  const logGroup = new logs.LogGroup(scope, "Logs", {
    logGroupName: `/aws/vendedlogs/apis/${shared.names.of(name)}`,
    encryptionKey: shared.key,
    retention: logRetention,
    removalPolicy,
  });
  const stage = new api.HttpStage(scope, "Stage", { httpApi, autoDeploy: true, throttle: { rateLimit: MOST, burstLimit: MOST } });
  const resource = stage.node.defaultChild as api.CfnStage;
  resource.accessLogSettings = { destinationArn: logGroup.logGroupArn, format: Stack.of(scope).toJsonString(LOGGED) };
}
