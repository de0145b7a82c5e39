import * as ssm from "aws-cdk-lib/aws-ssm";
import { Construct } from "constructs";

export interface ParametersProps {
  /** Name of each parameter and what it holds. */
  readonly values: Readonly<Record<string, string>>;
}

/** Names and ARNs that others look up instead of being told. */
export class Parameters extends Construct {
  constructor(scope: Construct, id: string, props: ParametersProps) {
    super(scope, id);
    for (const [name, stringValue] of Object.entries(props.values)) {
      new ssm.StringParameter(this, name, { parameterName: name, stringValue });
    }
  }
}
