import { Stack } from "aws-cdk-lib";
import * as resolver from "aws-cdk-lib/aws-route53resolver";
import { Construct } from "constructs";
import type { Network } from "../config.js";

export interface EgressProps {
  /** What its name and those of its parts begin with. */
  readonly name: string;
  readonly network: Network;
}

/** Where web servers answer, and AWS. */
const HTTPS = 443;
/** How important a rule group is among those of a VPC; AWS keeps the numbers up to 100. */
const FIRST = 101;

/**
 * Lets names of hosts be found in a VPC that are listed, and those of AWS in its region; every other name is one that does not exist.
 * Where a listed name leads is trusted: sites are served by networks whose names change. An answer that the firewall cannot judge is
 * none. It judges names and no addresses, so that a security group closes every port that no host is spoken to at.
 */
export class Egress extends Construct {
  constructor(scope: Construct, id: string, { name, network }: EgressProps) {
    super(scope, id);
    const { region, urlSuffix } = Stack.of(this);
    const list = (suffix: string, domains: string[]): string =>
      new resolver.CfnFirewallDomainList(this, suffix, { name: `${name}-${suffix.toLowerCase()}`, domains }).attrId;
    const hosts = (network.hosts ?? []).map((host) => host.replace(/:\d+$/, ""));
    const rules: resolver.CfnFirewallRuleGroup.FirewallRuleProperty[] = [
      {
        action: "ALLOW", priority: 1, firewallDomainListId: list("Allowed", [...new Set(hosts), `*.${region}.${urlSuffix}`]),
        firewallDomainRedirectionAction: "TRUST_REDIRECTION_DOMAIN",
      },
      { action: "BLOCK", blockResponse: "NXDOMAIN", priority: 2, firewallDomainListId: list("Others", ["*"]) },
    ];
    const group = new resolver.CfnFirewallRuleGroup(this, "Rules", { name, firewallRules: rules });
    new resolver.CfnFirewallRuleGroupAssociation(this, "Association", {
      name, firewallRuleGroupId: group.attrId, vpcId: network.vpc, priority: FIRST, mutationProtection: "ENABLED",
    });
  }
}

/** Returns the ports that hosts of a network are spoken to at, and that of AWS. */
export function portsOf({ hosts = [] }: Network): number[] {
  const ports = hosts.map((host) => Number(/:(\d+)$/.exec(host)?.[1] ?? HTTPS));
  return [...new Set([HTTPS, ...ports])].sort((one, other) => one - other);
}
