import { Duration, RemovalPolicy, Size } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as logs from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { Architecture, Network } from "../config.js";
import { Rights } from "../rights.js";
import { portsOf } from "./egress.js";

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
  /** How many calls of it are carried out at once; without it, as many as the account has left. */
  readonly reservedConcurrency?: number;
  /** Where it runs, if it reaches systems that are not of AWS. */
  readonly network?: Network;
  /** Whether its role cannot have more than it is given here. */
  readonly isBounded: boolean;
  readonly removalPolicy: RemovalPolicy;
}

/** One function of the pipeline with its role and its log group; the role may write its logs and nothing else as yet. */
export class PipelineFunction extends Construct {
  readonly function: lambda.Function;
  readonly rights: Rights;
  readonly removalPolicy: RemovalPolicy;

  constructor(scope: Construct, id: string, props: PipelineFunctionProps) {
    super(scope, id);
    this.removalPolicy = props.removalPolicy;
    const logGroup = new logs.LogGroup(this, "Logs", {
      logGroupName: `/aws/lambda/${props.functionName}`,
      encryptionKey: props.key,
      retention: props.logRetention,
      removalPolicy: props.removalPolicy,
    });
    this.rights = new Rights(this, {
      description: props.description,
      assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com"),
      isBounded: props.isBounded,
    });
    // `grantWrite` would name the group's ARN with a wildcard behind it as well; its ARN ends with one for the streams.
    this.rights.allow(["logs:CreateLogStream", "logs:PutLogEvents"], [logGroup.logGroupArn]);
    this.function = new lambda.Function(this, "Function", {
      functionName: props.functionName,
      description: props.description,
      runtime: lambda.Runtime.PROVIDED_AL2023,
      architecture: props.architecture === "arm64" ? lambda.Architecture.ARM_64 : lambda.Architecture.X86_64,
      handler: "bootstrap",
      code: lambda.Code.fromAsset(props.code),
      role: this.rights.role,
      environment: { ...props.environment },
      environmentEncryption: props.key,
      ephemeralStorageSize: Size.mebibytes(props.scratchMib),
      logGroup,
      memorySize: props.memoryMib,
      timeout: props.timeout,
      ...(props.reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: props.reservedConcurrency }),
      // Its permissions have no resources; the state machine is traced instead.
      tracing: lambda.Tracing.DISABLED,
    });
    if (props.network !== undefined) {
      this.runIn(props.network);
    }
  }

  private runIn(network: Network): void {
    const vpc = ec2.Vpc.fromVpcAttributes(this, "Network", {
      vpcId: network.vpc,
      // Asked for and not used: subnets are named below.
      availabilityZones: ["any"],
    });
    const door = new ec2.SecurityGroup(this, "Door", { vpc, description: "out to AWS and listed hosts, nothing in", allowAllOutbound: false });
    for (const port of portsOf(network)) {
      door.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(port), "AWS, and hosts whose names are found");
    }
    const resource = this.function.node.defaultChild as lambda.CfnFunction;
    resource.vpcConfig = { subnetIds: [...network.subnets], securityGroupIds: [door.securityGroupId] };
    // Lambda puts the function's interfaces into the subnets as its role; IAM knows no resource for looking at them.
    this.rights.allow(
      ["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces"], ["*"],
    );
  }
}
