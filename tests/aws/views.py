"""The views over all feeds of partners, asked as Athena would be.

The emulator's Athena knows no views. What Glue keeps is decoded, read by sqlglot as Athena's dialect, and answered by DuckDB over
exactly the files of the runs that are served.
"""

import base64
import json
import pathlib
import tempfile

import duckdb
import sqlglot
from sqlglot import exp

from rig import DATABASE

COMMON = ["persons", "encounters"]


def query_of(table):
    """Returns what Athena reads of a view: its query, and its columns with their types."""
    text = table["ViewOriginalText"].removeprefix("/* Presto View: ").removesuffix(" */")
    described = json.loads(base64.b64decode(text))
    return described["originalSql"], [(column["name"], column["type"]) for column in described["columns"]]


def in_duckdb(kind):
    """Returns what DuckDB calls a type of Presto. The files say of their times that they are UTC, which Presto's type leaves open."""
    if kind == "timestamp":
        return "TIMESTAMP WITH TIME ZONE"
    named = exp.DataType.build(kind, dialect="athena").sql("duckdb")
    return str(duckdb.sql(f"SELECT CAST(NULL AS {named})").types[0])


class Lake:
    """The objects that publications serve, in a folder, with a table of DuckDB for each publication."""

    def __init__(self, rig, folder):
        self.base, self.folder = duckdb.connect(), pathlib.Path(folder)
        self.base.execute(f"SET TimeZone = 'UTC'; CREATE SCHEMA {DATABASE}")
        for pointer in [key for key in rig.objects("curated", "intake/") if key.endswith("/_current.json")]:
            self.add(rig, pointer.removesuffix("/_current.json"))

    def add(self, rig, publication):
        served, files = json.loads(self.copied(rig, f"{publication}/_current.json")), []
        for run in served["runs"]:
            manifest = json.loads(self.copied(rig, f"{publication}/{run['manifest']}"))
            for file in manifest["files"]:
                key = f"{publication}/_runs/{run['run_id']}/{file['path']}"
                self.copied(rig, key)
                files.append((str(self.folder / key), run["run_id"]))
        rows = " UNION ALL BY NAME ".join(
            f"SELECT *, '{run}' AS run FROM read_parquet({[path]!r}, hive_partitioning = true, hive_types_autocast = false)"
            for path, run in files
        )
        self.base.execute(f"CREATE TABLE {DATABASE}.{publication.replace('/', '_')} AS {rows}")

    def copied(self, rig, key):
        path, body = self.folder / key, rig.get("curated", key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        return body

    def ask(self, sql):
        """Answers columns, types and number of rows of a query of Athena; one that Athena could not read is an error."""
        [tree] = sqlglot.parse(sql, read="athena", error_level=sqlglot.ErrorLevel.RAISE)
        assert isinstance(tree, exp.Query), sql
        answer = self.base.sql(tree.sql("duckdb"))
        return answer.columns, [str(kind) for kind in answer.types], answer.count("*").fetchall()[0][0]


def all_feeds_are_one_table(rig, check):
    glue = rig.client("glue")
    tables = {table["Name"]: table for table in glue.get_tables(DatabaseName=DATABASE)["TableList"]}
    with tempfile.TemporaryDirectory(dir=rig.folder) as folder:
        lake = Lake(rig, folder)
        for name in COMMON:
            view = tables[name]
            sql, columns = query_of(view)
            feeds = sorted(table for table in tables if table.startswith(f"intake_{name}_"))
            check(f"{name} is a view", (view["TableType"], "VIRTUAL_VIEW"))
            check(f"of every feed of {name}", (sorted(one.name for one in sqlglot.parse_one(sql, read="athena").find_all(exp.Table)), feeds))
            found, kinds, count = lake.ask(sql)
            check(f"{name} has the columns that it declares", (found, [column for column, _ in columns]))
            check("of their types", (kinds, [in_duckdb(kind) for _, kind in columns]))
            each = [lake.ask(f'SELECT * FROM "{DATABASE}"."{feed}"')[2] for feed in feeds]
            check(f"{name} has every row of every feed", (count, sum(each)), (all(each), True))
            check("and stays as it was sent", (query_of(tables[f"{name}_as_sent"]), (sql, columns)))
