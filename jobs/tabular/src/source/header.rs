//! The header: which of our columns is where, and what is told when some stand in it twice.

use super::drift::{HeaderDrift, drift};
use crate::config::{ColumnSpec, SourceSpec};

/// A column whose name stands in the header more than once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepeatedColumn {
    /// Our name of the column.
    pub column: String,
    /// The name as it stands in the header where it is met first.
    pub name: String,
    /// Where it stands, from 1.
    pub places: Vec<usize>,
}

/// Why a header cannot be used.
#[derive(Debug)]
pub(super) enum Unusable {
    /// Required columns are missing.
    Drift(HeaderDrift),
    /// Columns stand in it more than once, and which one is meant cannot be told.
    Repeated(Vec<RepeatedColumn>),
}

/// Brings a header name into the form in which names are compared: trimmed, lower-case, every run of other characters
/// than ASCII letters and digits one underscore.
///
/// ```
/// use carelake_tabular::source::normalise;
/// assert_eq!(normalise(" lst_nm"), "lst_nm");
/// assert_eq!(normalise("\u{feff}City/Town "), "city_town");
/// ```
#[must_use]
pub fn normalise(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for character in name.chars().flat_map(char::to_lowercase) {
        if character.is_ascii_lowercase() || character.is_ascii_digit() {
            normal.push(character);
        } else if !normal.is_empty() && !normal.ends_with('_') {
            normal.push('_');
        }
    }
    normal.truncate(normal.trim_end_matches('_').len());
    normal
}

/// Where each column of the source stands in a header, and what else is to be told of it.
#[derive(Debug)]
pub(super) struct Resolved {
    /// The position in the file of each of the source's columns, in their order.
    pub positions: Vec<Option<usize>>,
    /// Header names that are new.
    pub unknown: Vec<String>,
    /// Columns that stand in the header under several accepted names: which was taken, as one sentence fragment each.
    pub chosen: Vec<String>,
}

/// Finds the source's columns among the header's names. Of several accepted names the first in the order of the configuration
/// counts.
pub(super) fn resolve(spec: &SourceSpec, header: &[String]) -> Result<Resolved, Unusable> {
    let names: Vec<String> = header.iter().map(|name| normalise(name)).collect();
    let (mut positions, mut chosen, mut repeated) = (Vec::with_capacity(spec.columns.len()), Vec::new(), Vec::new());
    for column in &spec.columns {
        let mut found = column.names.iter().map(|name| (name, places(&names, name))).filter(|(_, at)| !at.is_empty());
        let taken = found.next();
        positions.push(taken.as_ref().and_then(|(_, at)| at.first().copied()));
        let Some((_, at)) = taken else { continue };
        let others: Vec<String> = found.map(|(_, at)| placed(header, &at)).collect();
        if at.len() > 1 {
            let name = written(header, &at).to_owned();
            repeated.push(RepeatedColumn {
                column: column.name.clone(),
                name,
                places: at.iter().map(|at| at + 1).collect(),
            });
        } else if !others.is_empty() {
            let (name, taken, others) = (&column.name, placed(header, &at), others.join(", "));
            chosen.push(format!("column {name} is there under several names: {taken} is taken, not {others}"));
        }
    }
    let unknown: Vec<usize> = names
        .iter()
        .enumerate()
        .filter(|(at, name)| !positions.contains(&Some(*at)) && !is_known(spec, name))
        .map(|(at, _)| at)
        .collect();
    let is_missing =
        |(column, position): (&ColumnSpec, &Option<usize>)| position.is_none() && spec.required.contains(&column.name);
    if spec.columns.iter().zip(&positions).any(is_missing) {
        return Err(Unusable::Drift(drift(spec, &names, &positions, &unknown)));
    }
    if !repeated.is_empty() {
        return Err(Unusable::Repeated(repeated));
    }
    let unknown = unknown.into_iter().filter_map(|at| names.get(at).cloned()).collect();
    Ok(Resolved { positions, unknown, chosen })
}

/// Returns how many different names of a line the source knows.
pub(super) fn known_names(spec: &SourceSpec, line: &[String]) -> usize {
    let names: std::collections::BTreeSet<String> = line.iter().map(|name| normalise(name)).collect();
    names.iter().filter(|name| !name.is_empty() && is_known(spec, name)).count()
}

fn places(names: &[String], wanted: &str) -> Vec<usize> {
    names.iter().enumerate().filter(|(_, name)| *name == wanted).map(|(at, _)| at).collect()
}

/// Returns the name at the first of these places, as it is written there.
fn written<'h>(header: &'h [String], at: &[usize]) -> &'h str {
    at.first().and_then(|at| header.get(*at)).map_or("", |name| name.trim())
}

fn placed(header: &[String], at: &[usize]) -> String {
    let numbers: Vec<String> = at.iter().map(|at| (at + 1).to_string()).collect();
    let columns = if at.len() == 1 { "column" } else { "columns" };
    format!("{} ({columns} {})", written(header, at), numbers.join(" and "))
}

fn is_known(spec: &SourceSpec, name: &str) -> bool {
    name.is_empty()
        || spec.columns.iter().any(|column| column.names.iter().any(|accepted| accepted == name))
        || spec.unused.iter().any(|unused| match unused.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => unused == name,
        })
}
