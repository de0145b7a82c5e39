import { Stack } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as iam from "aws-cdk-lib/aws-iam";
import type * as kms from "aws-cdk-lib/aws-kms";
import * as logs from "aws-cdk-lib/aws-logs";
import * as transfer from "aws-cdk-lib/aws-transfer";
import { Construct } from "constructs";
import { type EnvironmentConfig, type Network, type PartnerConfig, removalPolicy } from "../config.js";

export interface SftpProps {
  /** The server's name, in that of its log. */
  readonly name: string;
  readonly environment: EnvironmentConfig;
  readonly network: Network;
  /** Who sends files; who has no networks is not let in, and has no user. */
  readonly partners: readonly PartnerConfig[];
  /** What keys of the room begin with, below the place of the inputs. */
  readonly room: string;
  readonly key: kms.IKey;
}

/** Where SFTP is spoken. */
const PORT = 22;
const ANYBODY = /\/0$/;

/**
 * The SFTP server of partners: inside the VPC, open to their networks only. A partner sees its own folder, puts files there and
 * lists their names; it reads nothing back and deletes nothing, so that what was accepted stays. Its public key is given to its user
 * by whoever has seen that it is the partner's: `aws transfer import-ssh-public-key`.
 */
export class Sftp extends Construct {
  constructor(scope: Construct, id: string, props: SftpProps) {
    super(scope, id);
    const { environment, network, key, name } = props;
    const { deployment } = environment;
    const partners = props.partners.filter(({ networks }) => networks.length > 0);
    const log = new logs.LogGroup(this, "Logs", {
      logGroupName: `/aws/transfer/${name}`,
      encryptionKey: key,
      retention: deployment.log_days,
      removalPolicy: removalPolicy(deployment),
    });
    const server = new transfer.CfnServer(this, "Server", {
      domain: "S3",
      protocols: ["SFTP"],
      identityProviderType: "SERVICE_MANAGED",
      securityPolicyName: "TransferSecurityPolicy-2024-01",
      endpointType: "VPC",
      endpointDetails: {
        vpcId: network.vpc,
        subnetIds: [...network.subnets],
        securityGroupIds: [this.door(network, partners)],
        // Partners are outside: each subnet has an address that they reach.
        addressAllocationIds: network.subnets.map(
          (_, index) => new ec2.CfnEIP(this, `Address${index}`, { domain: "vpc" }).attrAllocationId,
        ),
      },
      structuredLogDestinations: [log.logGroupArn],
    });
    for (const partner of partners) {
      this.user(server, partner.name, props);
    }
  }

  private door(network: Network, partners: readonly PartnerConfig[]): string {
    const rules = partners.flatMap(({ name, networks }) => networks.map((cidr) => ({ name, cidr })));
    const open = rules.find(({ cidr }) => ANYBODY.test(cidr));
    if (open !== undefined) {
      throw new Error(`intake.partners.${open.name}.networks: ${open.cidr} is everybody; name the networks that it sends from`);
    }
    return new ec2.CfnSecurityGroup(this, "Door", {
      vpcId: network.vpc,
      groupDescription: "SFTP from the networks of partners, and nothing else",
      securityGroupIngress: rules.map(({ name, cidr }) => ({
        description: name,
        ipProtocol: "tcp",
        fromPort: PORT,
        toPort: PORT,
        ...(cidr.includes(":") ? { cidrIpv6: cidr } : { cidrIp: cidr }),
      })),
      // It answers and begins nothing: no way out but to itself.
      securityGroupEgress: [{ description: "nowhere", ipProtocol: "icmp", fromPort: 252, toPort: 86, cidrIp: "255.255.255.255/32" }],
    }).attrGroupId;
  }

  private user(server: transfer.CfnServer, partner: string, props: SftpProps): void {
    const { environment: { input }, room } = props;
    const home = `${input.prefix}${room}/${partner}`;
    const { account } = Stack.of(this);
    const policy = new iam.ManagedPolicy(this, `${partner}Policy`, {
      description: `What ${partner} does by SFTP`, statements: this.statements(home, props),
    });
    const role = new iam.Role(this, `${partner}Role`, {
      description: `What ${partner} does by SFTP`,
      assumedBy: new iam.ServicePrincipal("transfer.amazonaws.com", { conditions: { StringEquals: { "aws:SourceAccount": account } } }),
      managedPolicies: [policy],
      permissionsBoundary: policy,
    });
    new transfer.CfnUser(this, `${partner}User`, {
      serverId: server.attrServerId,
      userName: userName(partner),
      role: role.roleArn,
      homeDirectoryType: "LOGICAL",
      homeDirectoryMappings: [{ entry: "/", target: `/${input.bucket}/${home}` }],
      // The same again for the session, whatever the role is given one day.
      policy: Stack.of(this).toJsonString({ Version: "2012-10-17", Statement: this.statements(home, props).map((one) => one.toStatementJson() as unknown) }),
    });
  }

  private statements(home: string, { environment: { input }, key }: SftpProps): iam.PolicyStatement[] {
    const { partition, region, urlSuffix } = Stack.of(this);
    const bucket = `arn:${partition}:s3:::${input.bucket}`;
    const own = `${bucket}/${home}/*`;
    return [
      new iam.PolicyStatement({ actions: ["s3:AbortMultipartUpload", "s3:PutObject"], resources: [own] }),
      new iam.PolicyStatement({
        actions: ["s3:ListBucket"], resources: [bucket], conditions: { StringLike: { "s3:prefix": [home, `${home}/*`] } },
      }),
      // Parts of a multipart upload are decrypted when they are put together.
      new iam.PolicyStatement({
        actions: ["kms:Decrypt", "kms:GenerateDataKey"], resources: [key.keyArn],
        conditions: { StringEquals: { "kms:ViaService": `s3.${region}.${urlSuffix}` } },
      }),
      new iam.PolicyStatement({
        effect: iam.Effect.DENY, resources: ["*"],
        actions: ["s3:DeleteObject*", "s3:GetObject*", "s3:PutObjectAcl", "s3:PutObjectTagging"],
      }),
    ];
  }
}

/** A user's name has three letters at least. */
function userName(partner: string): string {
  return partner.length < 3 ? `${partner}-sftp` : partner;
}
