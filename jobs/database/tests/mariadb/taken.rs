//! Takes all that is read, and shows it.

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Date32Type, Decimal128Type, Float32Type, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use carelake_database::{
    Condition, Counts, DatabaseError, Order, Reading, Refused, Relation, Session, Specials, Taker, TypeChoice, Wanted,
};

#[derive(Debug, Default)]
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

impl Taken {
    /// Returns the whole numbers of the first column.
    pub fn numbers(&self) -> Vec<i64> {
        self.batches.iter().flat_map(|batch| batch.column(0).as_primitive::<Int64Type>().values().to_vec()).collect()
    }

    /// Returns how many bytes the values of a column have.
    pub fn lengths(&self, column: &str) -> Vec<usize> {
        let lengths = |batch: &RecordBatch| -> Vec<usize> {
            batch.column_by_name(column).unwrap().as_binary::<i32>().iter().map(|bytes| bytes.unwrap().len()).collect()
        };
        self.batches.iter().flat_map(lengths).collect()
    }

    /// Returns the values of a column as text.
    pub fn shown(&self, column: &str) -> Vec<Option<String>> {
        let cells = |batch: &RecordBatch| {
            let array = batch.column_by_name(column).unwrap().clone();
            (0..array.len()).map(|row| (!array.is_null(row)).then(|| shown(&array, row))).collect::<Vec<_>>()
        };
        self.batches.iter().flat_map(cells).collect()
    }
}

fn shown(array: &dyn Array, row: usize) -> String {
    match array.data_type() {
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::Date32 => array.as_primitive::<Date32Type>().value_as_date(row).unwrap().to_string(),
        DataType::Timestamp(_, _) => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
            format!("{micros}")
        }
        DataType::Decimal128(_, _) => array.as_primitive::<Decimal128Type>().value_as_string(row),
        DataType::Float32 => array.as_primitive::<Float32Type>().value(row).to_string(),
        DataType::Float64 => format!("{:e}", array.as_primitive::<Float64Type>().value(row)),
        DataType::Boolean => array.as_boolean().value(row).to_string(),
        DataType::Utf8 => array.as_string::<i32>().value(row).to_owned(),
        DataType::Binary => array.as_binary::<i32>().value(row).iter().map(|byte| format!("{byte:02x}")).collect(),
        DataType::List(_) => {
            let labels = array.as_list::<i32>().value(row);
            format!("{:?}", labels.as_string::<i32>().iter().flatten().collect::<Vec<_>>())
        }
        other => panic!("{other}"),
    }
}

pub fn table(session: &mut dyn Session, database: &str, name: &str) -> Relation {
    let relations = session.relations(&[database.to_owned()]).unwrap();
    relations.into_iter().find(|relation| relation.name == name).unwrap()
}

/// Returns all columns of a table, with what is made of some.
pub fn chosen(relation: &Relation, choices: &[(&str, TypeChoice)]) -> Vec<Wanted> {
    let mut wanted: Vec<_> = (0..relation.columns.len()).map(|column| Wanted { column, choice: None }).collect();
    for (name, choice) in choices {
        wanted[relation.position(name).unwrap()].choice = Some(choice.clone());
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
        row_bytes: 200 << 20,
    }
}

/// Reads all rows of a table that match.
pub fn read(
    session: &mut dyn Session,
    relation: &Relation,
    conditions: &[Condition],
) -> Result<(Taken, Counts), DatabaseError> {
    let (columns, mut taken) = (chosen(relation, &[]), Taken::default());
    let counts = session.read(&reading(relation, &columns, conditions), &mut taken)?;
    Ok((taken, counts))
}
