//! The functions of ours, as Polars calls them: each knows which types it takes, so that a wrong one is told before a row is read, and
//! its errors have no value of a row.

mod casts;
mod json;
mod number;
mod order;
mod rows;
mod text;
mod time;
mod types;
mod zone;

use std::sync::Arc;

use polars::prelude::{
    AnonymousColumnsUdf, Column, ColumnsUdf, DataType, Field, PolarsError, PolarsResult, Schema, UserDefinedFunction,
};
use polars::sql::{FunctionOptions, FunctionRegistry};

pub(super) use self::types::told;

/// What begins a message of ours: it may be shown.
pub(super) const OURS: &str = "carelake: ";

type Work = fn(&[Column]) -> PolarsResult<Column>;
type Types = fn(&[DataType]) -> Result<DataType, String>;

/// A function: what it answers for which types, and how.
#[derive(Clone, Copy)]
struct Own {
    name: &'static str,
    types: Types,
    work: Work,
}

/// Every function.
const FUNCTIONS: [&[Own]; 7] = [
    &time::FUNCTIONS,
    &zone::FUNCTIONS,
    &number::FUNCTIONS,
    &text::FUNCTIONS,
    &casts::FUNCTIONS,
    &rows::FUNCTIONS,
    &order::FUNCTIONS,
];

impl ColumnsUdf for Own {
    fn call_udf(&self, columns: &mut [Column]) -> PolarsResult<Column> {
        (self.work)(columns)
    }
}

impl AnonymousColumnsUdf for Own {
    fn as_column_udf(self: Arc<Self>) -> Arc<dyn ColumnsUdf> {
        self
    }

    fn deep_clone(self: Arc<Self>) -> Arc<dyn AnonymousColumnsUdf> {
        self
    }

    fn get_field(&self, _: &Schema, fields: &[Field]) -> PolarsResult<Field> {
        let known = |field: &Field| field.dtype().clone().materialize_unknown(true).unwrap_or(DataType::Null);
        let types: Vec<DataType> = fields.iter().map(known).collect();
        let answer =
            (self.types)(&types).map_err(|what| wrong(format!("{}: {what}", self.name.trim_start_matches("cl_"))))?;
        let name = fields.first().map(|field| field.name().clone()).unwrap_or_default();
        Ok(Field::new(name, answer))
    }
}

/// Says what is wrong, in words that may be shown.
fn wrong(what: impl std::fmt::Display) -> PolarsError {
    PolarsError::ComputeError(format!("{OURS}{what}").into())
}

/// What Polars' SQL asks for functions that it does not know.
pub(super) struct Registry;

fn find(name: &str) -> Option<&'static Own> {
    FUNCTIONS.iter().flat_map(|functions| functions.iter()).find(|own| own.name == name)
}

impl FunctionRegistry for Registry {
    fn register(&mut self, name: &str, _: UserDefinedFunction) -> PolarsResult<()> {
        Err(wrong(format!("{name}: functions are declared in the code")))
    }

    fn get_udf(&self, name: &str) -> PolarsResult<Option<UserDefinedFunction>> {
        Ok(find(name).map(|own| UserDefinedFunction {
            options: FunctionOptions::elementwise(),
            ..UserDefinedFunction::new(name.into(), *own)
        }))
    }

    fn contains(&self, name: &str) -> bool {
        find(name).is_some()
    }
}
