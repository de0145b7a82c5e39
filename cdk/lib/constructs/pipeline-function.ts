import { Duration, RemovalPolicy, Size } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as logs from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { Architecture } from "../config.js";

export interface PipelineFunctionProps {
  readonly functionName: string;
  readonly description: string;
  /** Folder with the binary, named `bootstrap`. */
  readonly code: string;
  readonly architecture: Architecture;
  readonly environment: Readonly<Record<string, string>>;
  readonly key: kms.IKey;
  readonly logRetention: logs.RetentionDays;
  readonly memoryMib: number;
  readonly scratchMib: number;
  readonly timeout: Duration;
  readonly removalPolicy: RemovalPolicy;
}

/** One function of the pipeline with its role and its log group; the role may write its logs and nothing else as yet. */
export class PipelineFunction extends Construct {
  readonly function: lambda.Function;
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, props: PipelineFunctionProps) {
    super(scope, id);
    const logGroup = new logs.LogGroup(this, "Logs", {
      logGroupName: `/aws/lambda/${props.functionName}`,
      encryptionKey: props.key,
      retention: props.logRetention,
      removalPolicy: props.removalPolicy,
    });
    this.role = new iam.Role(this, "Role", {
      description: props.description,
      assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com"),
    });
    // `grantWrite` would name the group's ARN with a wildcard behind it as well; its ARN ends with one for the streams.
    this.role.addToPolicy(
      new iam.PolicyStatement({
        actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
        resources: [logGroup.logGroupArn],
      }),
    );
    this.function = new lambda.Function(this, "Function", {
      functionName: props.functionName,
      description: props.description,
      runtime: lambda.Runtime.PROVIDED_AL2023,
      architecture: props.architecture === "arm64" ? lambda.Architecture.ARM_64 : lambda.Architecture.X86_64,
      handler: "bootstrap",
      code: lambda.Code.fromAsset(props.code),
      role: this.role,
      environment: { ...props.environment },
      environmentEncryption: props.key,
      ephemeralStorageSize: Size.mebibytes(props.scratchMib),
      logGroup,
      memorySize: props.memoryMib,
      timeout: props.timeout,
      // Its permissions have no resources; the state machine is traced instead.
      tracing: lambda.Tracing.DISABLED,
    });
  }
}
