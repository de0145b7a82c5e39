/** What lets messages of HL7 v2 in: one HTTP API for those who send and those who ask, who they are, and a stream. */

import { CfnOutput, Duration, Stack } from "aws-cdk-lib";
import * as api from "aws-cdk-lib/aws-apigatewayv2";
import { HttpJwtAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import * as cognito from "aws-cdk-lib/aws-cognito";
import * as kinesis from "aws-cdk-lib/aws-kinesis";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as sqs from "aws-cdk-lib/aws-sqs";
import * as ssm from "aws-cdk-lib/aws-ssm";
import { Construct } from "constructs";
import type { MessagesConfig } from "../config.js";
import { PipelineFunction } from "../constructs/pipeline-function.js";
import { useKey } from "../permissions.js";
import { makeStage } from "./door.js";
import type { Carried } from "./machines.js";
import { HL7, type Shared } from "./shared.js";

/** What the keys of messages begin with in each place; none begins with the name of the room. */
export const ZONES: Readonly<Record<"input" | "output" | "rejects", string>> = {
  input: "raw/hl7v2/", output: "staging/hl7v2/", rejects: "error/hl7v2/",
};
/** The function that answers senders, the one that answers who asks, and the one that takes batches. */
const [RECEIVE, QUERY, STREAM] = ["hl7_receive", "hl7_query", "hl7_stream"];
/** Where a message is posted to. */
const POST = "/hl7v2/er7";
/** What somebody may do, as a group of the user pool. */
const GROUPS: Readonly<Record<string, string>> = {
  "hl7/write": "Sends messages",
  "hl7/read": "Looks up patients, messages and errors",
  "hl7/admin": "Decides who is the same patient",
};
/** What is delivered at once: a call carries 6 MB, in which a record of 1 MiB is 1.4 MB. */
const BATCH = { batchSize: 100, maxBatchingWindow: Duration.seconds(1) };
/** How often what fails is delivered again before it is given up, and how old it may get: what is given up must still be read by hand. */
const [RETRIES, MOST_AGE] = [10, Duration.hours(20)];

export interface MessagesProps {
  readonly shared: Shared;
  readonly carried: readonly Carried[];
  readonly logRetention: Parameters<typeof makeStage>[1]["logRetention"];
}

/** The ways into the room of messages. */
export class Messages extends Construct {
  readonly api: api.HttpApi;
  /** Where ranges of a stream are told of that were given up; nothing without a stream. */
  readonly deadLetters: sqs.Queue | undefined;

  constructor(scope: Construct, id: string, { shared, carried, logRetention }: MessagesProps) {
    super(scope, id);
    const config = shared.config.hl7;
    if (config === undefined) {
      throw new Error("the configuration has no section hl7, and its room is deployed");
    }
    const carrierOf = (name: string | undefined): PipelineFunction => {
      const found = carried.find(({ one }) => one.name === name)?.carrier;
      if (!(found instanceof PipelineFunction)) {
        throw new Error(`${HL7} has no function ${String(name)}; print the functions anew: carelake functions --json`);
      }
      return found;
    };
    const receive = carrierOf(RECEIVE);
    for (const { carrier, one } of carried) {
      // Whoever makes up for a message reads how and when it came, which is beside its bytes.
      if (one.needs.some(({ place, access }) => place === "input" && access === "write")) {
        const key = `${shared.config.environment.input.prefix}${ZONES.input}*`;
        carrier.rights.allow(["s3:GetObjectTagging"], [shared.input.arnForObjects(key)]);
      }
    }
    this.api = new api.HttpApi(this, "Api", {
      apiName: shared.names.of(HL7), description: "Takes messages of HL7 v2, and answers what became of them", createDefaultStage: false,
    });
    const { issuer, audiences } = this.issuer(shared, config, receive, [receive, carrierOf(QUERY)]);
    const authorizer = new HttpJwtAuthorizer("Tokens", issuer, { jwtAudience: [...audiences] });
    this.route("Receive", POST, [api.HttpMethod.POST], receive, authorizer);
    this.route("Query", "/hl7v2/{proxy+}", [api.HttpMethod.GET, api.HttpMethod.POST], carrierOf(QUERY), authorizer);
    makeStage(this, { shared, api: this.api, name: HL7, logRetention, removalPolicy: receive.removalPolicy });
    this.tell(shared, "endpoint", `${this.api.apiEndpoint}${POST}`, "Where messages are posted to");
    this.deadLetters = config.stream === undefined ? undefined : this.deliver(shared, config.stream.arn, carrierOf(STREAM));
  }

  /** A request without a good token ends before a function is called; which of them may do what, the function judges. */
  private route(id: string, path: string, methods: api.HttpMethod[], { function: handler }: PipelineFunction, authorizer: api.IHttpRouteAuthorizer): void {
    this.api.addRoutes({ path, methods, authorizer, integration: new HttpLambdaIntegration(id, handler) });
  }

  private tell(shared: Shared, name: string, value: string, description: string): void {
    new CfnOutput(this, `${name}-output`, { value, description });
    new ssm.StringParameter(this, `${name}-parameter`, {
      parameterName: `/${shared.names.of(HL7).replaceAll("-", "/")}/${name}`, stringValue: value, description,
    });
  }

  /** Returns who issues tokens: whom the configuration names, or a user pool of the environment. */
  private issuer(shared: Shared, config: MessagesConfig, { removalPolicy }: PipelineFunction, told: readonly PipelineFunction[]): NonNullable<MessagesConfig["issuer"]> {
    if (config.issuer !== undefined) {
      return config.issuer;
    }
    const pool = new cognito.UserPool(this, "Users", {
      userPoolName: shared.names.of(HL7),
      selfSignUpEnabled: config.signs_up,
      signInAliases: { email: true },
      autoVerify: { email: true },
      accountRecovery: cognito.AccountRecovery.EMAIL_ONLY,
      passwordPolicy: { minLength: 12, requireDigits: true, requireLowercase: true, requireUppercase: true, requireSymbols: true, tempPasswordValidity: Duration.days(3) },
      deletionProtection: !shared.config.environment.deployment.deletes_on_teardown,
      removalPolicy,
    });
    for (const [groupName, description] of Object.entries(GROUPS)) {
      new cognito.CfnUserPoolGroup(this, groupName, { userPoolId: pool.userPoolId, groupName, description });
    }
    const client = pool.addClient("Senders", {
      userPoolClientName: shared.names.of(HL7),
      generateSecret: false,
      // Senders are programs with a name and a password, and nobody is there who could enter a code.
      authFlows: { userPassword: true, userSrp: true },
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      idTokenValidity: Duration.hours(1),
      accessTokenValidity: Duration.hours(1),
      refreshTokenValidity: Duration.days(1),
      disableOAuth: true,
    });
    const { region, urlSuffix } = Stack.of(this);
    const issuer = `https://cognito-idp.${region}.${urlSuffix}/${pool.userPoolId}`;
    for (const { function: handler } of told) {
      handler.addEnvironment("CARELAKE_HL7_ISSUER", issuer);
      handler.addEnvironment("CARELAKE_HL7_AUDIENCE", client.userPoolClientId);
    }
    this.tell(shared, "user-pool", pool.userPoolId, "Who may send and ask");
    this.tell(shared, "client", client.userPoolClientId, "What senders name when they sign in");
    return { issuer, audiences: [client.userPoolClientId] };
  }

  /** Delivers the records of a stream; answers the queue of what was given up. */
  private deliver(shared: Shared, arn: string | undefined, carrier: PipelineFunction): sqs.Queue {
    const deadLetters = new sqs.Queue(this, "DeadLetters", {
      queueName: shared.names.of(`${HL7}-failures`),
      encryption: sqs.QueueEncryption.KMS,
      encryptionMasterKey: shared.key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    // Lambda puts ranges there in the name of the function.
    carrier.rights.allow(["sqs:SendMessage"], [deadLetters.queueArn]);
    const eventSourceArn = arn ?? this.stream(shared, carrier).streamArn;
    const reads = ["DescribeStream", "DescribeStreamSummary", "GetRecords", "GetShardIterator", "ListShards"];
    carrier.rights.allow(reads.map((action) => `kinesis:${action}`), [eventSourceArn]);
    new lambda.EventSourceMapping(this, "Mapping", {
      target: carrier.function,
      eventSourceArn,
      startingPosition: lambda.StartingPosition.TRIM_HORIZON,
      ...BATCH,
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      retryAttempts: RETRIES,
      maxRecordAge: MOST_AGE,
      onFailure: { bind: () => ({ destination: deadLetters.queueArn }) },
    });
    return deadLetters;
  }

  private stream(shared: Shared, carrier: PipelineFunction): kinesis.Stream {
    useKey(carrier.rights, shared.key, "kinesis");
    return new kinesis.Stream(this, "Stream", {
      streamName: shared.names.of(HL7),
      streamMode: kinesis.StreamMode.ON_DEMAND,
      encryption: kinesis.StreamEncryption.KMS,
      encryptionKey: shared.key,
      removalPolicy: carrier.removalPolicy,
    });
  }
}
