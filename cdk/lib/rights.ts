import * as iam from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";

export interface RightsProps {
  readonly description: string;
  readonly assumedBy: iam.IPrincipal;
  /**
   * Whether what the role is given is also the most that it can have, whatever other policies say one day. Without it, the
   * buckets themselves refuse it the rest.
   */
  readonly isBounded: boolean;
}

/** A role, and what it may do. */
export class Rights {
  readonly role: iam.Role;
  readonly isBounded: boolean;
  private readonly policy: iam.ManagedPolicy | undefined;

  constructor(scope: Construct, props: RightsProps) {
    const { description, assumedBy, isBounded } = props;
    this.isBounded = isBounded;
    this.policy = isBounded ? new iam.ManagedPolicy(scope, "Policy", { description }) : undefined;
    this.role = new iam.Role(scope, "Role", {
      description,
      assumedBy,
      ...(this.policy === undefined ? {} : { managedPolicies: [this.policy], permissionsBoundary: this.policy }),
    });
  }

  allow(actions: readonly string[], resources: readonly string[], conditions?: iam.Conditions): void {
    this.say(new iam.PolicyStatement({
      actions: [...actions],
      resources: [...resources],
      ...(conditions === undefined ? {} : { conditions }),
    }));
  }

  /** Takes these actions on something from what is allowed on more. */
  refuse(actions: readonly string[], resources: readonly string[]): void {
    this.say(new iam.PolicyStatement({ effect: iam.Effect.DENY, actions: [...actions], resources: [...resources] }));
  }

  private say(statement: iam.PolicyStatement): void {
    if (this.policy === undefined) {
      this.role.addToPrincipalPolicy(statement);
    } else {
      this.policy.addStatements(statement);
    }
  }
}
