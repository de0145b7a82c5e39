//! Values of columns, and what was wanted of them, as texts that can be compared.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Field};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

/// Returns a value with numbers that are the same written in the same way.
pub(crate) fn numbers(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::String(format!("number {}", number.as_f64().unwrap())),
        Value::Array(items) => items.iter().map(numbers).collect(),
        _ => value.clone(),
    }
}

/// Returns the rows of a batch.
pub(crate) fn given(batch: &RecordBatch) -> Vec<Vec<String>> {
    (0..batch.num_rows()).map(|row| batch.columns().iter().map(|column| cell(column, row)).collect()).collect()
}

fn cell(column: &dyn Array, row: usize) -> String {
    if column.is_null(row) {
        return "null".to_owned();
    }
    match column.data_type() {
        DataType::Boolean => column.as_boolean().value(row).to_string(),
        DataType::Int32 => column.as_primitive::<Int32Type>().value(row).to_string(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::Float64 => column.as_primitive::<Float64Type>().value(row).to_string(),
        DataType::Date32 => format!("day {}", column.as_primitive::<Date32Type>().value(row)),
        DataType::Timestamp(..) => format!("at {}", column.as_primitive::<TimestampMicrosecondType>().value(row)),
        DataType::Decimal128(..) => {
            let text = column.as_primitive::<Decimal128Type>().value_as_string(row);
            if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
        }
        DataType::List(_) => {
            let items = column.as_list::<i32>().value(row);
            let items: Vec<String> = (0..items.len()).map(|at| cell(&items, at)).collect();
            format!("[{}]", items.join(","))
        }
        _ => format!("text {}", column.as_string::<i32>().value(row)),
    }
}

/// Returns the rows that were wanted, by the columns of a batch; an empty text is null there.
pub(crate) fn wanted(rows: &[Value], batch: &RecordBatch) -> Vec<Vec<String>> {
    let schema = batch.schema();
    let row = |row: &Value| schema.fields().iter().map(|field| wish(row.get(field.name()), field)).collect();
    rows.iter().map(row).collect()
}

fn wish(value: Option<&Value>, field: &Field) -> String {
    match (value, field.data_type()) {
        (None | Some(Value::Null), _) => "null".to_owned(),
        (Some(Value::Array(items)), DataType::List(item)) => {
            let items: Vec<String> = items.iter().map(|value| wish(Some(value), item)).collect();
            format!("[{}]", items.join(","))
        }
        (Some(Value::String(text)), _) if text.is_empty() => "null".to_owned(),
        (Some(Value::String(text)), DataType::Date32) => {
            let text = format!("{text}{}", "-01-01".get(text.len() - 4..).unwrap_or_default());
            format!("day {}", text.parse::<Date>().unwrap().since(Date::constant(1970, 1, 1)).unwrap().get_days())
        }
        (Some(Value::String(text)), DataType::Timestamp(..)) => {
            let text = if text.contains('T') { text.clone() } else { format!("{text}T00:00:00Z") };
            format!("at {}", text.parse::<Timestamp>().unwrap().as_microsecond())
        }
        (Some(Value::String(text)), _) => format!("text {text}"),
        (Some(value @ Value::Object(_)), _) => format!("text {value}"),
        (Some(value), _) => value.to_string(),
    }
}
