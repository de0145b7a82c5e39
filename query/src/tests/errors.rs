//! What is refused, and how it is told.

use std::fs;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int32Array, StringArray};

use super::files::{Folder, batch, table};
use crate::{Column, Database, Kind, QueryError, ReadError, Table, Value};

fn people(folder: &Folder) -> Arc<Table> {
    let rows = batch(vec![("last_name", Arc::new(StringArray::from(vec!["X"; 4])) as ArrayRef)]);
    let file = folder.file("people", &[Some("ME")], &rows, 2);
    table("people", &["state"], &rows.schema(), vec![file])
}

fn refused(sql: &str) -> QueryError {
    let folder = Folder::new();
    let database = Database::open(vec![people(&folder)]).unwrap();
    let mut question = match database.ask(sql) {
        Ok(question) => question,
        Err(error) => return error,
    };
    let mut answer = question.answer().unwrap();
    loop {
        match answer.next_row() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("answered: {sql}"),
            Err(error) => return error,
        }
    }
}

#[test]
fn nothing_but_questions_is_answered() {
    let folder = Folder::new();
    let file = folder.0.path().join("other.sqlite");
    for sql in [
        format!("attach '{}' as other", file.display()),
        format!("vacuum into '{}'", file.display()),
        "pragma temp_store".to_owned(),
        "select * from pragma_database_list".to_owned(),
        "begin".to_owned(),
        "create table t(a)".to_owned(),
        "create temp view v as select 1".to_owned(),
        "create virtual table t using fts5(a)".to_owned(),
        "insert into people values (1, 2)".to_owned(),
        "delete from people".to_owned(),
        "update people set state = 'OH'".to_owned(),
        "with n as (select 1) delete from people".to_owned(),
        "drop table people".to_owned(),
        "select load_extension('x')".to_owned(),
        "detach main".to_owned(),
        "reindex".to_owned(),
        "analyze".to_owned(),
    ] {
        let error = refused(&sql);
        assert!(matches!(error, QueryError::Refused), "{sql}: {error:?}");
    }
    assert!(!file.exists());
}

#[test]
fn functions_that_touch_files_are_not_there() {
    for sql in ["select readfile('/etc/passwd')", "select writefile('x', 'y')", "select edit('x')"] {
        assert!(refused(sql).to_string().starts_with("no such function"), "{sql}");
    }
}

#[test]
fn several_statements_and_none_are_refused() {
    for sql in ["select 1; select 2", "select 1; drop table people", "select 1;;select 2"] {
        assert!(matches!(refused(sql), QueryError::Several | QueryError::Refused), "{sql}: {:?}", refused(sql));
    }
    for sql in ["", "  ", "-- nothing", ";"] {
        assert!(matches!(refused(sql), QueryError::Empty), "{sql:?}: {:?}", refused(sql));
    }
    let folder = Folder::new();
    let database = Database::open(vec![people(&folder)]).unwrap();
    assert!(database.ask("select 1; -- and no more").is_ok());
}

#[test]
fn what_is_not_there_is_told_with_what_was_meant() {
    let QueryError::UnknownTable { name, nearest, tables } = refused("select * from poeple") else { panic!() };
    assert_eq!((name.as_str(), nearest.as_deref(), tables), ("poeple", Some("people"), vec!["people".to_owned()]));
    assert_eq!(refused("select * from zzzzzz").to_string(), "there is no table `zzzzzz`; there are people");
    for sql in ["select\n  lst_name from people", "select\n  \"lst_name\" from people"] {
        let error = refused(sql);
        assert_eq!(error.to_string(), "there is no column `lst_name` at line 2, column 3");
        let QueryError::UnknownColumn { nearest, columns, .. } = error else { panic!() };
        assert_eq!(
            (nearest.as_deref(), columns),
            (Some("last_name"), vec!["state".to_owned(), "last_name".to_owned()])
        );
    }
    let QueryError::UnknownColumn { name, nearest, .. } = refused("select p.stat from people p") else { panic!() };
    assert_eq!((name.as_str(), nearest.as_deref()), ("p.stat", Some("state")));
}

#[test]
fn a_table_is_meant_by_the_end_of_its_name_and_answers_to_each_of_its_names() {
    let folder = Folder::new();
    let rows = batch(vec![("age", Arc::new(Int32Array::from(vec![1])) as ArrayRef)]);
    let file = folder.file("rows", &[], &rows, 10);
    let columns = vec![Column::new("years", Kind::Integer).stored_as("age")];
    let feed =
        Table::new("houses/house_people", &[], columns, vec![file]).also_named("houses__house_people".to_owned());
    let database = Database::open(vec![people(&folder), Arc::new(feed)]).unwrap();
    for sql in ["select years from \"houses/house_people\" where years = 1", "select years from houses__house_people"] {
        let mut question = database.ask(sql).unwrap();
        assert_eq!(
            question.answer().unwrap().next_row().unwrap().map(|row| row.value(0).into_owned()),
            Some(Value::Integer(1))
        );
    }
    for given in ["house_people", "HOUSE_PEOPLE", "houses__hose_people"] {
        let error = database.ask(&format!("select * from {given}")).map(|_| ()).unwrap_err();
        let QueryError::UnknownTable { nearest, .. } = error else { panic!() };
        assert_eq!(nearest.as_deref(), Some("houses__house_people"), "{given}");
    }
    for sql in ["select yers from \"houses/house_people\"", "select yers from houses__house_people"] {
        let error = database.ask(sql).map(|_| ()).unwrap_err();
        let QueryError::UnknownColumn { nearest, .. } = error else { panic!() };
        assert_eq!(nearest.as_deref(), Some("years"), "{sql}");
    }
}

#[test]
fn a_mistake_is_told_with_its_place() {
    assert_eq!(refused("select * form people").to_string(), "near \"form\": syntax error at line 1, column 10");
    assert_eq!(refused("select 'ä',\n nofn(1)").to_string(), "no such function: nofn at line 2, column 2");
    assert_eq!(refused("select").to_string(), "incomplete input");
}

#[test]
fn files_that_cannot_be_read_are_told_apart() {
    let folder = Folder::new();
    let rows = batch(vec![("age", Arc::new(Int32Array::from(vec![1])) as ArrayRef)]);
    let failure = |table: Arc<Table>| {
        let database = Database::open(vec![table]).unwrap();
        let mut question = database.ask("select age from ages").unwrap();
        let mut answer = question.answer().unwrap();
        match answer.next_row() {
            Err(QueryError::Read(error)) => error,
            other => panic!("{:?}", other.err()),
        }
    };
    let file = folder.file("gone", &[], &rows, 10);
    fs::remove_file(file.path()).unwrap();
    assert!(matches!(failure(table("ages", &[], &rows.schema(), vec![file])), ReadError::Open { .. }));
    let file = folder.file("cut", &[], &rows, 10);
    fs::write(file.path(), b"PAR1").unwrap();
    assert!(matches!(failure(table("ages", &[], &rows.schema(), vec![file])), ReadError::Damaged { .. }));
    let file = folder.file("other", &[], &rows, 10);
    let other = Arc::new(Table::new("ages", &[], vec![Column::new("age", Kind::Text)], vec![file]));
    assert!(failure(other).to_string().ends_with("column age is Int32 and not TEXT"));
}
