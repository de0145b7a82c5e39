import type { Stack } from "aws-cdk-lib";
import { reason } from "./acknowledgements.js";
import { judge, type Judgement } from "./packs.js";

/** The page that tells an auditor which resources serve which paragraph of the HIPAA Security Rule, and which findings stand. */
export function compliancePage(stack: Stack): string {
  const judgements = judge(stack);
  return `# Compliance of what is deployed

Made by \`npm run docs\` in \`cdk/\` from the stack of the environment \`prod\`; a test fails when it is out of date. Resources are named by
their path in the stack. What a rule cannot see (who signs the agreements, who may log in) is not here.

## HIPAA Security Rule

The rules of cdk-nag's HIPAA Security pack that this stack has resources for, by the paragraph of 45 CFR 164 that they serve. A rule in
italics has a finding that stands.

${byParagraph(judgements)}

## Resources

What the rules of both packs find.

${byRule(judgements, stack)}

## Findings that stand

Findings of the packs HIPAA Security and AWS Solutions that are not mended, each with its resource and the reason.

${standing(judgements, stack)}
`;
}

function byParagraph(judgements: readonly Judgement[]): string {
  const rows = new Map<string, Map<string, boolean>>();
  for (const { rule, info, complies } of judgements) {
    for (const paragraph of paragraphs(info)) {
      const rules = rows.get(paragraph) ?? new Map<string, boolean>();
      rows.set(paragraph, rules.set(shortName(rule), (rules.get(shortName(rule)) ?? true) && complies));
    }
  }
  const named = (rules: Map<string, boolean>): string =>
    [...rules].sort().map(([rule, complies]) => (complies ? rule : `*${rule}*`)).join(", ");
  return table(["paragraph", "rules"], [...rows].sort(([one], [other]) => one.localeCompare(other, "en")).map(([paragraph, rules]) => [paragraph, named(rules)]));
}

function byRule(judgements: readonly Judgement[], stack: Stack): string {
  const rows = new Map<string, { complying: string[]; standing: string[] }>();
  for (const { rule, resource, complies } of judgements) {
    const found = rows.get(shortName(rule)) ?? { complying: [], standing: [] };
    (complies ? found.complying : found.standing).push(pathIn(stack, resource.node.path));
    rows.set(shortName(rule), found);
  }
  return table(
    ["rule", "complies", "finding stands"],
    [...rows].sort().map(([rule, { complying, standing }]) => [rule, listed(complying), listed(standing)]),
  );
}

function table(head: string[], rows: string[][]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function standing(judgements: readonly Judgement[], stack: Stack): string {
  const byReason = new Map<string, Set<string>>();
  for (const { rule, resource, complies } of judgements) {
    const path = pathIn(stack, resource.node.path);
    const why = complies ? undefined : reason(rule, path);
    if (why !== undefined) {
      const key = `${rule.replace(/\[.*/s, "")} | ${why}`;
      byReason.set(key, (byReason.get(key) ?? new Set()).add(shortPath(path)));
    }
  }
  return table(
    ["rule", "resources", "reason"],
    [...byReason].sort().map(([key, paths]) => {
      const [rule = "", why = ""] = key.split(" | ");
      return [rule, [...paths].sort().join(", "), why];
    }),
  );
}

/** Reads `(Control IDs: 164.308(a)(3)(i), 164.312(a)(1))` out of what a rule says. */
function paragraphs(info: string): string[] {
  const list = /Control IDs?: (.*)\)/.exec(info)?.[1] ?? "";
  return list.match(/164\.\d+(\([A-Za-z0-9]+\))*/g) ?? [];
}

function shortName(rule: string): string {
  return rule.replace(/^HIPAA\.Security-/, "").replace(/\[.*/s, "");
}

function pathIn(stack: Stack, path: string): string {
  return path.slice(stack.node.path.length + 1);
}

function shortPath(path: string): string {
  return path.replace(/(\/DefaultPolicy)?\/Resource$/, "");
}

function listed(paths: readonly string[]): string {
  return [...new Set(paths.map(shortPath))].sort().join(", ") || "none";
}
