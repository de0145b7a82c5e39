//! A condition against the columns of one file.

use arrow_schema::{DataType, Schema};
use carelake_conditions::{Condition, Path, Question, Step, Test};

use crate::error::RowsError;
use crate::file::ParquetFile;
use crate::literal::{Typed, question};

/// A condition whose tests are numbers of what is asked.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub condition: Condition<usize>,
    pub tests: Vec<Asked>,
}

/// One test of a file.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub at: At,
    pub question: Question<Typed>,
}

/// Where the values of a test are.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum At {
    /// In a column, some steps into it.
    Column(String, Vec<Step>),
    /// In the name of a folder.
    Folder(Option<String>),
    /// Nowhere: the file does not have the column.
    Nowhere,
}

impl Ask {
    /// Holds a condition against a file.
    ///
    /// # Errors
    /// [`RowsError::Literal`] where a column cannot be compared with what the condition says.
    pub(crate) fn of(file: &ParquetFile, condition: &Condition) -> Result<Self, RowsError> {
        let mut tests = Vec::new();
        let condition = condition.clone().try_map(&mut |test: Test| {
            let (at, kind) = locate(file, &test.path)?;
            let question =
                question(&test.question, &kind).map_err(|advice| refused(file, &test.path, &kind, advice))?;
            tests.push(Asked { at, question });
            Ok::<_, RowsError>(tests.len() - 1)
        })?;
        Ok(Self { condition, tests })
    }

    /// Returns the columns of the file that are looked at.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> {
        self.tests.iter().filter_map(|asked| match &asked.at {
            At::Column(name, _) => Some(name.as_str()),
            At::Folder(_) | At::Nowhere => None,
        })
    }
}

/// Returns the name of the column that a path is about: the whole path, where a column is called so, or its first step.
pub(crate) fn column_of(path: &Path, is_known: impl Fn(&str) -> bool) -> String {
    let whole = path.to_string();
    match path.steps().first() {
        Some(Step::Member(first)) if !is_known(&whole) => first.clone(),
        _ => whole,
    }
}

fn locate(file: &ParquetFile, path: &Path) -> Result<(At, DataType), RowsError> {
    let schema: &Schema = file.schema();
    let name = column_of(path, |name| schema.index_of(name).is_ok());
    let Ok(field) = schema.field_with_name(&name) else {
        let told = file.folders.iter().find(|(folder, _)| *folder == name);
        return Ok(match told {
            Some((_, value)) => (At::Folder(value.clone()), DataType::Utf8),
            None => (At::Nowhere, DataType::Null),
        });
    };
    let steps = if path.to_string() == name { &[] } else { path.steps().get(1..).unwrap_or_default() };
    let mut kind = field.data_type();
    for step in steps {
        kind = match (step, kind) {
            (Step::Member(member), DataType::Struct(members)) => {
                let found = members.iter().find(|field| field.name() == member);
                found.ok_or_else(|| refused(file, path, kind, "it has no such member"))?.data_type()
            }
            (Step::Item(_), DataType::List(item) | DataType::LargeList(item)) => item.data_type(),
            _ => return Err(refused(file, path, kind, "it has no members and no items")),
        };
    }
    Ok((At::Column(name, steps.to_vec()), kind.clone()))
}

fn refused(file: &ParquetFile, path: &Path, kind: &DataType, advice: &'static str) -> RowsError {
    RowsError::Literal { file: file.name.clone(), column: path.to_string(), kind: kind.to_string(), advice }
}
