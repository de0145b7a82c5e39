//! How a table is loaded: decided from its columns, with the reason. Pure; the one thing that is asked of the server is how many rows
//! of a cursor hold nothing.

mod reason;
#[cfg(test)]
mod tests;

use carelake_core::nearest;
use carelake_database::{Engine, Kind, Relation, RelationKind};

use crate::config::{ModeWord, Settings};
use crate::names::{Named, form};

pub use reason::{Lack, Reason, advised, needs};

/// The most rows in which a cursor may hold nothing: they are read every time.
pub const MOST_NULLS: u64 = 100_000;
/// Bytes of a row at least, where the server tells the bytes of a table and not its rows.
const LEAST_ROW_BYTES: u64 = 32;

/// How a table is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Whole, every time.
    Full,
    /// Rows changed since the last load, by a column that tells when.
    Incremental {
        /// The column.
        cursor: usize,
        /// Whether the server itself keeps it.
        is_trusted: bool,
    },
    /// Rows with new keys, by a column that grows.
    Append {
        /// The column.
        cursor: usize,
    },
    /// Rows changed since the last load, by their transactions.
    Xid,
    /// What exports of a table of DynamoDB say: all the first time, then what changed.
    Exports {
        /// Whether only the whole table is exported, every time.
        is_whole: bool,
    },
}

/// What is known of a table.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'f> {
    /// The table.
    pub relation: &'f Relation,
    /// Whose it is.
    pub engine: Engine,
    /// What the configuration says of it.
    pub settings: &'f Settings,
    /// Whether the configuration names it.
    pub is_named: bool,
    /// Whether its cursor missed rows again and again.
    pub is_distrusted: bool,
    /// Whether exports of DynamoDB have a place to go to.
    pub can_export: bool,
}

/// What is decided.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// It is loaded.
    Load(Way, Reason),
    /// It is not loaded until somebody says how.
    NeedsMode {
        /// About how many rows it has.
        rows: u64,
        /// What is missing.
        lacks: Vec<Lack>,
    },
    /// It is not loaded.
    Left,
    /// What the configuration says of it cannot be.
    Wrong(String),
}

/// Decides how a table is loaded. `nulls` answers how many rows of a column hold nothing, up to one more than [`MOST_NULLS`].
///
/// # Errors
/// Those of `nulls`.
pub fn decide<E>(facts: Facts<'_>, mut nulls: impl FnMut(usize) -> Result<u64, E>) -> Result<Decision, E> {
    let Facts { relation, settings, .. } = facts;
    if let RelationKind::Items { recoverable } = relation.kind {
        return Ok(items(facts, recoverable.is_some()));
    }
    if !matches!(relation.kind, RelationKind::Table | RelationKind::Partitioned) {
        return Ok(match (facts.is_named, settings.mode) {
            (false, _) => Decision::Left,
            (true, None | Some(ModeWord::Full)) => Decision::Load(Way::Full, Reason::NamedView),
            (true, Some(_)) => Decision::Wrong("is no table; only `mode: full` can load it".to_owned()),
        });
    }
    if let Some(word) = settings.mode {
        return Ok(asked(facts, word));
    }
    let mut lacks = Vec::new();
    if relation.key.is_empty() {
        lacks.push(Lack::Key);
    }
    if facts.is_distrusted {
        lacks.push(Lack::Trust);
    } else {
        let candidates = match candidates(relation, settings) {
            Ok(candidates) => candidates,
            Err(wrong) => return Ok(Decision::Wrong(wrong)),
        };
        if candidates.is_empty() {
            lacks.push(Lack::Cursor);
        }
        for cursor in candidates {
            let Some(column) = relation.columns.get(cursor) else { continue };
            let name = || column.name.clone();
            if !relation.indexes.iter().any(|index| index.columns.first() == Some(&cursor)) {
                lacks.push(Lack::Index(name()));
            } else if relation.key.is_empty() {
                // What is missing is said already.
            } else if column.is_nullable && nulls(cursor)? > MOST_NULLS {
                lacks.push(Lack::Values(name()));
            } else {
                let is_trusted = column.is_kept_by_server;
                let reason = Reason::Cursor { column: name(), is_trusted };
                return Ok(Decision::Load(Way::Incremental { cursor, is_trusted }, reason));
            }
        }
    }
    let (rows, most) = (rows(relation), settings.full_max_rows);
    Ok(if rows <= most {
        let reason = if facts.is_distrusted { Reason::Distrusted } else { Reason::FewRows { rows } };
        Decision::Load(Way::Full, reason)
    } else if facts.engine == Engine::Postgres && !relation.key.is_empty() {
        let reason = if facts.is_distrusted { Reason::Distrusted } else { Reason::ManyRows { rows } };
        Decision::Load(Way::Xid, reason)
    } else {
        Decision::NeedsMode { rows, lacks }
    })
}

/// Decides how a table of DynamoDB is loaded.
fn items(facts: Facts<'_>, is_recoverable: bool) -> Decision {
    let Facts { relation, settings, .. } = facts;
    let can_export = is_recoverable && facts.can_export;
    let lacks = if is_recoverable { Lack::Place } else { Lack::Recovery };
    match settings.mode {
        Some(ModeWord::Xid | ModeWord::Append) => {
            Decision::Wrong("of DynamoDB only `mode: full` and `mode: incremental` can be asked for".to_owned())
        }
        Some(ModeWord::Incremental) if can_export => Decision::Load(Way::Exports { is_whole: false }, Reason::Asked),
        Some(ModeWord::Incremental) => Decision::Wrong(format!("`mode: incremental` cannot be: it has {lacks}")),
        Some(ModeWord::Full) if can_export => Decision::Load(Way::Exports { is_whole: true }, Reason::Asked),
        Some(ModeWord::Full) => Decision::Load(Way::Full, Reason::Asked),
        None if can_export => Decision::Load(Way::Exports { is_whole: false }, Reason::Recovery),
        None => match rows(relation) {
            rows if rows <= settings.full_max_rows => Decision::Load(Way::Full, Reason::Scan { rows, lacks }),
            rows => Decision::NeedsMode { rows, lacks: vec![lacks] },
        },
    }
}

/// Returns about how many rows a table has; without statistics it is as small as its bytes allow.
#[must_use]
pub fn rows(relation: &Relation) -> u64 {
    relation.rows.unwrap_or_else(|| relation.bytes.unwrap_or(0) / LEAST_ROW_BYTES)
}

/// Returns the columns that may tell when a row was changed, the best first.
fn candidates(relation: &Relation, settings: &Settings) -> Result<Vec<usize>, String> {
    if let Some(name) = &settings.cursor {
        let cursor = named(relation, name)?;
        return if is_moment(relation, cursor) { Ok(vec![cursor]) } else { Err(no_moment(name)) };
    }
    let moments = || (0..relation.columns.len()).filter(|at| is_moment(relation, *at));
    let column = |at: &usize| relation.columns.get(*at);
    let mut found: Vec<usize> = moments().filter(|at| column(at).is_some_and(|it| it.is_kept_by_server)).collect();
    for name in &settings.cursors {
        let wanted = form(name, Named::Column);
        let claimed = moments().filter(|at| column(at).is_some_and(|it| form(&it.name, Named::Column) == wanted));
        let claimed: Vec<usize> = claimed.filter(|at| !found.contains(at)).collect();
        found.extend(claimed);
    }
    Ok(found)
}

fn is_moment(relation: &Relation, column: usize) -> bool {
    let kind = relation.columns.get(column).map(|column| &column.kind);
    matches!(kind, Some(Kind::Timestamp | Kind::LocalTimestamp))
}

/// Carries out what the configuration asks for, if it can be.
fn asked(facts: Facts<'_>, word: ModeWord) -> Decision {
    let Facts { relation, settings, engine, .. } = facts;
    let way = match word {
        ModeWord::Full => Ok(Way::Full),
        ModeWord::Xid if engine != Engine::Postgres => Err("`mode: xid` is for PostgreSQL".to_owned()),
        ModeWord::Xid | ModeWord::Incremental if relation.key.is_empty() => {
            Err("has no primary key and no unique index over columns that are never null; only `full` and `append` can load it".to_owned())
        }
        ModeWord::Xid => Ok(Way::Xid),
        ModeWord::Incremental => candidates(relation, settings).and_then(|found| {
            let cursor = found.first().copied();
            let cursor = cursor.ok_or("`mode: incremental` needs `cursor`: no column has one of the names of `cursors`")?;
            let is_trusted = relation.columns.get(cursor).is_some_and(|column| column.is_kept_by_server);
            Ok(Way::Incremental { cursor, is_trusted })
        }),
        ModeWord::Append => match &settings.cursor {
            None => Err("`mode: append` needs `cursor`: a column that grows, such as id".to_owned()),
            Some(name) => named(relation, name).and_then(|cursor| {
                let kind = relation.columns.get(cursor).map(|column| &column.kind);
                let is_whole = kind == Some(&Kind::Integer);
                if is_whole { Ok(Way::Append { cursor }) } else { Err(format!("`cursor: {name}` is no whole number, which `mode: append` needs")) }
            }),
        },
    };
    match way {
        Ok(way) => Decision::Load(way, Reason::Asked),
        Err(wrong) => Decision::Wrong(wrong),
    }
}

fn named(relation: &Relation, name: &str) -> Result<usize, String> {
    relation.position(name).ok_or_else(|| {
        let near = nearest(name, relation.columns.iter().map(|column| column.name.as_str()));
        let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        format!("has no column `{name}`, which `cursor` names{near}")
    })
}

fn no_moment(name: &str) -> String {
    format!("`cursor: {name}` tells no moment; a day or a text cannot say which rows are new")
}
