import { CfnResource, type Stack } from "aws-cdk-lib";
import { AwsSolutionsChecks, HIPAASecurityChecks, type IApplyRule, type NagPack, NagRuleCompliance } from "cdk-nag";

/** What a rule says of a resource. */
export interface Judgement {
  /** `HIPAA.Security-LambdaDLQ`, with the finding in brackets where a rule has several. */
  readonly rule: string;
  /** What the rule asks for, with the paragraphs of the HIPAA Security Rule that it serves. */
  readonly info: string;
  readonly resource: CfnResource;
  readonly complies: boolean;
}

type Keep = (judgement: Judgement) => void;

/** Keeps what a rule says, also where the packs would drop it because it is acknowledged. */
function record(pack: string, params: IApplyRule, keep: Keep): void {
  const { node: resource, info } = params;
  const id = `${pack}-${params.ruleSuffixOverride ?? params.rule.name}`;
  const result = params.rule(resource);
  if (Array.isArray(result)) {
    for (const finding of result) {
      keep({ rule: `${id}[${finding}]`, info, resource, complies: false });
    }
  }
  const complies = Array.isArray(result) ? result.length === 0 : result === NagRuleCompliance.COMPLIANT;
  if (complies || result === NagRuleCompliance.NON_COMPLIANT) {
    keep({ rule: id, info, resource, complies });
  }
}

class RecordedHipaa extends HIPAASecurityChecks {
  constructor(private readonly keep: Keep) {
    super();
  }

  protected override applyRule(params: IApplyRule): void {
    record("HIPAA.Security", params, this.keep);
  }
}

class RecordedSolutions extends AwsSolutionsChecks {
  constructor(private readonly keep: Keep) {
    super();
  }

  protected override applyRule(params: IApplyRule): void {
    record("AwsSolutions", params, this.keep);
  }
}

/** Returns what the HIPAA Security pack and the AWS Solutions pack say of every resource that they have a rule for. */
export function judge(stack: Stack): Judgement[] {
  const found: Judgement[] = [];
  const keep = (judgement: Judgement): void => void found.push(judgement);
  const packs: NagPack[] = [new RecordedHipaa(keep), new RecordedSolutions(keep)];
  for (const pack of packs) {
    pack.validateScope(stack);
  }
  return found;
}
