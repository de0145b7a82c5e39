import type { Stack } from "aws-cdk-lib";
import { reason } from "../lib/compliance/acknowledgements.js";
import { judge } from "../lib/compliance/packs.js";

/** Returns findings of the rules in a stack that are neither mended nor acknowledged at their resource. */
export function unexplained(stack: Stack): string[] {
  const at = (path: string): string => path.slice(stack.node.path.length + 1);
  return judge(stack)
    .filter(({ complies, rule, resource }) => !complies && reason(rule, at(resource.node.path)) === undefined)
    .map(({ rule, resource }) => `${rule} at ${resource.node.path}`);
}
