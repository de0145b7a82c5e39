//! Every type, with its extreme and special values.

use carelake_database::{DatabaseError, Specials, TypeChoice};

use crate::servers::Mariadb;
use crate::taken::{Taken, chosen, read, reading, table};

/// A column, its type, what is written, and what is read; `-` is null and counted.
type Case = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const CASES: [Case; 39] = [
    ("flag", "tinyint(1)", &[("2", "2"), ("-1", "-1")]),
    ("tiny", "tinyint unsigned", &[("255", "255")]),
    ("small", "smallint", &[("-32768", "-32768")]),
    ("small_u", "smallint unsigned", &[("65535", "65535")]),
    ("medium", "mediumint", &[("-8388608", "-8388608")]),
    ("plain", "int unsigned", &[("4294967295", "4294967295"), ("0", "0")]),
    ("filled", "int(8) unsigned zerofill", &[("42", "42")]),
    (
        "big",
        "bigint",
        &[("-9223372036854775808", "-9223372036854775808"), ("9223372036854775807", "9223372036854775807")],
    ),
    ("big_u", "bigint unsigned", &[("18446744073709551615", "18446744073709551615"), ("0", "0")]),
    ("year_", "year", &[("1901", "1901"), ("2155", "2155"), ("0", "0")]),
    ("price", "decimal(10,2)", &[("-99999999.99", "-99999999.99"), ("0.01", "0.01")]),
    (
        "dec38",
        "decimal(38,10)",
        &[
            ("9999999999999999999999999999.9999999999", "9999999999999999999999999999.9999999999"),
            ("-0.0000000001", "-0.0000000001"),
        ],
    ),
    (
        "dec65",
        "decimal(65,30)",
        &[
            (
                "99999999999999999999999999999999999.999999999999999999999999999999",
                "99999999999999999999999999999999999.999999999999999999999999999999",
            ),
            ("1.5", "1.500000000000000000000000000000"),
        ],
    ),
    ("single", "float", &[("16777216", "16777216"), ("0.1", "0.1"), ("12345678", "12345678")]),
    (
        "precise",
        "double",
        &[
            ("1.7976931348623157e308", "1.7976931348623157e308"),
            ("-2.2250738585072014e-308", "-2.2250738585072014e-308"),
        ],
    ),
    ("bit1", "bit(1)", &[("b'1'", "true"), ("b'0'", "false")]),
    ("bit20", "bit(20)", &[("524289", "524289")]),
    ("bit64", "bit(64)", &[("18446744073709551615", "18446744073709551615")]),
    (
        "day",
        "date",
        &[("'0000-00-00'", "-"), ("'2024-00-15'", "-"), ("'1000-01-01'", "1000-01-01"), ("'9999-12-31'", "9999-12-31")],
    ),
    (
        "at",
        "datetime(6)",
        &[
            ("'0000-00-00'", "-"),
            ("'9999-12-31 23:59:59.999999'", "253402300799999999"),
            ("'1969-12-31 23:59:59'", "-1000000"),
            ("'2024-02-00 10:00:00'", "-"),
        ],
    ),
    ("at0", "datetime", &[("'2024-10-27 02:30:00'", "1729996200000000")]),
    (
        "moment",
        "timestamp(6) null",
        &[
            ("'1970-01-01 00:00:01.000001'", "1000001"),
            ("'2038-01-19 03:14:07'", "2147483647000000"),
            ("'0000-00-00'", "-"),
        ],
    ),
    (
        "span",
        "time(6)",
        &[
            ("'-838:59:59'", "-3020399000000"),
            ("'838:59:59'", "3020399000000"),
            ("'24:00:00.5'", "86400500000"),
            ("'-00:00:00.000001'", "-1"),
        ],
    ),
    ("padded", "char(10)", &[("'ab   '", "ab"), ("'  x'", "  x"), ("''", "")]),
    (
        "words",
        "varchar(60)",
        &[("'trailing  '", "trailing  "), ("'\u{1F9EC} Ærø 検査'", "\u{1F9EC} Ærø 検査"), ("'a\\0b'", "a\0b")],
    ),
    (
        "latin1",
        "varchar(40) character set latin1",
        &[("_latin1 0x4DFC6C6C6572", "Müller"), ("_latin1 0x80", "€"), ("_latin1 0x4DC3BC6C6C6572", "MÃ¼ller")],
    ),
    ("ucs2", "varchar(40) character set ucs2", &[("_ucs2 0x00E90041", "éA")]),
    ("binary_order", "varchar(40) character set utf8mb4 collate utf8mb4_bin", &[("'Ä'", "Ä")]),
    ("binary6", "binary(6)", &[("x'00ff10'", "00ff10000000"), ("x'20'", "200000000000")]),
    ("varbinary_", "varbinary(16)", &[("x'0020'", "0020"), ("''", "")]),
    ("blob_", "mediumblob", &[("x'fffe00'", "fffe00")]),
    ("choice", "enum('new','in progress','done','it''s')", &[("'it''s'", "it's"), ("0", ""), ("2", "in progress")]),
    (
        "some",
        "set('fasting','stat','a b')",
        &[("'stat,fasting'", "[\"fasting\", \"stat\"]"), ("''", "[]"), ("'a b'", "[\"a b\"]")],
    ),
    (
        "document",
        "json",
        &[("'{\"a\": 1.0, \"b\": [1, null, \"é\"]}'", "{\"a\": 1.0, \"b\": [1, null, \"é\"]}"), ("'null'", "null")],
    ),
    (
        "place",
        "point",
        &[
            ("ST_GeomFromText('POINT(1 2)')", "0101000000000000000000f03f0000000000000040"),
            ("ST_GeomFromText('POINT(1 2)', 4326)", "0101000020e6100000000000000000f03f0000000000000040"),
        ],
    ),
    ("next_year", "int as (year_ + 1) virtual", &[]),
    ("hidden", "int invisible", &[("7", "7")]),
    ("back`tick\"quote", "int", &[("5", "5")]),
    ("größe", "int", &[("3", "3")]),
];
const ROWS: usize = 5;

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

fn make(server: &Mariadb) {
    let columns: Vec<_> = CASES.iter().map(|(name, of, _)| format!("{} {of}", quoted(name))).collect();
    let mut statements =
        format!("CREATE DATABASE crm; CREATE TABLE crm.kinds (id int PRIMARY KEY, {});", columns.join(", "));
    for row in 0..ROWS {
        let cells: Vec<_> =
            CASES.iter().filter_map(|(name, _, cells)| Some((quoted(name), cells.get(row)?.0))).collect();
        let (names, values): (Vec<_>, Vec<_>) = cells.into_iter().unzip();
        let (names, values) = (
            [vec!["id".to_owned()], names].concat(),
            [vec![row.to_string()], values.into_iter().map(str::to_owned).collect()].concat(),
        );
        statements.push_str(&format!("INSERT INTO crm.kinds ({}) VALUES ({});", names.join(", "), values.join(", ")));
    }
    server.run(&statements);
}

#[test]
fn every_value_of_every_type_comes_exactly_or_is_counted() {
    let Some(server) = Mariadb::start() else { return };
    make(&server);
    let mut session = server.session();
    let relation = table(&mut *session, "crm", "kinds");
    let (taken, counts) = read(&mut *session, &relation, &[]).unwrap();
    assert_eq!((counts.read, counts.refused), (ROWS as u64, 0));
    for (name, _, cells) in CASES.iter().filter(|(name, _, _)| *name != "next_year") {
        let wanted: Vec<_> =
            (0..ROWS).map(|row| cells.get(row).map(|cell| cell.1.to_owned()).filter(|text| text != "-")).collect();
        assert_eq!(taken.shown(name), wanted, "{name}");
        let specials = cells.iter().filter(|cell| cell.1 == "-").count() as u64;
        assert_eq!(counts.specials[relation.position(name).unwrap()], specials, "{name}");
    }
    let years = [Some("1902"), Some("2156"), Some("1"), None, None];
    assert_eq!(taken.shown("next_year"), years.map(|year| year.map(str::to_owned)));
}

#[test]
fn what_the_configuration_makes_of_a_column_holds_or_its_row_is_refused() {
    let Some(server) = Mariadb::start() else { return };
    server.run(
        "CREATE DATABASE crm; CREATE TABLE crm.c (name varchar(20), flag tinyint(1), id binary(16), exact decimal(65,30), \
         town varchar(40) character set latin1, day date, code char(3) NOT NULL, PRIMARY KEY (code)); INSERT INTO crm.c VALUES \
         ('a', 1, x'a0eebc999c0b4ef8bb6d6bb9bd380a11', 1.5, _latin1 0x4DC3BC6C6C6572, '2024-01-02', 'k1'), \
         ('b', 2, NULL, 1, NULL, NULL, 'k2'), ('c', 0, NULL, 1.23456, 'plain', NULL, 'k3'), \
         ('d', 0, NULL, NULL, _latin1 0x4DFC6C6C6572, '0000-00-00', 'k4')",
    );
    let mut session = server.session();
    let relation = table(&mut *session, "crm", "c");
    let columns = chosen(
        &relation,
        &[
            ("flag", TypeChoice::Boolean),
            ("id", TypeChoice::Uuid),
            ("exact", TypeChoice::Decimal { precision: 20, scale: 4 }),
            ("town", TypeChoice::Repaired),
        ],
    );
    let mut taken = Taken::default();
    let all = reading(&relation, &columns, &[]);
    let counts = session.read(&all, &mut taken).unwrap();
    let some =
        |texts: &[&str]| -> Vec<_> { texts.iter().map(|text| (*text != "-").then(|| (*text).to_owned())).collect() };
    assert_eq!(taken.shown("name"), some(&["a", "d"]));
    assert_eq!(taken.shown("flag"), some(&["true", "false"]));
    assert_eq!(taken.shown("id"), some(&["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "-"]));
    assert_eq!(taken.shown("exact"), some(&["1.5000", "-"]));
    assert_eq!(taken.shown("town"), some(&["Müller", "Müller"]));
    assert_eq!(counts.specials[relation.position("town").unwrap()], 1);
    let refused: Vec<_> = taken.refused.iter().map(|row| (row.rule.as_str(), row.key.clone())).collect();
    assert_eq!(refused, [("flag_boolean", some(&["k2"])), ("exact_overflow", some(&["k3"]))]);
    assert_eq!((counts.read, counts.refused), (4, 2));

    let plain = chosen(&relation, &[]);
    let mut texts = Taken::default();
    session
        .read(&carelake_database::Reading { specials: Specials::Text, ..reading(&relation, &plain, &[]) }, &mut texts)
        .unwrap();
    assert_eq!(texts.shown("day"), some(&["2024-01-02", "-", "-", "0000-00-00"]));
    let strict = carelake_database::Reading { specials: Specials::Error, ..reading(&relation, &plain, &[]) };
    let told = session.read(&strict, &mut Taken::default()).unwrap_err();
    assert!(matches!(told, DatabaseError::Special { ref column, .. } if column == "day"), "{told}");
    // The session is of use afterwards.
    assert_eq!(read(&mut *session, &relation, &[]).unwrap().1.read, 4);
    let wrong = chosen(&relation, &[("day", TypeChoice::Uuid)]);
    let told = session.read(&reading(&relation, &wrong, &[]), &mut Taken::default()).unwrap_err();
    assert!(matches!(told, DatabaseError::Refused { .. }), "{told}");
}
