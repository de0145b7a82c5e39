//! The functions that models may use: those that both engines know and mean alike, and ours, which are written for each engine.
//!
//! ```
//! use carelake_curated::sql::{Checked, Engine, compile};
//! let checked = Checked::parse("SELECT ratio(a, b) AS share FROM t").unwrap();
//! let told = compile(&checked, Engine::Athena, &Default::default()).unwrap();
//! assert_eq!(told, "SELECT CAST(a AS DOUBLE) / nullif(CAST(b AS DOUBLE), 0) AS share FROM t");
//! ```

/// A function of ours.
#[derive(Debug, Clone, Copy)]
pub struct Ours {
    /// Its name.
    pub name: &'static str,
    /// Its arguments, as documents show them.
    pub arguments: &'static [&'static str],
    /// What it answers.
    pub meaning: &'static str,
    /// How it is asked of Polars: `{0}` is the first argument.
    pub polars: &'static str,
    /// How it is asked of Athena.
    pub athena: &'static str,
    /// Of a function over many rows: the argument that FILTER makes null.
    pub filtered: Option<usize>,
}

const fn plain(
    name: &'static str,
    arguments: &'static [&'static str],
    meaning: &'static str,
    polars: &'static str,
    athena: &'static str,
) -> Ours {
    Ours { name, arguments, meaning, polars, athena, filtered: None }
}

const fn over_rows(ours: Ours, filtered: usize) -> Ours {
    Ours { filtered: Some(filtered), ..ours }
}

/// The functions of ours.
pub const OURS: [Ours; 23] = [
    plain(
        "minutes_between",
        &["from", "to"],
        "minutes from one instant to another, with their fraction; on Athena to the millisecond",
        "cl_minutes_between({0}, {1})",
        "CAST(date_diff('millisecond', {0}, {1}) AS DOUBLE) / 60000",
    ),
    plain(
        "days_between",
        &["from", "to"],
        "days from one date to another",
        "cl_days_between({0}, {1})",
        "date_diff('day', {0}, {1})",
    ),
    plain(
        "add_minutes",
        &["instant", "minutes"],
        "the instant so many whole minutes later",
        "cl_add_minutes({0}, {1})",
        "date_add('minute', {1}, {0})",
    ),
    plain(
        "start_of_day",
        &["date"],
        "midnight UTC of a date",
        "cl_start_of_day({0})",
        "with_timezone(CAST({0} AS TIMESTAMP(6)), 'UTC')",
    ),
    plain(
        "local_hour",
        &["instant", "zone"],
        "the hour of a clock in a zone, 0 to 23",
        "cl_local_hour({0}, {1})",
        "CAST(hour(at_timezone({0}, {1})) AS BIGINT)",
    ),
    plain(
        "local_time",
        &["instant", "zone"],
        "the clock in a zone, as text: 2026-03-08 01:30:00",
        "cl_local_time({0}, {1})",
        "date_format(at_timezone({0}, {1}), '%Y-%m-%d %H:%i:%s')",
    ),
    plain(
        "local_date",
        &["instant", "zone"],
        "the date in a zone",
        "cl_local_date({0}, {1})",
        "CAST(at_timezone({0}, {1}) AS DATE)",
    ),
    plain(
        "local_month",
        &["instant", "zone"],
        "the first day of the month in a zone",
        "cl_local_month({0}, {1})",
        "date_trunc('month', CAST(at_timezone({0}, {1}) AS DATE))",
    ),
    plain(
        "iso_week",
        &["instant", "zone"],
        "the Monday of the week in a zone",
        "cl_iso_week({0}, {1})",
        "date_trunc('week', CAST(at_timezone({0}, {1}) AS DATE))",
    ),
    plain(
        "ratio",
        &["a", "b"],
        "a over b, as double; null where b is 0 or null",
        "cl_ratio({0}, {1})",
        "CAST({0} AS DOUBLE) / nullif(CAST({1} AS DOUBLE), 0)",
    ),
    plain(
        "int_div",
        &["a", "b"],
        "a over b, cut to a whole number; null where b is 0 or null",
        "cl_int_div({0}, {1})",
        "CAST({0} AS BIGINT) / nullif(CAST({1} AS BIGINT), 0)",
    ),
    plain(
        "round_half_up",
        &["x", "digits"],
        "x to so many digits behind the point, halves away from zero",
        "cl_round_half_up({0}, {1})",
        "round(CAST({0} AS DOUBLE), {1})",
    ),
    plain(
        "floor_int",
        &["x"],
        "the greatest whole number that is not above x",
        "cl_floor_int({0})",
        "CAST(floor({0}) AS BIGINT)",
    ),
    plain(
        "regexp_extract",
        &["text", "pattern", "group"],
        "what a group of the first match holds; null without one",
        "cl_regexp_extract({0}, {1}, {2})",
        "regexp_extract({0}, {1}, {2})",
    ),
    plain(
        "regexp_replace",
        &["text", "pattern", "with"],
        "the text with every match replaced; $1 is the first group",
        "cl_regexp_replace({0}, {1}, {2})",
        "regexp_replace({0}, {1}, {2})",
    ),
    plain(
        "json_text",
        &["json", "path"],
        "what is at a path such as $.a.b[0], if it is no list and no object",
        "cl_json_text({0}, {1})",
        "json_extract_scalar({0}, {1})",
    ),
    plain(
        "hash64",
        &["text"],
        "XXH64 of the text, as bigint",
        "cl_hash64({0})",
        "from_big_endian_64(xxhash64(to_utf8({0})))",
    ),
    over_rows(
        plain(
            "percentile",
            &["p", "x"],
            "the value at rank ceil(p·n) of the n values in order; p is a number such as 0.95",
            "cl_percentile(array_agg({1}), {0})",
            "element_at(array_sort(array_agg({1}) FILTER (WHERE {1} IS NOT NULL)), CAST(greatest(1, ceil(CAST({0} AS DECIMAL(9,8)) * count({1}))) AS INTEGER))",
        ),
        1,
    ),
    over_rows(
        plain(
            "max_by",
            &["x", "by"],
            "x of the row with the greatest `by`; the least x of several",
            "array_get(array_agg(CASE WHEN {1} IS NOT NULL THEN {0} END ORDER BY {1} DESC NULLS LAST, {0} NULLS LAST), 1)",
            "element_at(array_agg({0} ORDER BY {1} DESC NULLS LAST, {0} NULLS LAST) FILTER (WHERE {1} IS NOT NULL), 1)",
        ),
        1,
    ),
    over_rows(
        plain(
            "min_by",
            &["x", "by"],
            "x of the row with the least `by`; the least x of several",
            "array_get(array_agg(CASE WHEN {1} IS NOT NULL THEN {0} END ORDER BY {1} NULLS LAST, {0} NULLS LAST), 1)",
            "element_at(array_agg({0} ORDER BY {1} NULLS LAST, {0} NULLS LAST) FILTER (WHERE {1} IS NOT NULL), 1)",
        ),
        1,
    ),
    over_rows(plain("bool_or", &["x"], "whether x holds of any row; null of no rows", "max({0})", "bool_or({0})"), 0),
    over_rows(
        plain("bool_and", &["x"], "whether x holds of every row; null of no rows", "min({0})", "bool_and({0})"),
        0,
    ),
    over_rows(
        plain(
            "list_join",
            &["x", "separator", "order"],
            "the values in an order with a separator between them; null of no values",
            "nullif(array_to_string(array_agg({0} ORDER BY {2} NULLS LAST), {1}), '')",
            "nullif(array_join(array_agg({0} ORDER BY {2} NULLS LAST), {1}), '')",
        ),
        0,
    ),
];

/// Functions of one row that both engines know and mean alike, and the numbers of their arguments.
pub(super) const OF_A_ROW: [(&str, usize, usize); 20] = [
    ("coalesce", 1, 50),
    ("nullif", 2, 2),
    ("greatest", 2, 20),
    ("least", 2, 20),
    ("abs", 1, 1),
    ("sqrt", 1, 1),
    ("ln", 1, 1),
    ("exp", 1, 1),
    ("power", 2, 2),
    ("upper", 1, 1),
    ("lower", 1, 1),
    ("length", 1, 1),
    ("replace", 3, 3),
    ("substr", 2, 3),
    ("lpad", 3, 3),
    ("strpos", 2, 2),
    ("starts_with", 2, 2),
    ("concat_ws", 2, 20),
    ("regexp_like", 2, 2),
    ("date_trunc", 2, 2),
];

/// Functions over many rows that both engines know and mean alike.
pub(super) const OVER_ROWS: [&str; 8] = ["count", "sum", "avg", "min", "max", "stddev", "variance", "array_agg"];

/// Functions of windows.
pub(super) const OF_WINDOWS: [(&str, usize, usize); 8] = [
    ("row_number", 0, 0),
    ("rank", 0, 0),
    ("dense_rank", 0, 0),
    ("ntile", 1, 1),
    ("lag", 1, 3),
    ("lead", 1, 3),
    ("first_value", 1, 1),
    ("last_value", 1, 1),
];

/// What is refused by name, and what to write instead.
pub(super) const INSTEAD: [(&str, &str); 36] = [
    ("now", "use :as_of, the day of the build; a model gives the same rows whenever it is built"),
    ("current_timestamp", "use :as_of, the day of the build; a model gives the same rows whenever it is built"),
    ("current_date", "use :as_of, the day of the build; a model gives the same rows whenever it is built"),
    ("random", "a model gives the same rows whenever it is built; hash64 of a key spreads rows evenly"),
    ("rand", "a model gives the same rows whenever it is built; hash64 of a key spreads rows evenly"),
    ("uuid", "a model gives the same rows whenever it is built; hash64 of a key tells rows apart"),
    ("round", "halves are rounded in other ways by each engine; write round_half_up(x, digits)"),
    ("mod", "write a % b"),
    ("approx_percentile", "it is not exact; write percentile(p, x)"),
    ("percentile_cont", "write percentile(p, x), which is a value that occurred"),
    ("percentile_disc", "write percentile(p, x)"),
    ("quantile_cont", "Athena has no such function; write percentile(p, x)"),
    ("quantile_disc", "Athena has no such function; write percentile(p, x)"),
    ("median", "Athena has no such function; write percentile(0.5, x)"),
    ("approx_distinct", "it is not exact; write count(DISTINCT x)"),
    ("date_diff", "write minutes_between or days_between"),
    ("datediff", "write minutes_between or days_between"),
    ("date_add", "write x + INTERVAL '1' DAY, or add_minutes(x, n)"),
    ("to_unixtime", "write minutes_between"),
    ("unnest", "an empty list gives a row in one engine and none in the other; lists are taken apart by steps"),
    ("explode", "an empty list gives a row in one engine and none in the other; lists are taken apart by steps"),
    ("listagg", "its order is not told; write list_join(x, separator, order)"),
    ("string_agg", "its order is not told; write list_join(x, separator, order)"),
    ("group_concat", "its order is not told; write list_join(x, separator, order)"),
    ("concat", "nulls are skipped by one engine and not by the other; write a || b, or concat_ws"),
    ("json_extract_scalar", "write json_text(json, path)"),
    ("json_extract", "write json_text(json, path)"),
    ("md5", "write hash64(text)"),
    ("sha256", "write hash64(text)"),
    ("xxhash64", "write hash64(text)"),
    ("date", "write CAST(x AS date), or local_date(x, zone)"),
    ("any_value", "which value it is differs; write min(x) or max_by(x, y)"),
    ("arbitrary", "which value it is differs; write min(x) or max_by(x, y)"),
    ("if", "write CASE WHEN … THEN … ELSE … END"),
    ("generate_series", "periods without rows come from the step `spine`"),
    ("split_part", "a part that is not there is null in one engine and empty in the other; write regexp_extract"),
];

/// Returns the function of ours of this name.
pub(super) fn ours(name: &str) -> Option<&'static Ours> {
    OURS.iter().find(|ours| ours.name == name)
}

/// Returns every name that may be called.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let native = OF_A_ROW.iter().map(|(name, ..)| *name).chain(OVER_ROWS);
    native.chain(OF_WINDOWS.iter().map(|(name, ..)| *name)).chain(OURS.iter().map(|ours| ours.name))
}
