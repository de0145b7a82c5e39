//! Takes all that is read.

use arrow_array::RecordBatch;
use carelake_database::{
    Condition, Counts, DatabaseError, Order, Reading, Refused, Relation, Session, Specials, Taker, TypeChoice, Wanted,
};

#[derive(Default)]
pub struct Taken {
    pub batches: Vec<RecordBatch>,
    pub refused: Vec<Refused>,
}

impl Taker for Taken {
    fn rows(&mut self, rows: RecordBatch) -> Result<(), String> {
        self.batches.push(rows);
        Ok(())
    }

    fn refused(&mut self, refused: Refused) -> Result<(), String> {
        self.refused.push(refused);
        Ok(())
    }
}

/// Returns all columns of a table.
pub fn all(relation: &Relation) -> Vec<Wanted> {
    (0..relation.columns.len()).map(|column| Wanted { column, choice: None }).collect()
}

pub fn chosen(relation: &Relation, choices: &[(&str, TypeChoice)]) -> Vec<Wanted> {
    let mut wanted = all(relation);
    for (name, choice) in choices {
        let place = relation.position(name).unwrap();
        wanted[place].choice = Some(choice.clone());
    }
    wanted
}

pub fn reading<'a>(relation: &'a Relation, columns: &'a [Wanted], conditions: &'a [Condition]) -> Reading<'a> {
    Reading {
        relation,
        columns,
        conditions,
        order: Order::Key,
        specials: Specials::Null,
        batch_rows: 1000,
        batch_bytes: 8 << 20,
        row_bytes: 64 << 20,
    }
}

pub fn table(session: &mut dyn Session, database: &str, name: &str) -> Relation {
    let relations = session.relations(&[database.to_owned()]).unwrap();
    relations.into_iter().find(|relation| relation.name == name).unwrap()
}

/// Reads all rows of a table that match.
pub fn read(
    session: &mut dyn Session,
    relation: &Relation,
    conditions: &[Condition],
) -> Result<(Taken, Counts), DatabaseError> {
    let (columns, mut taken) = (all(relation), Taken::default());
    let counts = session.read(&reading(relation, &columns, conditions), &mut taken)?;
    Ok((taken, counts))
}

/// Returns the whole numbers of the first column, in the order in which they came.
pub fn numbers(taken: &Taken) -> Vec<i64> {
    use arrow_array::cast::AsArray;
    use arrow_array::types::Int64Type;
    let values = taken.batches.iter().flat_map(|batch| batch.column(0).as_primitive::<Int64Type>().values().to_vec());
    values.collect()
}

/// Reads the table, and returns the numbers of the rows that match.
pub fn found(session: &mut dyn Session, relation: &Relation, conditions: &[Condition]) -> Vec<i64> {
    let (taken, _) = read(session, relation, conditions).unwrap();
    numbers(&taken)
}
