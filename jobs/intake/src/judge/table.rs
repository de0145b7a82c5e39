//! A table of a feed, made ready: its columns in the order in which a row is made, and what is asked of a row then.

use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, Date32Array, ListArray, StringArray, new_null_array};
use arrow_schema::{DataType, SchemaRef};
use carelake_records::{WantedTable, Way};

use super::column::{Column, folded};
use super::plan::{DeliveryFacts, JudgeError};
use super::program::Program;
use crate::common::{CommonColumn, Rule, arrow_type};
use crate::feed::{Feed, FeedTable};
use crate::judged::part_schema;
use crate::mapping::{self, Subject};

/// Rows for which columns that are the same in every row are made once; larger batches make them anew.
const SHARED_ROWS: usize = 1 << 15;

/// A table of a feed, ready.
#[derive(Debug)]
pub(super) struct TablePlan<'f> {
    pub(super) feed_table: &'f FeedTable,
    /// Cells of a row.
    pub(super) width: usize,
    /// Whether its rows are records of a type, or messages with a segment: a file may rightly have none.
    pub(super) is_chosen: bool,
    pub(super) schema: SchemaRef,
    /// The mapped columns, in the order in which a row is made: that of the table, but those last that depend on others.
    pub(super) columns: Vec<Column<'f>>,
    /// Each column of the table.
    pub(super) made: Vec<Made>,
    pub(super) cleaner: super::clean::Cleaner,
    pub(super) filters: Vec<Filter<'f>>,
    /// The columns without which a row is refused, and which of the mapped ones each is.
    pub(super) required: Vec<(&'f str, Option<usize>)>,
    /// The mapped ones among the columns whose nulls are named.
    pub(super) complete: Vec<(&'f str, usize)>,
    pub(super) operation: Option<(Program<'f>, Vec<Box<[u8]>>)>,
    /// Which of the mapped columns tell rows apart.
    pub(super) key: Vec<usize>,
    /// Which of the mapped columns rows of a key are ordered by, and whether the greatest is first.
    pub(super) order: Vec<(usize, bool)>,
    /// Whether the later of rows that are equal in that wins.
    pub(super) later_wins: bool,
    /// Ends that must not be before their starts: all that one pair of columns being wrong empties.
    pub(super) spans: Vec<Vec<(usize, usize)>>,
    /// Which of the mapped columns says what the diagnoses are, is the number whose last four digits count, and has the diagnoses.
    pub(super) code_type: Option<usize>,
    pub(super) ssn: Option<usize>,
    pub(super) diagnoses: Option<usize>,
}

/// How a column of the table is made.
#[derive(Debug)]
pub(super) enum Made {
    /// It is one of the mapped ones.
    Mapped(usize),
    /// It is the same in every row.
    Same(Same, ArrayRef),
    /// The first of the diagnoses.
    Primary,
    /// The names of the columns that are null and should not be.
    Incomplete,
}

/// What a column is in every row.
#[derive(Debug, Clone)]
pub(super) enum Same {
    Null(DataType),
    NoList,
    Text(String),
    Day(i32),
}

/// A filter, ready.
#[derive(Debug)]
pub(super) struct Filter<'f> {
    pub(super) rule: &'f str,
    pub(super) of: FilterOf<'f>,
    pub(super) test: Test,
}

#[derive(Debug)]
pub(super) enum FilterOf<'f> {
    Column(Option<usize>),
    Value(Program<'f>),
}

#[derive(Debug)]
pub(super) enum Test {
    OneOf(Vec<Box<[u8]>>),
    NoneOf(Vec<Box<[u8]>>),
    Null,
}

impl<'f> TablePlan<'f> {
    /// Makes a table ready.
    pub(super) fn new(
        feed: &'f Feed,
        table: &'f FeedTable,
        wanted: Option<&WantedTable>,
        facts: &'f DeliveryFacts,
    ) -> Result<Self, JudgeError> {
        let common = &*table.table;
        let captures = &facts.captures;
        let mapping = &table.mapping;
        let unready = |column: &str| {
            let (table, column) = (common.name.clone(), column.to_owned());
            move |source| JudgeError::Mapping { table, column, source }
        };
        let mut columns = Vec::with_capacity(mapping.columns.len());
        for mapped in &mapping.columns {
            let found = common.columns.iter().enumerate().find(|(_, column)| column.name == mapped.column);
            let (at, column) = found.ok_or_else(|| JudgeError::UnknownColumn {
                table: common.name.clone(),
                column: mapped.column.clone(),
            })?;
            columns.push(Column::new(mapped, at, column, captures).map_err(unready(&mapped.column))?);
        }
        columns.sort_by_key(|column| (column.is_dependent, column.at));
        let at = |name: &str| columns.iter().position(|column| column.name == name);
        let of = |rule: &Rule| columns.iter().position(|column| column.rule == rule);
        let mut filters = Vec::with_capacity(mapping.filters.len());
        for filter in &mapping.filters {
            filters.push(Filter {
                rule: &filter.rule,
                of: match &filter.of {
                    Subject::Column(name) => FilterOf::Column(at(name)),
                    Subject::Value(value) => {
                        FilterOf::Value(Program::new(value, captures).map_err(unready(&filter.rule))?)
                    }
                },
                test: Test::new(&filter.test),
            });
        }
        let operation = match &mapping.operation {
            Some(operation) => {
                let program = Program::new(&operation.value, captures).map_err(unready("operation"))?;
                Some((program, folded(&operation.remove)))
            }
            None => None,
        };
        let is_required = |column: &&CommonColumn| {
            column.rule != Rule::Made
                && (mapping.required.contains(&column.name) || common.required.contains(&column.name))
        };
        let line = table.order.iter().position(|order| order.column == "line");
        let before_line = table.order.iter().take(line.unwrap_or(table.order.len()));
        let diagnoses = of(&Rule::Diagnoses);
        Ok(Self {
            feed_table: table,
            width: wanted.map_or(0, |wanted| wanted.sources.len()),
            is_chosen: wanted.is_some_and(|wanted| match wanted.each {
                // A nested list that no record has may have another name now; segments keep theirs.
                Some(_) => matches!(feed.format.way, Way::Hl7 { .. }),
                None => wanted.select.is_some(),
            }),
            schema: part_schema(common),
            made: common
                .columns
                .iter()
                .map(|column| Made::new(column, at(&column.name), diagnoses.is_some(), feed, facts))
                .collect(),
            cleaner: super::clean::Cleaner::new(&mapping.null_tokens),
            filters,
            required: common
                .columns
                .iter()
                .filter(is_required)
                .map(|column| (&*column.name, at(&column.name)))
                .collect(),
            complete: common
                .columns
                .iter()
                .filter(|column| mapping.complete.contains(&column.name))
                .filter_map(|column| Some((&*column.name, at(&column.name)?)))
                .collect(),
            operation,
            key: table.key.iter().filter_map(|name| at(name)).collect(),
            order: before_line.filter_map(|order| Some((at(&order.column)?, order.is_descending))).collect(),
            later_wins: line.and_then(|line| table.order.get(line)).is_none_or(|order| order.is_descending),
            spans: spans(&columns),
            code_type: at("diagnosis_code_type"),
            ssn: of(&Rule::Ssn),
            diagnoses,
            columns,
        })
    }

    /// Returns the required columns that are made of sources of the file only, none of which it has.
    pub(super) fn missing(&self, found: &[bool]) -> Vec<String> {
        let is_missing = |column: &Column<'_>| {
            let mut sources = Vec::new();
            let is_fixed = column.program.sources(&mut sources);
            !is_fixed && !sources.iter().any(|source| found.get(*source).copied().unwrap_or(false))
        };
        let required = self.required.iter().filter_map(|(name, at)| Some((*name, self.columns.get((*at)?)?)));
        required.filter(|(_, column)| is_missing(column)).map(|(name, _)| name.to_owned()).collect()
    }
}

impl Made {
    fn new(
        column: &CommonColumn,
        mapped: Option<usize>,
        has_diagnoses: bool,
        feed: &Feed,
        facts: &DeliveryFacts,
    ) -> Self {
        let same = match (mapped, &column.rule, column.name.as_str()) {
            (Some(mapped), ..) => return Self::Mapped(mapped),
            (_, Rule::Made, "incomplete_fields") => return Self::Incomplete,
            (_, Rule::Made, "primary_diagnosis_code") if has_diagnoses => return Self::Primary,
            (_, Rule::Made, "data_source") => Same::Text(feed.name.clone()),
            (_, Rule::Made, "delivery_date") => Same::Day(carelake_core::value::Day::from(facts.delivery_date).days()),
            (_, Rule::TextList | Rule::Diagnoses, _) => Same::NoList,
            _ => Same::Null(arrow_type(column)),
        };
        let array = same.array(SHARED_ROWS);
        Self::Same(same, array)
    }
}

impl Same {
    /// Returns so many rows.
    pub(super) fn array(&self, rows: usize) -> ArrayRef {
        match self {
            Self::Null(of) => new_null_array(of, rows),
            Self::NoList => Arc::new(no_lists(rows)),
            Self::Text(text) => Arc::new(StringArray::from_iter_values(std::iter::repeat_n(text, rows))),
            Self::Day(day) => Arc::new(Date32Array::from_value(*day, rows)),
        }
    }
}

/// Returns so many empty lists.
fn no_lists(rows: usize) -> ListArray {
    let element = Arc::new(arrow_schema::Field::new("element", DataType::Utf8, true));
    let mut lists = ListBuilder::new(StringBuilder::new()).with_field(element);
    (0..rows).for_each(|_| lists.append(true));
    lists.finish()
}

impl Test {
    fn new(test: &mapping::Test) -> Self {
        match test {
            mapping::Test::OneOf(texts) => Self::OneOf(folded(texts)),
            mapping::Test::NoneOf(texts) => Self::NoneOf(folded(texts)),
            mapping::Test::Null => Self::Null,
        }
    }
}

/// Pairs columns such as `encounter_start_date` and `encounter_end_date`; those with the same first word go together.
fn spans(columns: &[Column<'_>]) -> Vec<Vec<(usize, usize)>> {
    let mut spans: Vec<(&str, Vec<(usize, usize)>)> = Vec::new();
    for (start, column) in columns.iter().enumerate() {
        let Some((of, kind)) = column.name.split_once("_start_") else { continue };
        let end =
            columns.iter().position(|end| end.name.split_once("_end_") == Some((of, kind)) && end.of == column.of);
        let Some(end) = end.filter(|_| matches!(column.rule, Rule::Date { .. } | Rule::Timestamp)) else { continue };
        match spans.iter_mut().find(|(name, _)| *name == of) {
            Some((_, pairs)) => pairs.push((start, end)),
            None => spans.push((of, vec![(start, end)])),
        }
    }
    spans.into_iter().map(|(_, pairs)| pairs).collect()
}
