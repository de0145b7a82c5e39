import { ArnFormat, RemovalPolicy, Stack } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import { DockerImageAsset, Platform } from "aws-cdk-lib/aws-ecr-assets";
import * as ecs from "aws-cdk-lib/aws-ecs";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import * as logs from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { Architecture, Network } from "../config.js";
import { Rights } from "../rights.js";

/** Memory and disk, in MiB. */
export interface ContainerSize {
  readonly memory_mib: number;
  readonly scratch_mib: number;
}

export interface ContainerJobProps {
  readonly name: string;
  /** The room whose binary it is. */
  readonly room: string;
  readonly description: string;
  readonly size: ContainerSize;
  /** The folder with the Dockerfile. */
  readonly project: string;
  readonly architecture: Architecture;
  readonly environment: Readonly<Record<string, string>>;
  readonly network: Network;
  /** The ports that it goes out to. */
  readonly ports: readonly number[];
  /** The state machines that may start the task, which answers them by its token. */
  readonly stateMachineNames: readonly string[];
  readonly key: kms.IKey;
  readonly logRetention: logs.RetentionDays;
  /** Whether its role cannot have more than it is given here. */
  readonly isBounded: boolean;
  readonly removalPolicy: RemovalPolicy;
}

/** Where AWS answers. */
const HTTPS = 443;
const CPU = 2048;
/** Fargate gives 2 vCPUs 4 to 16 GiB, in whole GiB. */
const LEAST_MIB = 4096;
/** Fargate gives 20 GiB without asking, and from 21 GiB on what is asked for. */
const LEAST_SCRATCH_GIB = 21;

/** A function as a Fargate task: the binary of the function in a container. */
export class ContainerJob extends Construct {
  readonly cluster: ecs.Cluster;
  readonly task: ecs.FargateTaskDefinition;
  readonly securityGroup: ec2.SecurityGroup;
  readonly subnets: readonly string[];
  readonly rights: Rights;
  private readonly executionRole: iam.Role;

  constructor(scope: Construct, id: string, props: ContainerJobProps) {
    super(scope, id);
    const { size } = props;
    const vpc = ec2.Vpc.fromVpcAttributes(this, "Network", {
      vpcId: props.network.vpc,
      // Asked for and not used: subnets are named in the definition of the state machine.
      availabilityZones: ["any"],
    });
    this.cluster = new ecs.Cluster(this, "Cluster", {
      clusterName: props.name,
      vpc,
      containerInsightsV2: ecs.ContainerInsights.ENABLED,
    });
    this.subnets = props.network.subnets;
    const others = props.ports.filter((port) => port !== HTTPS);
    this.securityGroup = new ec2.SecurityGroup(this, "Door", {
      vpc,
      description: `${props.name}: out to AWS by TLS${others.length > 0 ? " and to listed hosts" : ""}, nothing in`,
      allowAllOutbound: false,
    });
    this.securityGroup.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(HTTPS), "AWS by TLS");
    for (const port of others) {
      this.securityGroup.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(port), "Listed hosts");
    }
    const logGroup = new logs.LogGroup(this, "Logs", {
      logGroupName: `/aws/ecs/${props.name}`,
      encryptionKey: props.key,
      retention: props.logRetention,
      removalPolicy: props.removalPolicy,
    });
    const tasks = new iam.ServicePrincipal("ecs-tasks.amazonaws.com", {
      conditions: { StringEquals: { "aws:SourceAccount": Stack.of(this).account } },
    });
    this.rights = new Rights(this, {
      description: props.description, assumedBy: tasks, isBounded: props.isBounded,
    });
    this.rights.allow(
      ["states:SendTaskFailure", "states:SendTaskHeartbeat", "states:SendTaskSuccess"],
      // By name: a state machine itself is made after its tasks.
      props.stateMachineNames.map((resourceName) => Stack.of(this).formatArn({
        service: "states", resource: "stateMachine", resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      })),
    );
    this.executionRole = new iam.Role(this, "ExecutionRole", { description: `Starts ${props.name}`, assumedBy: tasks });
    const isArm = props.architecture === "arm64";
    this.task = new ecs.FargateTaskDefinition(this, "Task", {
      family: props.name,
      cpu: CPU,
      memoryLimitMiB: Math.ceil(Math.max(size.memory_mib, LEAST_MIB) / 1024) * 1024,
      ephemeralStorageGiB: Math.max(Math.ceil(size.scratch_mib / 1024) + 1, LEAST_SCRATCH_GIB),
      runtimePlatform: {
        cpuArchitecture: isArm ? ecs.CpuArchitecture.ARM64 : ecs.CpuArchitecture.X86_64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
      taskRole: this.rights.role,
      executionRole: this.executionRole,
      volumes: [{ name: "scratch" }],
    });
    const image = new DockerImageAsset(this, "Image", {
      directory: props.project,
      buildArgs: { ROOM: props.room },
      platform: isArm ? Platform.LINUX_ARM64 : Platform.LINUX_AMD64,
    });
    const container = this.task.addContainer("job", {
      containerName: "job",
      image: ecs.ContainerImage.fromDockerImageAsset(image),
      environment: { ...props.environment },
      logging: ecs.LogDrivers.awsLogs({ logGroup, streamPrefix: props.name }),
      readonlyRootFilesystem: true,
      user: "65532:65532",
    });
    container.addMountPoints({ containerPath: "/tmp", sourceVolume: "scratch", readOnly: false });
  }

  /** Lets the state machine start the task and hand it its two roles. */
  allow(role: iam.IRole): void {
    role.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ["ecs:RunTask"],
        resources: [this.task.taskDefinitionArn],
        conditions: { ArnEquals: { "ecs:cluster": this.cluster.clusterArn } },
      }),
    );
    role.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ["iam:PassRole"],
        resources: [this.rights.role.roleArn, this.executionRole.roleArn],
        conditions: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
      }),
    );
  }
}
