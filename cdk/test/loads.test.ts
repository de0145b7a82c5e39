import assert from "node:assert/strict";
import { test } from "node:test";
import { Template } from "aws-cdk-lib/assertions";
import type { PipelineConfig } from "../lib/config.js";
import { exampleStacks, NETWORK, printed, shipped } from "../lib/example.js";
import { unexplained } from "./findings.js";
import { type Statement, statementsOf } from "./statements.js";

const DYNAMODB = /^(dynamodb:(DescribeContinuousBackups|DescribeExport|DescribeTable|ExportTableToPointInTime|ListTables|Scan)|s3:PutObjectAcl)$/;
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

/** What functions of the room may do with tables of DynamoDB in these regions. */
function statements(regions: readonly (string | null)[], id: string): Statement[] {
  const rooms = printed("dev").filter(({ name }) => name === "loads").map((room) => ({
    ...room, name: "more", functions: room.functions.map((one) => ({
      ...one, ...(one.dynamodb_regions === undefined ? {} : { dynamodb_regions: regions }),
    })),
  }));
  const stack = exampleStacks("dev", shipped("dev"), rooms).rooms.get("more");
  assert.ok(stack !== undefined);
  assert.deepEqual(unexplained(stack), []);
  return [...statementsOf(Template.fromStack(stack).toJSON())]
    .filter(({ at, statement }) => at.startsWith(`${id}Policy`) && list(statement.Action).some((action) => DYNAMODB.test(String(action))))
    .map(({ statement }) => statement);
}

const actions = (found: readonly Statement[], effect: string): string[] =>
  found.filter(({ Effect }) => Effect === effect).flatMap(({ Action }) => list(Action).map(String)).filter((action) => DYNAMODB.test(action)).sort();

test("without a source that is DynamoDB nothing is allowed there", () => {
  assert.deepEqual(["LoadSchemas", "LoadTables", "LoadExport", "LoadReconcile"].flatMap((id) => statements([], id)), []);
});

test("tables of the account are listed, scanned and exported by whoever does that, in the regions that are named", () => {
  const [schemas, tables, exports] = ["LoadSchemas", "LoadTables", "LoadExport"].map((id) => statements([null, "eu-west-1"], id)) as [Statement[], Statement[], Statement[]];
  const catalog = ["dynamodb:DescribeContinuousBackups", "dynamodb:DescribeTable", "dynamodb:ListTables"];
  assert.deepEqual(actions(schemas, "Allow"), catalog);
  assert.deepEqual(actions(tables, "Allow"), [...catalog, "dynamodb:Scan"].sort());
  assert.deepEqual(actions(exports, "Allow"), [...catalog, "dynamodb:DescribeExport", "dynamodb:ExportTableToPointInTime", "s3:PutObjectAcl"].sort());
  assert.deepEqual(statements([null], "LoadReconcile"), []);
  for (const { Resource, Condition } of tables.filter(({ Action }) => Action === "dynamodb:ListTables")) {
    assert.equal(Resource, "*");
    assert.match(JSON.stringify(Condition), /"aws:RequestedRegion":\[\{"Ref":"AWS::Region"\},"eu-west-1"\]/);
  }
  const scanned = JSON.stringify(tables.find(({ Action, Effect }) => Effect === "Allow" && list(Action).includes("dynamodb:Scan"))?.Resource);
  assert.match(scanned, /:dynamodb:",\{"Ref":"AWS::Region"\},":",\{"Ref":"AWS::AccountId"\},":table\/\*"/);
  assert.match(scanned, /:dynamodb:eu-west-1:",\{"Ref":"AWS::AccountId"\},":table\/\*"/);
  const written = exports.find(({ Action }) => list(Action).includes("s3:PutObjectAcl"));
  assert.match(JSON.stringify(written?.Resource), /carelake-dev-curated\/loads\/_handed\/\*/);
});

test("the ledger is no table that is loaded", () => {
  for (const id of ["LoadTables", "LoadExport"]) {
    const refused = statements([null], id).filter(({ Effect }) => Effect === "Deny");
    assert.deepEqual(actions(refused, "Deny"), ["dynamodb:ExportTableToPointInTime", "dynamodb:Scan"]);
    assert.match(JSON.stringify(refused[0]?.Resource), /carelake-dev-ledger/);
  }
});

test("a table that is large is loaded by a container, which reaches the sources from the network of the room", () => {
  const network = { more: { ...NETWORK, subnets: ["subnet-0000000a"], hosts: ["crm.db.example:3306"] } };
  const rooms = printed("dev").filter(({ name }) => name === "loads").map((room) => ({
    ...room, name: "more", functions: room.functions.map((one) => ({ ...one, network: one.name.startsWith("load_tables") })),
  }));
  const dev = shipped("dev");
  const deployment = { ...dev.environment.deployment, network: NETWORK };
  const stack = exampleStacks("dev", { ...dev, environment: { ...dev.environment, deployment }, network }, rooms).rooms.get("more");
  assert.ok(stack !== undefined);
  assert.deepEqual(unexplained(stack), []);
  const template = Template.fromStack(stack);
  const found = (type: string): [string, { Properties: Record<string, unknown> }][] =>
    Object.entries(template.findResources(type) as Record<string, { Properties: Record<string, unknown> }>);
  assert.deepEqual(found("AWS::ECS::TaskDefinition").map(([, { Properties }]) => Properties.Family), ["carelake-dev-load-tables-large"]);
  const doors = found("AWS::EC2::SecurityGroup").filter(([id]) => id.startsWith("LoadTablesLarge"));
  assert.deepEqual(doors.map(([, { Properties }]) => list(Properties.SecurityGroupEgress).map((rule) => (rule as { ToPort: number }).ToPort)), [[443, 3306]]);
  assert.match(JSON.stringify(template.findResources("AWS::StepFunctions::StateMachine")), /subnet-0000000a/);
});

/** The alarms of the room where these sources are loaded by a schedule, by the end of their names. */
function alarms(sources: PipelineConfig["loads"]["sources"]): Map<string, Record<string, unknown>> {
  const network = { loads: { ...NETWORK, hosts: ["crm.db.example"] } };
  const stack = exampleStacks("dev", { ...shipped("dev"), network, loads: { sources, hands_on: [] } }).rooms.get("loads");
  assert.ok(stack !== undefined);
  assert.deepEqual(unexplained(stack), []);
  const found = Template.fromStack(stack).findResources("AWS::CloudWatch::Alarm") as Record<string, { Properties: Record<string, unknown> }>;
  const named = Object.values(found).map(({ Properties }) => [String(Properties.AlarmName).replace("carelake-dev-", ""), Properties] as const);
  return new Map(named.filter(([name]) => name.startsWith("loads-")));
}

test("each source that is loaded by itself has its alarms, of which silence is one", () => {
  assert.deepEqual([...alarms([]).keys()].filter((name) => /stale|distrusted|gives-way/.test(name)), []);
  const all = alarms([{ name: "crm", max_staleness_secs: 3600 }, { name: "lis", max_staleness_secs: 86400 }]);
  for (const [name, above] of [["crm", 3600], ["lis", 86400]] as const) {
    const stale = all.get(`loads-${name}-stale`) ?? {};
    assert.deepEqual([stale["Threshold"], stale["MetricName"], stale["TreatMissingData"]], [above, "Staleness", "missing"]);
    assert.deepEqual(stale["Dimensions"], [{ Name: "Dataset", Value: `loads/${name}` }, { Name: "Environment", Value: "dev" }]);
    assert.equal(list(stale["InsufficientDataActions"]).length, 1);
    assert.equal(all.get(`loads-${name}-distrusted`)?.Threshold, 0);
    assert.equal(all.get(`loads-${name}-gives-way`)?.Statistic, "Sum");
  }
});

test("texts of tables are written into the folders that the configuration names, and nowhere else among the inputs", () => {
  const inputs = (hands_on: readonly string[], id: string): Statement[] => {
    const rooms = printed("dev").filter(({ name }) => name === "loads").map((room) => ({ ...room, name: "more" }));
    const stack = exampleStacks("dev", { ...shipped("dev"), loads: { sources: [], hands_on } }, rooms).rooms.get("more");
    assert.ok(stack !== undefined);
    assert.deepEqual(unexplained(stack), []);
    return [...statementsOf(Template.fromStack(stack).toJSON())]
      .filter(({ at, statement }) => at.startsWith(`${id}Policy`) && JSON.stringify(statement.Resource).includes("carelake-dev-raw"))
      .map(({ statement }) => statement).filter(({ Effect }) => Effect === "Allow");
  };
  for (const id of ["LoadTables", "LoadReconcile"]) {
    assert.deepEqual(inputs([], id), []);
    const written = inputs(["hl7/drop/lis"], id).filter(({ Action }) => list(Action).includes("s3:PutObject"));
    assert.equal(written.length, 1, id);
    assert.match(JSON.stringify(written[0]?.Resource), /carelake-dev-raw\/hl7\/drop\/lis\/\*/);
  }
  assert.deepEqual(inputs(["hl7/drop/lis"], "LoadSchemas"), []);
});
