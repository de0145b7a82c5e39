//! What queries answer: types, nulls, aggregates, joins.

use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array, Int8Array, Int16Array,
    Int32Array, Int64Array, ListArray, StringArray, TimestampMicrosecondArray, TimestampMillisecondArray,
    TimestampNanosecondArray, UInt8Array, UInt16Array, UInt32Array,
};

use super::files::{Folder, batch, lines, table};
use crate::{Database, Kind, Table};

/// Two states with people of some age.
fn people(folder: &Folder) -> Arc<Table> {
    let part = |ids: Vec<&str>, ages: Vec<Option<i32>>| {
        batch(vec![("id", Arc::new(StringArray::from(ids)) as ArrayRef), ("age", Arc::new(Int32Array::from(ages)))])
    };
    let maine = part(vec!["a", "b", "c"], vec![Some(40), None, Some(20)]);
    let ohio = part(vec!["d", "e"], vec![Some(30), Some(40)]);
    let files = vec![folder.file("oh", &[Some("OH")], &ohio, 10), folder.file("me", &[Some("ME")], &maine, 2)];
    table("people", &["state"], &maine.schema(), files)
}

fn visits(folder: &Folder) -> Arc<Table> {
    let visits = batch(vec![
        ("person", Arc::new(StringArray::from(vec![Some("a"), Some("d"), None, Some("a"), Some("x")])) as ArrayRef),
        ("cost", Arc::new(Float64Array::from(vec![1.5, 2.0, 4.0, 8.0, 16.0]))),
    ]);
    let file = folder.file("visits", &[], &visits, 2);
    table("visits", &[], &visits.schema(), vec![file])
}

#[test]
fn every_type_has_its_value_and_null_is_null() {
    let folder = Folder::new();
    let time = 1_793_491_200_000_000; // 2026-11-01T00:00:00Z
    let all = batch(vec![
        ("text", Arc::new(StringArray::from(vec![Some("O'Häre"), None])) as ArrayRef),
        ("flag", Arc::new(BooleanArray::from(vec![Some(true), None]))),
        ("i8", Arc::new(Int8Array::from(vec![Some(-8), None]))),
        ("i16", Arc::new(Int16Array::from(vec![Some(-16), None]))),
        ("i32", Arc::new(Int32Array::from(vec![Some(i32::MIN), None]))),
        ("i64", Arc::new(Int64Array::from(vec![Some(i64::MAX), None]))),
        ("u8", Arc::new(UInt8Array::from(vec![Some(u8::MAX), None]))),
        ("u16", Arc::new(UInt16Array::from(vec![Some(u16::MAX), None]))),
        ("u32", Arc::new(UInt32Array::from(vec![Some(u32::MAX), None]))),
        ("f32", Arc::new(Float32Array::from(vec![Some(0.5), None]))),
        ("f64", Arc::new(Float64Array::from(vec![Some(1.0), None]))),
        ("nan", Arc::new(Float64Array::from(vec![Some(f64::NAN), None]))),
        ("day", Arc::new(Date32Array::from(vec![Some(-1), None]))),
        ("micros", Arc::new(TimestampMicrosecondArray::from(vec![Some(time), None]).with_timezone("UTC"))),
        ("millis", Arc::new(TimestampMillisecondArray::from(vec![Some(time / 1000 + 250), None]))),
        ("nanos", Arc::new(TimestampNanosecondArray::from(vec![Some(time * 1000 + 1), None]))),
        ("exact", Arc::new(Decimal128Array::from(vec![Some(-12345), None]).with_precision_and_scale(9, 2).unwrap())),
        ("many", Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1), None]), None]))),
    ]);
    let file = folder.file("all", &[], &all, 10);
    let table = table("things", &[], &all.schema(), vec![file]);
    let expected = "O'Häre 1 -8 -16 -2147483648 9223372036854775807 255 65535 4294967295 0.5 1.0 - 1969-12-31 \
        2026-11-01T00:00:00+00:00 2026-11-01T00:00:00.25+00:00 2026-11-01T00:00:00.000000001+00:00 -123.45 [1,null]";
    let nulls = ["-"; 18].join(" ");
    assert_eq!(lines(&[Arc::clone(&table)], "select * from things"), [expected, nulls.as_str()]);
    assert_eq!(
        lines(&[Arc::clone(&table)], "select date(micros), strftime('%Y', day) from things limit 1"),
        ["2026-11-01 1969"]
    );
    let database = Database::open(vec![table]).unwrap();
    let question = database.ask("select flag, max(flag), day, exact, u8 as other from things").unwrap();
    let kinds: Vec<_> = question.columns().iter().map(|column| column.kind).collect();
    assert_eq!(kinds, [Some(Kind::Boolean), None, Some(Kind::Date), Some(Kind::Decimal), Some(Kind::Integer)]);
}

#[test]
fn partitions_are_columns_and_their_order_comes_from_the_files() {
    let folder = Folder::new();
    let tables = [people(&folder)];
    assert_eq!(
        lines(&tables, "select state, id from people order by state desc"),
        ["OH d", "OH e", "ME a", "ME b", "ME c"]
    );
    assert_eq!(
        lines(&tables, "select state, count(*), count(age), avg(age) from people group by state"),
        ["ME 3 2 30.0", "OH 2 2 35.0"]
    );
    let plan = lines(&tables, "explain query plan select state, count(*) from people group by state");
    assert!(!plan.iter().any(|step| step.contains("B-TREE")), "{plan:?}");
    assert_eq!(lines(&tables, "select count(*) from people"), ["5"]);
    assert_eq!(lines(&tables, "select distinct state from people where age is not null order by 1"), ["ME", "OH"]);
}

#[test]
fn null_is_equal_to_nothing() {
    let folder = Folder::new();
    let tables = [people(&folder)];
    assert_eq!(lines(&tables, "select id from people where age is null"), ["b"]);
    assert_eq!(lines(&tables, "select id from people where age = null"), Vec::<String>::new());
    assert_eq!(lines(&tables, "select id from people where age <> 40 order by id"), ["c", "d"]);
    assert_eq!(lines(&tables, "select id from people where age is not 40 order by id"), ["b", "c", "d"]);
}

#[test]
fn tables_join_by_every_kind_of_join() {
    let folder = Folder::new();
    let tables = [people(&folder), visits(&folder)];
    let inner = "select id, cost from people join visits on person = id order by cost";
    assert_eq!(lines(&tables, inner), ["a 1.5", "d 2.0", "a 8.0"]);
    let left = "select id, sum(cost) from people left join visits on person = id group by id order by id";
    assert_eq!(lines(&tables, left), ["a 9.5", "b -", "c -", "d 2.0", "e -"]);
    let full = "select id, person from people full join visits on person = id order by cost, id";
    assert_eq!(lines(&tables, full), ["b -", "c -", "e -", "a a", "d d", "- -", "a a", "- x"]);
    let exists = "select id from people where not exists (select 1 from visits where person = id) order by id";
    assert_eq!(lines(&tables, exists), ["b", "c", "e"]);
    let one_of = "select id from people where id in (select person from visits) order by id";
    assert_eq!(lines(&tables, one_of), ["a", "d"]);
    let selves = "select a.id, b.id from people a join people b on a.age = b.age and a.id < b.id";
    assert_eq!(lines(&tables, selves), ["a e"]);
}

#[test]
fn the_language_has_windows_and_common_tables() {
    let folder = Folder::new();
    let tables = [people(&folder)];
    let window = "select id, rank() over (partition by state order by age desc) from people where age > 0 order by id";
    assert_eq!(lines(&tables, window), ["a 1", "c 2", "d 2", "e 1"]);
    let common = "with recursive n(x) as (select 1 union all select x + 1 from n where x < 3) select sum(x) from n";
    assert_eq!(lines(&tables, common), ["6"]);
    assert_eq!(lines(&tables, "values (1, 'x'), (2, null)"), ["1 x", "2 -"]);
    assert_eq!(lines(&tables, "select 'a' like 'A', 'ab' like 'a_'"), ["0 1"]);
}

#[test]
fn terms_joined_by_or_find_a_row_once() {
    let folder = Folder::new();
    let tables = [people(&folder)];
    let either = "select id from people where id = 'a' or age = 40 or state = 'ME' order by id";
    assert_eq!(lines(&tables, either), ["a", "b", "c", "e"]);
    let numbers = lines(&tables, "select count(distinct rowid) from people where age > 0 or age is null");
    assert_eq!(numbers, ["5"]);
}

/// A join that looks up more often than rows are worth reading again keeps them; its answer stays the same.
#[test]
fn long_joins_answer_as_short_ones_do() {
    let folder = Folder::new();
    let many: Vec<Option<String>> = (0..2_000).map(|at| (at % 7 > 0).then(|| (at % 500).to_string())).collect();
    let numbers: Vec<Option<i32>> = (0..2_000).map(|at| (at % 5 > 0).then_some(at % 500)).collect();
    let batch = batch(vec![
        ("text", Arc::new(StringArray::from(many.clone())) as ArrayRef),
        ("number", Arc::new(Int32Array::from(numbers.clone()))),
        ("real", Arc::new(numbers.iter().map(|number| number.map(f64::from)).collect::<Float64Array>())),
    ]);
    let file = |name| folder.file(name, &[], &batch, 300);
    let tables =
        [table("one", &[], &batch.schema(), vec![file("1")]), table("two", &[], &batch.schema(), vec![file("2")])];
    let pairs = |equal: &dyn Fn(usize, usize) -> bool| {
        (0..2_000).map(|left| (0..2_000).filter(|right| equal(left, *right)).count()).sum::<usize>().to_string()
    };
    let texts = pairs(&|left, right| many[left].is_some() && many[left] == many[right]);
    let equal = pairs(&|left, right| numbers[left].is_some() && numbers[left] == numbers[right]);
    let both = pairs(&|left, right| {
        many[left].is_some() && many[left] == many[right] && numbers[left].is_some() && numbers[left] == numbers[right]
    });
    let mixed = pairs(&|left, right| numbers[left].is_some_and(|number| many[right] == Some(number.to_string())));
    for (on, expected) in [
        ("one.text = two.text", texts),
        ("one.number = two.number", equal.clone()),
        ("one.number = two.real", equal),
        ("one.text = two.text and one.number = two.number", both),
        ("one.number = two.text", mixed),
    ] {
        assert_eq!(lines(&tables, &format!("select count(*) from one join two on {on}")), [expected], "{on}");
    }
    // The rows were kept: each table was decoded a few times and not once for each of 2,000 rows.
    for table in &tables {
        assert!(table.decoded().1 < 2_000 * 5 * 20, "{:?}", table.decoded());
    }
}

#[test]
fn a_table_without_files_has_no_rows() {
    let empty = batch(vec![("id", Arc::new(StringArray::from(Vec::<&str>::new())) as ArrayRef)]);
    let tables = [table("empty", &["state"], &empty.schema(), Vec::new())];
    assert_eq!(lines(&tables, "select state, id from empty where id = 'a'"), Vec::<String>::new());
    assert_eq!(lines(&tables, "select count(*) from empty"), ["0"]);
}

#[test]
fn a_column_that_a_file_does_not_have_is_null() {
    let folder = Folder::new();
    let old = batch(vec![("id", Arc::new(StringArray::from(vec!["a"])) as ArrayRef)]);
    let new = batch(vec![
        ("id", Arc::new(StringArray::from(vec!["b"])) as ArrayRef),
        ("age", Arc::new(Int32Array::from(vec![7]))),
    ]);
    let files = vec![folder.file("old", &[], &old, 10), folder.file("new", &[], &new, 10)];
    let tables = [table("people", &[], &new.schema(), files)];
    assert_eq!(lines(&tables, "select id, age from people order by id"), ["a -", "b 7"]);
    assert_eq!(lines(&tables, "select id from people where age >= 0"), ["b"]);
    assert_eq!(lines(&tables, "select id from people where age is null"), ["a"]);
}

/// SQLite's mask has one bit for the 64th column and all after it.
#[test]
fn tables_may_have_more_columns_than_the_mask_has_bits() {
    let folder = Folder::new();
    let names: Vec<String> = (0..80).map(|at| format!("c{at}")).collect();
    let columns = names.iter().enumerate();
    let columns = columns.map(|(at, name)| (name.as_str(), Arc::new(Int32Array::from(vec![at as i32])) as ArrayRef));
    let wide = batch(columns.collect());
    let file = folder.file("wide", &[], &wide, 10);
    let tables = [table("wide", &[], &wide.schema(), vec![file])];
    assert_eq!(lines(&tables, "select c0, c62, c63, c64, c79 from wide where c70 = 70"), ["0 62 63 64 79"]);
}
