"""Tables of a real PostgreSQL and of DynamoDB, loaded by the deployed functions: planned, read in batches, settled, reported."""

import json
import sys

import duckdb

from outside import Outside
from permissions import Role
from rig import BUCKETS, DATABASE, PROJECT
from toy import rows

sys.path.insert(0, str(PROJECT / "bench" / "loads"))
import servers  # noqa: E402

STACK = "carelake-dev-loads"
CURATED = BUCKETS["curated"]
MARKER = "SECRETNAME"
TABLES = f"""
CREATE SCHEMA crm; CREATE SCHEMA udt; CREATE SCHEMA other;
CREATE TABLE crm.accounts (id bigint PRIMARY KEY, name text, updated_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX ON crm.accounts (updated_at);
INSERT INTO crm.accounts SELECT n, '{MARKER} ' || n, now() - interval '1 day' FROM generate_series(1, 5000) n;
CREATE TABLE crm.codes (code text PRIMARY KEY, meaning text); INSERT INTO crm.codes VALUES ('a', 'first'), ('b', 'second');
CREATE TABLE crm.odd (id int PRIMARY KEY, due date); INSERT INTO crm.odd VALUES (1, 'infinity');
CREATE TABLE udt.mine (id int PRIMARY KEY, note text); INSERT INTO udt.mine VALUES (1, '{MARKER}');
CREATE TABLE udt.odd (id int PRIMARY KEY, due date); INSERT INTO udt.odd VALUES (1, 'infinity');
CREATE TABLE other.secret (id int PRIMARY KEY);
"""


def sources(port):
    """Returns a PostgreSQL with a table that fails and one of users that does, and the tables of DynamoDB but the ledger."""
    strict = {"specials": "error"}
    return {
        "crm": {
            "engine": "postgres", "address": f"127.0.0.1:{port}", "postgres_database": "postgres", "secret": {"secrets_manager": "crm-reader"},
            "databases": {"crm": "shared", "udt": "shared"}, "dynamic": {"databases": ["udt"]}, "schedule": "rate(15 minutes)",
            "max_staleness": "1h", "overrides": {"crm.odd": strict, "udt.odd": strict},
        },
        "shop": {"engine": "dynamodb", "schedule": "never", "tables": {"include": ["orders"]}},
    }


class Loaded:
    """What the room has done."""

    def __init__(self, rig, outside):
        self.rig, self.outside = rig, outside

    def status(self):
        """Returns how each table stands, by source and name."""
        told = json.loads(self.outside.carelake("loads", "status", "--json").stdout)
        tables = [one for source in told["sources"] for one in source["tables"]]
        return {f"{one['source']}/{one['database']}.{one['table']}": one for one in tables}

    def states(self):
        return {name: one["state"] for name, one in self.status().items()}

    def pointer(self, table):
        return self.rig.json("curated", f"loads/{table}/_current.json")

    def served(self, table, columns):
        """Returns of the rows that a reader of the list finds these columns."""
        parts = []
        for run in self.pointer(table)["runs"]:
            for file in self.rig.json("curated", f"loads/{table}/{run['manifest']}")["files"]:
                part = self.rig.folder / f"part{len(parts)}.parquet"
                part.write_bytes(self.rig.get("curated", f"loads/{table}/_runs/{run['run_id']}/{file['path']}"))
                parts.append(str(part))
        return duckdb.sql(f"SELECT {columns} FROM read_parquet({parts!r}, union_by_name = true, hive_partitioning = false) ORDER BY ALL").fetchall()


def tables_of_a_source_are_published(rig, loaded, check):
    rig.alerts()
    ended = loaded.outside.run("loads", trigger="manual", tables=["crm"])
    check("an execution of which a table failed has failed", (ended["status"], "FAILED"))
    wanted = {"crm.accounts": "published", "crm.codes": "published", "crm.odd": "failed", "udt.mine": "published", "udt.odd": "failed"}
    check("one table that fails leaves the others alone, users' own too", (loaded.states(), {f"crm/{name}": state for name, state in wanted.items()}))
    accounts = loaded.served("crm/crm/accounts", "id, _source_file")
    check("what is served is what the source has, and where it comes from", (accounts, [(at, "crm/crm/accounts") for at in range(1, 5001)]))
    check("the bookmark is in the pointer", ("position" in json.dumps(loaded.pointer("crm/crm/accounts")["state"]), True))
    tables = {table["Name"] for table in rig.client("glue").get_tables(DatabaseName=DATABASE)["TableList"]}
    check("and the catalog has them", (sorted({"loads__crm__crm__accounts", "loads__crm__crm__accounts__latest", "loads__crm__udt__mine"} - tables), []))
    [(subject, message)] = rig.alerts()
    check("one notice names the table", ("crm" in subject, True), ("crm.odd" in message, True))


def what_came_since_is_appended(rig, loaded, server, check):
    server("UPDATE crm.accounts SET updated_at = now() WHERE id = 7; INSERT INTO crm.accounts VALUES (6000, 'new')")
    server("UPDATE crm.odd SET due = '2026-01-01'; UPDATE udt.odd SET due = '2026-01-01'")
    ended = loaded.outside.run("loads", trigger="manual", tables=["crm"])
    check("once its table is well an execution succeeds", (ended["status"], "SUCCEEDED"))
    check("every table is published", (set(loaded.states().values()), {"published"}))
    check("two rows came", (len(loaded.served("crm/crm/accounts", "id")), 5002))
    check("beside the rows of before", (len(loaded.pointer("crm/crm/accounts")["runs"]), 2))
    latest = loaded.served("crm/crm/accounts__latest", "id")
    check("and the rows of now are those of the source", (latest, [(at,) for at in [*range(1, 5001), 6000]]))
    [(subject, _)] = rig.alerts()
    check("that it is well again is told", ("again" in subject or "well" in subject or subject, True))


def a_schedule_loads_what_is_due(rig, loaded, check):
    before = loaded.pointer("crm/crm/codes")
    ended = loaded.outside.run("loads", trigger="schedule", as_of="2026-11-29T00:00:00Z")
    check("what was loaded a moment ago is not due", (ended["status"], "SUCCEEDED"), (loaded.pointer("crm/crm/codes"), before))
    pages = rig.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix="carelake-dev-loads-")
    alarms = {alarm["AlarmName"]: alarm for page in pages for alarm in page["MetricAlarms"]}
    check("the source has its alarm, and the one that is never due has none", (alarms["carelake-dev-loads-crm-stale"]["Threshold"], 3600.0), ("carelake-dev-loads-shop-stale" in alarms, False))
    measured = [json.loads(line) for line in rig.logs() if "Staleness" in line]
    check("which has something to look at", (any(line["Dataset"] == "loads/crm" for line in measured), True))


def items_are_scanned(rig, loaded, check):
    dynamodb = rig.client("dynamodb")
    key = {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]}
    dynamodb.create_table(TableName="orders", BillingMode="PAY_PER_REQUEST", **key)
    for at in range(60):
        dynamodb.put_item(TableName="orders", Item={"id": {"S": f"o{at}"}, "total": {"N": f"{at}.50"}})
    ended = loaded.outside.run("loads", trigger="manual", tables=["shop"])
    check("tables of DynamoDB are loaded", (ended["status"], "SUCCEEDED"), (loaded.states()["shop/dynamodb.orders"], "published"))
    check("item by item", (loaded.served("shop/dynamodb/orders", "id"), sorted((f"o{at}",) for at in range(60))))


def its_roles_load_and_nothing_else(rig, check):
    tables, schemas, settle = (Role(rig, f"load-{step}") for step in ("tables", "schemas", "settle"))
    tables.may("write what is loaded", tables.put(CURATED, "loads/crm/crm/probe"))
    tables.may_not("write a dataset", tables.put(CURATED, "clinicians/probe"))
    tables.may_not("write what partners sent", tables.put(CURATED, "intake/probe"))
    tables.may_not("write an input", tables.put(BUCKETS["raw"], "probe.csv"))
    tables.may_not("replace the configuration", tables.put(CURATED, "_carelake/pipeline_config.yaml"))
    tables.ledger_is(True, "PutItem", "ROWS#loads#crm")
    tables.ledger_is(False, "PutItem", "ROWS#intake#crm")
    schemas.may_not("write what is loaded", schemas.put(CURATED, "loads/crm/crm/probe"))
    settle.may("publish what changed about tables", settle.put(CURATED, "loads/crm/_schemas/probe"))
    settle.may_not("write a dataset", settle.put(CURATED, "clinicians/probe"))
    for role in (schemas, settle):
        role.ledger_is(True, "PutItem", "ROWS#loads#crm")
    for name, is_allowed in (("crm-reader", True), ("other-secret", False)):
        for role in (tables, schemas):
            secrets = rig.client("secretsmanager", rig.assume(role.name))
            probe = role.may if is_allowed else role.may_not
            probe(f"read the secret {name}", lambda secrets=secrets, name=name: secrets.get_secret_value(SecretId=name))
    rig.client("s3").delete_object(Bucket=CURATED, Key="loads/crm/crm/probe")
    check("its roles load, and nothing else", (tables.tried + schemas.tried + settle.tried, 16))


def no_value_is_told(rig, loaded, password, check):
    seen = {"logs": json.dumps(rig.logs()), "notices": json.dumps(rig.told), "ledger": json.dumps(rows(rig, "ROWS#loads#crm"))}
    for what in ("status", "--json"):
        seen[what] = loaded.outside.carelake("loads", "status", *([what] if what == "--json" else [])).stdout
    check("neither a value nor a login is told", ([where for where, text in seen.items() if MARKER in text or password in text], []))


def tables_are_loaded(rig, check):
    """Deploys the room, has it load from a PostgreSQL of the tests and from the emulator's DynamoDB, and takes it down again."""
    kept, password = rig.get("curated", "_carelake/pipeline_config.yaml"), "p4ssw0rd"
    secrets = rig.client("secretsmanager")
    secrets.create_secret(Name="crm-reader", SecretString=json.dumps({"username": "lab", "password": password}))
    secrets.create_secret(Name="other-secret", SecretString="nobody's")
    with servers.postgres() as address:
        port = int(address.rsplit(":", 1)[1].split("/")[0])
        server = lambda statement: servers.quietly(["psql", "-q", "-v", "ON_ERROR_STOP=1", address, "-c", statement])
        server(TABLES)
        outside = Outside(rig, "https://data.cms.gov", {}, sources(port))
        outside.deploy(STACK)
        loaded = Loaded(rig, outside)
        tables_of_a_source_are_published(rig, loaded, check)
        what_came_since_is_appended(rig, loaded, server, check)
        a_schedule_loads_what_is_due(rig, loaded, check)
        items_are_scanned(rig, loaded, check)
        its_roles_load_and_nothing_else(rig, check)
        no_value_is_told(rig, loaded, password, check)
    rig.client("cloudformation").delete_stack(StackName=STACK)
    rig.client("cloudformation").get_waiter("stack_delete_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    rig.put("curated", "_carelake/pipeline_config.yaml", kept)
    rig.look()
    check("the room goes by itself", ([name for name in rig.functions if name.startswith("load-")], []))
