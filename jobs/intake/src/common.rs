//! Common tables: what every feed becomes.

mod encounters;
mod persons;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use arrow_schema::{DataType, Field, TimeUnit};

pub use encounters::{ENCOUNTERS, encounters};
pub use persons::{PERSONS, persons};

/// A table that feeds become rows of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommonTable {
    /// Its name: the second part of its publications' names.
    pub name: String,
    /// The columns, in order, without the metadata columns.
    pub columns: Vec<CommonColumn>,
    /// The columns that tell rows apart; the first is `data_source`.
    pub key: Vec<String>,
    /// The columns that no row may lack, whatever its feed says.
    pub required: Vec<String>,
}

/// A column of a common table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommonColumn {
    /// Its name.
    pub name: String,
    /// What its values are.
    pub rule: Rule,
    /// What it means, for people.
    pub description: String,
}

/// What the values of a column are, and what becomes of those that are not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// Text.
    Text,
    /// An identifier: as text; a number in plain digits.
    Identifier,
    /// A date; `not_after_delivery`: of birth or death.
    Date {
        /// Whether it may not be later than the delivery date.
        not_after_delivery: bool,
    },
    /// An instant.
    Timestamp,
    /// One of a list; anything else is `otherwise`, counted.
    Code {
        /// The values.
        values: Vec<String>,
        /// What stands for a value that is none of them.
        otherwise: Option<String>,
    },
    /// A decimal, exact.
    Decimal {
        /// Digits in all.
        precision: u8,
        /// Digits after the point.
        scale: i8,
    },
    /// A list of texts, each once.
    TextList,
    /// Whole number.
    Integer,
    /// True or false.
    Boolean,
    /// Social security number.
    Ssn,
    /// The last four digits of one.
    SsnLast4,
    /// Medicare beneficiary identifier.
    Mbi,
    /// State, two letters.
    State,
    /// ZIP code.
    Zip,
    /// Phone number, ten digits.
    Phone,
    /// E-mail address.
    Email,
    /// National provider identifier.
    Npi,
    /// CMS certification number.
    Ccn,
    /// Diagnosis codes; ICD-9-CM where the row says so.
    Diagnoses,
    /// NUBC code of so many characters, padded with zeros.
    Nubc(u8),
    /// What intake fills in itself: `data_source`, `delivery_date`, `incomplete_fields`, `primary_diagnosis_code`.
    Made,
}

impl CommonTable {
    /// Returns the column with this name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&CommonColumn> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// Returns the Arrow type of a column.
#[must_use]
pub fn arrow_type(column: &CommonColumn) -> DataType {
    match &column.rule {
        Rule::Date { .. } => DataType::Date32,
        Rule::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Rule::Decimal { precision, scale } => DataType::Decimal128(*precision, *scale),
        Rule::TextList | Rule::Diagnoses => list(),
        Rule::Integer => DataType::Int64,
        Rule::Boolean => DataType::Boolean,
        Rule::Made if column.name == "delivery_date" => DataType::Date32,
        Rule::Made if column.name == "incomplete_fields" => list(),
        _ => DataType::Utf8,
    }
}

fn list() -> DataType {
    DataType::List(Arc::new(Field::new("element", DataType::Utf8, true)))
}

pub(crate) fn column(name: &str, rule: Rule, description: &str) -> CommonColumn {
    CommonColumn { name: name.to_owned(), rule, description: description.to_owned() }
}

fn code(values: &[&str], otherwise: Option<&str>) -> Rule {
    Rule::Code {
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        otherwise: otherwise.map(str::to_owned),
    }
}
