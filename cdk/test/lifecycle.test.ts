import assert from "node:assert/strict";
import { test } from "node:test";
import { Template } from "aws-cdk-lib/assertions";
import { exampleStack, shipped } from "../lib/example.js";

interface Tier { readonly StorageClass: string; readonly TransitionInDays: number }

interface Rule {
  readonly Id: string;
  readonly Prefix?: string;
  readonly AbortIncompleteMultipartUpload?: { readonly DaysAfterInitiation: number };
  readonly ExpirationInDays?: number;
  readonly NoncurrentVersionExpiration?: { readonly NoncurrentDays: number };
  readonly NoncurrentVersionTransitions?: readonly Tier[];
  readonly Transitions?: readonly Tier[];
}

/** The rules of each bucket, by its name without that of the environment. */
function rules(template: Template): Map<string, readonly Rule[]> {
  const buckets = Object.values(template.findResources("AWS::S3::Bucket")).map(({ Properties }) => Properties as {
    BucketName: string; LifecycleConfiguration: { Rules: readonly Rule[] };
  });
  return new Map(buckets.map(({ BucketName: name, LifecycleConfiguration: { Rules } }) => [name.replace(/^carelake-prod-/, ""), Rules]));
}

const found = rules(Template.fromStack(exampleStack("prod")));
const of = (bucket: string): readonly Rule[] => found.get(bucket) ?? [];
const tiers = (cold: string): Tier[] => [
  { StorageClass: "STANDARD_IA", TransitionInDays: 183 }, { StorageClass: cold, TransitionInDays: 730 },
];

test("what a pointer serves or keeps, and the rows that its manifest says were refused, are read at once however old they are", () => {
  for (const bucket of ["curated", "rejects"]) {
    const moving = of(bucket).filter(({ Transitions }) => Transitions !== undefined);
    assert.deepEqual(moving.map(({ Prefix, Transitions }) => [Prefix, Transitions]), [[undefined, tiers("GLACIER_IR")]], bucket);
    assert.deepEqual(of(bucket).map(({ NoncurrentVersionExpiration: gone }) => gone?.NoncurrentDays), [90, undefined], bucket);
  }
});

test("what partners sent is archived, replaced or not, and no rule ever takes it away", () => {
  const [sent, ...others] = of("raw").filter(({ Transitions }) => Transitions !== undefined);
  assert.deepEqual(others, []);
  assert.equal(sent?.Prefix, "intake/");
  assert.deepEqual(sent.Transitions, tiers("GLACIER"));
  assert.deepEqual(sent.NoncurrentVersionTransitions, tiers("GLACIER"));
  const expiring = of("raw").filter((rule) => rule.NoncurrentVersionExpiration !== undefined || rule.ExpirationInDays !== undefined);
  assert.ok(expiring.length > 0);
  for (const { Prefix: prefix = "" } of expiring) {
    assert.ok(prefix !== "" && !"intake/".startsWith(prefix) && !prefix.startsWith("intake/"), prefix);
  }
});

test("a replaced version of a file that its publisher keeps goes after the days of the environment, whichever source reads it", () => {
  const sources = shipped("prod").datasets.flatMap((dataset) => dataset.sources.flatMap(({ reads }) => reads));
  const going = of("raw").filter(({ NoncurrentVersionExpiration: gone }) => gone?.NoncurrentDays === 90);
  assert.deepEqual(going.map(({ Prefix }) => Prefix).sort(), [...new Set(sources)].sort());
});

test("uploads that were never ended are gone after a day, in every bucket", () => {
  assert.equal(found.size, 4);
  for (const [bucket, all] of found) {
    assert.equal(all.filter((rule) => rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation === 1 && rule.Prefix === undefined).length, 1, bucket);
  }
});

test("a source whose files lie among those of partners, or around them, is refused", () => {
  const prod = shipped("prod");
  for (const prefix of ["", "in", "intake/", "intake/bayview/"]) {
    const datasets = prod.datasets.map((dataset) => ({ ...dataset, sources: dataset.sources.map((source) => ({ ...source, reads: [prefix] })) }));
    assert.throws(() => exampleStack("prod", { ...prod, datasets }), /partners' files below `intake\/` would go/);
  }
});
