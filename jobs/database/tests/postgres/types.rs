//! Every type, with values at its ends and those that others get wrong.

use arrow_array::RecordBatch;
use carelake_database::{Column, DatabaseError, Kind, Relation, Session, Specials, TypeChoice, checksum};

use crate::servers::Postgres;
use crate::shown::shown;
use crate::taken::{Taken, all, chosen, reading, table};

/// A column: name, type, the type in the lake, and literals with what is held of them; `!` is null, and counted.
type Case = (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str)]);

const CASES: &[Case] = &[
    ("small", "smallint", "Int64", &[("-32768", "-32768"), ("32767", "32767")]),
    ("plain", "integer", "Int64", &[("-2147483648", "-2147483648")]),
    (
        "big",
        "bigint",
        "Int64",
        &[("-9223372036854775808", "-9223372036854775808"), ("9223372036854775807", "9223372036854775807")],
    ),
    ("oid", "oid", "Int64", &[("4294967294", "4294967294")]),
    (
        "num",
        "numeric(12,3)",
        "Decimal128(18, 3)",
        &[("-999999999.999", "-999999999.999"), ("'NaN'", "!"), ("0.001", "0.001"), ("0", "0.000")],
    ),
    (
        "num38",
        "numeric(38,12)",
        "Decimal128(38, 12)",
        &[
            ("99999999999999999999999999.999999999999", "99999999999999999999999999.999999999999"),
            ("-1e-12", "-0.000000000001"),
        ],
    ),
    (
        "num_whole",
        "numeric(38,0)",
        "Decimal128(38, 0)",
        &[("99999999999999999999999999999999999999", "99999999999999999999999999999999999999"), ("10000", "10000")],
    ),
    (
        "num60",
        "numeric(60,30)",
        "Utf8",
        &[
            (
                "123456789012345678901234567890.000000000000000000000000000001",
                "123456789012345678901234567890.000000000000000000000000000001",
            ),
            ("'NaN'", "NaN"),
        ],
    ),
    ("num_minus", "numeric(4,-3)", "Utf8", &[("1234567", "1235000")]),
    ("num_above", "numeric(3,5)", "Utf8", &[("0.00123", "0.00123")]),
    (
        "num_free",
        "numeric",
        "Utf8",
        &[
            ("1e-25", "0.0000000000000000000000001"),
            ("2.50", "2.50"),
            ("'-Infinity'", "-Infinity"),
            ("1e40", "10000000000000000000000000000000000000000"),
        ],
    ),
    (
        "real",
        "real",
        "Float32",
        &[("16777217", "16777216.0"), ("'NaN'", "NaN"), ("'-Infinity'", "-inf"), ("'-0'", "-0.0")],
    ),
    ("double", "double precision", "Float64", &[("0.1", "0.1"), ("'Infinity'", "inf"), ("5e-324", "5e-324")]),
    (
        "money",
        "money",
        "Decimal128(19, 2)",
        &[("'-92233720368547758.08'", "-92233720368547758.08"), ("'0.05'", "0.05")],
    ),
    ("bool", "boolean", "Boolean", &[("true", "true"), ("false", "false")]),
    ("char1", "\"char\"", "Utf8", &[("'y'", "y"), ("''", "")]),
    ("name", "name", "Utf8", &[("'a name'", "a name")]),
    ("padded", "char(8)", "Utf8", &[("'ab'", "ab"), ("' x '", " x"), ("''", "")]),
    (
        "varchar",
        "varchar(40)",
        "Utf8",
        &[("'kept  '", "kept  "), ("''", ""), ("'Ærø 検査 🧬'", "Ærø 検査 🧬"), ("E'a\\\\b\\tc\\nd'", "a\\b\tc\nd")],
    ),
    ("text", "text", "Utf8", &[("repeat('ab', 3) || E'\\r\\n\"'", "ababab\r\n\"")]),
    ("bytea", "bytea", "Binary", &[("'\\x00ff20'", "00ff20"), ("''", "")]),
    (
        "date",
        "date",
        "Date32",
        &[
            ("'infinity'", "!"),
            ("'-infinity'", "!"),
            ("'0001-01-01 BC'", "-719528"),
            ("'5874897-12-31'", "2145042905"),
            ("'1969-12-31'", "-1"),
        ],
    ),
    (
        "ts",
        "timestamp",
        "Timestamp(µs)",
        &[
            ("'infinity'", "!"),
            ("'294276-12-31 23:59:59'", "!"),
            ("'1969-12-31 23:59:59.999999'", "-1"),
            ("'294247-01-10 04:00:54.775807'", "9223372036854775807"),
        ],
    ),
    (
        "tstz",
        "timestamptz",
        "Timestamp(µs, \"UTC\")",
        &[
            ("'-infinity'", "!"),
            ("'2024-10-27 02:30:00+01'", "1729992600000000"),
            ("'2024-10-27 02:30:00+02'", "1729989000000000"),
        ],
    ),
    ("time", "time", "Int64", &[("'24:00:00'", "86400000000"), ("'00:00:00.000001'", "1")]),
    ("timetz", "timetz", "Utf8", &[("'12:30:00.5+05:30'", "12:30:00.5+05:30")]),
    (
        "interval",
        "interval",
        "Struct",
        &[("'-1 mons +40 days -00:00:02'", "-1 40 -2000000"), ("'25:00'", "0 0 90000000000")],
    ),
    ("uuid", "uuid", "Utf8", &[("'0F0E0D0C-0B0A-4908-8706-050403020100'", "0f0e0d0c-0b0a-4908-8706-050403020100")]),
    ("json", "json", "Utf8", &[("'{\"b\":  1.0, \"b\": 2}'", "{\"b\":  1.0, \"b\": 2}"), ("'null'", "null")]),
    (
        "jsonb",
        "jsonb",
        "Utf8",
        &[("'{\"b\":  1.0, \"a\": [1,null]}'", "{\"a\": [1, null], \"b\": 1.0}"), ("'null'", "null")],
    ),
    ("xml", "xml", "Utf8", &[("'<a b=\"1\"/>'", "<a b=\"1\"/>")]),
    ("mood", "crm.mood", "Utf8", &[("'it''s fine'", "it's fine")]),
    ("npi", "crm.npi", "Utf8", &[("'1234567893'", "1234567893")]),
    ("amount", "crm.amount", "Decimal128(18, 2)", &[("12.5", "12.50")]),
    ("ints", "int[]", "List", &[("'{1,NULL,3}'", "[1|∅|3]"), ("'{}'", "[]")]),
    ("texts", "text[]", "List", &[("ARRAY['a,b', '\"q\"', NULL, '', 'NULL']", "[a,b|\"q\"|∅||NULL]")]),
    ("nums", "numeric(10,2)[]", "List", &[("'{1.5,-2}'", "[1.50|-2.00]")]),
    ("inets", "inet[]", "List", &[("'{10.0.0.1,::1/64,NULL}'", "[10.0.0.1|::1/64|∅]")]),
    ("boxes", "box[]", "List", &[("'{(1,1),(0,0);(2,2),(1,1)}'", "[(1,1),(0,0)|(2,2),(1,1)]")]),
    ("pairs", "crm.pair[]", "List", &[("ARRAY[ROW(1, 'a,b')::crm.pair]", "[(1,\"a,b\")]")]),
    ("range", "int4range", "Utf8", &[("'[1,5]'", "[1,6)"), ("'empty'", "empty")]),
    ("tsrange", "tstzrange", "Utf8", &[("'[2024-01-01 00:00+00,)'", "[\"2024-01-01 00:00:00+00\",)")]),
    ("multi", "int4multirange", "Utf8", &[("'{[1,2),[5,7)}'", "{[1,2),[5,7)}")]),
    ("inet", "inet", "Utf8", &[("'10.0.0.1'", "10.0.0.1"), ("'10.0.0.1/24'", "10.0.0.1/24"), ("'::1'", "::1")]),
    ("cidr", "cidr", "Utf8", &[("'10.0.0.0/8'", "10.0.0.0/8")]),
    ("mac", "macaddr", "Utf8", &[("'08:00:2B:01:02:03'", "08:00:2b:01:02:03")]),
    ("mac8", "macaddr8", "Utf8", &[("'08:00:2b:01:02:03:04:05'", "08:00:2b:01:02:03:04:05")]),
    ("bits", "bit(5)", "Utf8", &[("B'10011'", "10011")]),
    ("varbits", "varbit(8)", "Utf8", &[("B'101'", "101"), ("B''", "")]),
    ("point", "point", "Utf8", &[("'(1.5,-2)'", "(1.5,-2)")]),
    ("vector", "tsvector", "Utf8", &[("'a:1 fat:2'", "'a':1 'fat':2")]),
    ("pair", "crm.pair", "Utf8", &[("ROW(1, 'a,b')", "(1,\"a,b\")"), ("ROW(NULL, NULL)", "(,)")]),
    ("lsn", "pg_lsn", "Utf8", &[("'16/B374D848'", "16/B374D848")]),
    ("class", "regclass", "Utf8", &[("'pg_class'", "pg_class")]),
    ("C Mixed Case", "int", "Int64", &[("1", "1")]),
    ("c_mixed_case", "int", "Int64", &[("2", "2")]),
    ("größe", "int", "Int64", &[("3", "3")]),
    ("select", "int", "Int64", &[("4", "4")]),
    ("back`tick\"quote", "int", "Int64", &[("5", "5")]),
];

const ROWS: usize = 6;

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn make(server: &Postgres) {
    server.run(
        "CREATE SCHEMA crm; CREATE TYPE crm.mood AS ENUM ('new', 'it''s fine'); CREATE DOMAIN crm.npi AS char(10); \
         CREATE DOMAIN crm.amount AS numeric(10,2); CREATE TYPE crm.pair AS (n int, t text)",
    );
    let columns: Vec<String> = CASES.iter().map(|(name, of, ..)| format!("{} {of}", quoted(name))).collect();
    let more = "made bigint GENERATED ALWAYS AS (oid::bigint + 1) STORED";
    server.run(&format!("CREATE TABLE crm.traps (id int PRIMARY KEY, {}, {more})", columns.join(", ")));
    for row in 0..ROWS {
        let names: Vec<String> = CASES.iter().map(|(name, ..)| quoted(name)).collect();
        let values: Vec<&str> =
            CASES.iter().map(|(.., cells)| cells.get(row).map_or("NULL", |(literal, _)| literal)).collect();
        let (names, values) = (names.join(", "), values.join(", "));
        server.run(&format!("INSERT INTO crm.traps (id, {names}) VALUES ({row}, {values})"));
    }
}

fn one_batch(session: &mut dyn Session, relation: &Relation) -> (RecordBatch, Vec<u64>) {
    let (columns, mut taken) = (all(relation), Taken::default());
    let counts = session.read(&reading(relation, &columns, &[]), &mut taken).unwrap();
    assert_eq!((counts.read, counts.refused), (ROWS as u64, 0));
    (taken.batches.remove(0), counts.specials)
}

#[test]
fn every_value_comes_exactly_or_is_counted() {
    let Some(server) = Postgres::start() else { return };
    make(&server);
    let mut session = server.session();
    let relation = table(&mut *session, "crm", "traps");
    let (batch, counted) = one_batch(&mut *session, &relation);
    let mut wrong = Vec::new();
    for (name, declared, of, cells) in CASES {
        let place = relation.position(name).unwrap();
        let array = batch.column(place);
        let found = array.data_type().to_string();
        if !found.starts_with(of) {
            wrong.push(format!("{name} {declared}: {found} instead of {of}"));
        }
        for row in 0..ROWS {
            let expected = cells.get(row).map_or("∅", |(_, expected)| if *expected == "!" { "∅" } else { expected });
            let found = shown(array, row);
            if found != expected {
                wrong.push(format!("{name} {declared}, row {row}: {found} instead of {expected}"));
            }
        }
        let specials = cells.iter().filter(|(_, expected)| *expected == "!").count() as u64;
        if counted[place] != specials {
            wrong.push(format!("{name}: {} counted", counted[place]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(shown(batch.column(relation.position("made").unwrap()), 0), "4294967295");
    sums_agree(&mut *session, &relation, &batch);
}

/// Of every column, the server's checksum is that of the batch.
fn sums_agree(session: &mut dyn Session, relation: &Relation, batch: &RecordBatch) {
    let of = |columns: &[usize]| {
        let columns: Vec<_> =
            columns.iter().map(|place| (&relation.columns[*place].kind, batch.column(*place))).collect();
        checksum(carelake_database::Engine::Postgres, &columns).unwrap()
    };
    for (place, Column { name, declared, .. }) in relation.columns.iter().enumerate() {
        let found = session.checksum(relation, &[place], &[]).unwrap();
        assert_eq!(found, (ROWS as u64, of(&[place])), "{name} {declared}");
    }
    let all: Vec<usize> = (0..relation.columns.len()).collect();
    assert_eq!(session.checksum(relation, &all, &[]).unwrap(), (ROWS as u64, of(&all)));
    assert_ne!(of(&[1, 2]), of(&[2, 1]));
}

#[test]
fn what_has_no_counterpart_is_text_or_an_error_where_that_is_wanted() {
    let Some(server) = Postgres::start() else { return };
    server.run("CREATE TABLE t (id int PRIMARY KEY, d date, n numeric(10,2), a timestamp[]); INSERT INTO t VALUES (1, 'infinity', 'NaN', '{infinity,2024-01-01}')");
    let mut session = server.session();
    let relation = table(&mut *session, "public", "t");
    let columns = all(&relation);
    let mut asked = reading(&relation, &columns, &[]);
    asked.specials = Specials::Text;
    let mut taken = Taken::default();
    let counts = session.read(&asked, &mut taken).unwrap();
    let row: Vec<String> = taken.batches[0].columns().iter().map(|array| shown(array, 0)).collect();
    assert_eq!(row, ["1", "infinity", "NaN", "[infinity|2024-01-01 00:00:00]"]);
    assert_eq!(counts.specials, [0; 4]);
    asked.specials = Specials::Error;
    let error = session.read(&asked, &mut Taken::default()).unwrap_err();
    assert_eq!(error, DatabaseError::Special { table: "public.t".to_owned(), column: "d".to_owned() });
    // The session goes on.
    asked.specials = Specials::Null;
    assert_eq!(session.read(&asked, &mut Taken::default()).unwrap().specials, [0, 1, 1, 1]);
}

#[test]
fn types_are_chosen_and_rows_that_do_not_fit_are_refused() {
    let Some(server) = Postgres::start() else { return };
    server.run(
        "CREATE TABLE t (id int PRIMARY KEY, flag int, n numeric, u bytea, a int[], j int[], r text); INSERT INTO t VALUES \
         (1, 1, 1.25, '\\x000102030405060708090a0b0c0d0e0f', '{1}', '{{1},{2}}', 'MÃ¼ller'), \
         (2, 2, 1, NULL, NULL, NULL, NULL), (3, 0, 1.234, NULL, NULL, NULL, NULL), (4, 0, 123456, NULL, NULL, NULL, NULL), \
         (5, 0, 1, '\\x00', NULL, NULL, NULL), (6, 0, 1, NULL, '{{1,2}}', NULL, NULL), \
         (7, NULL, 'NaN', NULL, '[3:4]={1,2}', NULL, 'Müller')",
    );
    let mut session = server.session();
    let relation = table(&mut *session, "public", "t");
    let choices = [
        ("flag", TypeChoice::Boolean),
        ("n", TypeChoice::Decimal { precision: 5, scale: 2 }),
        ("u", TypeChoice::Uuid),
        ("j", TypeChoice::Json),
        ("r", TypeChoice::Repaired),
    ];
    let columns = chosen(&relation, &choices);
    let mut taken = Taken::default();
    let counts = session.read(&reading(&relation, &columns, &[]), &mut taken).unwrap();
    let row = |row: usize| taken.batches[0].columns().iter().map(|array| shown(array, row)).collect::<Vec<_>>();
    assert_eq!(row(0), ["1", "true", "1.25", "00010203-0405-0607-0809-0a0b0c0d0e0f", "[1]", "[[1],[2]]", "Müller"]);
    assert_eq!(row(1), ["7", "∅", "∅", "∅", "[1|2]", "∅", "Müller"]);
    assert_eq!((counts.read, counts.refused, counts.specials), (7, 5, vec![0, 0, 1, 0, 1, 0, 1]));
    let refused: Vec<(&str, &str)> =
        taken.refused.iter().map(|it| (it.rule.as_str(), it.key[0].as_deref().unwrap())).collect();
    assert_eq!(
        refused,
        [("flag_overflow", "2"), ("n_overflow", "3"), ("n_overflow", "4"), ("u_overflow", "5"), ("a_dimensions", "6")]
    );
    let columns = chosen(&relation, &[("r", TypeChoice::Uuid)]);
    let error = session.read(&reading(&relation, &columns, &[]), &mut Taken::default()).unwrap_err();
    assert!(matches!(error, DatabaseError::Refused { .. }), "{error}");
}

#[test]
fn text_of_a_server_without_an_encoding_is_read_and_counted() {
    let Some(server) = Postgres::start() else { return };
    server.run("CREATE DATABASE old ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
    server.run_in(
        "old",
        "CREATE TABLE t (id int PRIMARY KEY, x text); INSERT INTO t VALUES (1, E'M\\374ller'), (2, 'Mü')",
    );
    let target = carelake_database::Target { database: Some("old".to_owned()), ..server.target() };
    let mut session = carelake_database::connect(&target).unwrap();
    let relation = table(&mut *session, "public", "t");
    assert_eq!(relation.columns[1].kind, Kind::Text);
    let columns = all(&relation);
    let mut taken = Taken::default();
    let counts = session.read(&reading(&relation, &columns, &[]), &mut taken).unwrap();
    assert_eq!((shown(taken.batches[0].column(1), 0), counts.specials), ("Müller".to_owned(), vec![0, 1]));
    assert_eq!(shown(taken.batches[0].column(1), 1), "Mü");
}
