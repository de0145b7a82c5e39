//! The header: which of our columns is where, and what is missing when the layout is not one we know.

use std::fmt;

use crate::config::SourceSpec;

/// A required column that no header name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingColumn {
    /// Our name of the column.
    pub column: String,
    /// The header names that would have been accepted.
    pub accepted: Vec<String>,
    /// The unknown header name that is most like one of them.
    pub nearest: Option<String>,
}

/// A header that lacks required columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderDrift {
    /// The required columns that are missing.
    pub missing: Vec<MissingColumn>,
    /// Header names that no column knows. Empty when nothing in the first line is a known name: then it may be data.
    pub unknown: Vec<String>,
    /// Whether the first line has no known name at all.
    pub no_header: bool,
}

impl fmt::Display for HeaderDrift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.no_header {
            f.write_str("no column name in the first line is known, so it may not be a header; ")?;
        }
        f.write_str("missing required columns: ")?;
        for (number, missing) in self.missing.iter().enumerate() {
            let comma = if number == 0 { "" } else { ", " };
            write!(f, "{comma}{} (accepted: {}", missing.column, missing.accepted.join(", "))?;
            match &missing.nearest {
                Some(nearest) => write!(f, "; nearest unknown: {nearest})")?,
                None => f.write_str(")")?,
            }
        }
        if !self.unknown.is_empty() {
            write!(f, "; unknown columns: {}", self.unknown.join(", "))?;
        }
        Ok(())
    }
}

/// Brings a header name into the form in which names are compared: trimmed, lower-case, every run of other characters
/// than ASCII letters and digits one underscore.
///
/// ```
/// use carelake_core::source::normalise;
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

/// Where each column of the source stands in a header, and the header names nothing knows.
pub(super) struct Resolved {
    /// The position in the file of each of the source's columns, in their order.
    pub positions: Vec<Option<usize>>,
    /// Header names that are new.
    pub unknown: Vec<String>,
}

/// Finds the source's columns among the header's names.
pub(super) fn resolve(spec: &SourceSpec, header: &[String]) -> Result<Resolved, HeaderDrift> {
    let names: Vec<String> = header.iter().map(|name| normalise(name)).collect();
    let positions: Vec<Option<usize>> = spec
        .columns
        .iter()
        .map(|column| column.names.iter().find_map(|accepted| names.iter().position(|name| name == accepted)))
        .collect();
    let unknown: Vec<String> = names
        .iter()
        .enumerate()
        .filter(|(at, name)| !positions.contains(&Some(*at)) && !is_known(spec, name))
        .map(|(_, name)| name.clone())
        .collect();
    let missing: Vec<MissingColumn> = spec
        .columns
        .iter()
        .zip(&positions)
        .filter(|(column, position)| position.is_none() && spec.required.contains(&column.name))
        .map(|(column, _)| MissingColumn {
            column: column.name.clone(),
            accepted: column.names.clone(),
            nearest: nearest(&column.names, &unknown),
        })
        .collect();
    if missing.is_empty() {
        return Ok(Resolved { positions, unknown });
    }
    let no_header = positions.iter().all(Option::is_none);
    let missing = missing
        .into_iter()
        .map(|column| if no_header { MissingColumn { nearest: None, ..column } } else { column })
        .collect();
    Err(HeaderDrift { missing, unknown: if no_header { Vec::new() } else { unknown }, no_header })
}

fn is_known(spec: &SourceSpec, name: &str) -> bool {
    name.is_empty()
        || spec.columns.iter().any(|column| column.names.iter().any(|accepted| accepted == name))
        || spec.unused.iter().any(|unused| match unused.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => unused == name,
        })
}

fn nearest(accepted: &[String], unknown: &[String]) -> Option<String> {
    accepted
        .iter()
        .flat_map(|name| unknown.iter().map(move |other| (strsim::jaro_winkler(name, other), other)))
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, other)| other.clone())
}
