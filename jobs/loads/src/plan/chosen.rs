//! Which tables of a source are loaded, and in which branch.

use std::collections::BTreeMap;

use carelake_core::names::Scope;
use carelake_core::nearest;
use carelake_database::Relation;

use crate::config::{Belongs, Source};
use crate::kept::Branch;
use crate::names::{Named, form};

/// Tables of users by the source's own list, with whose they are: nothing of a tenant whose name cannot be one of ours.
pub type Registry = BTreeMap<(String, String), Option<Scope>>;

/// What is known of a source.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'s> {
    /// The source.
    pub source: &'s Source,
    /// Whose load it is.
    pub scope: &'s Scope,
    /// Its databases.
    pub databases: &'s [String],
    /// The tables of those that are read.
    pub relations: &'s [Relation],
    /// Users' tables, where the source lists them.
    pub registry: Option<&'s Registry>,
}

/// A table that is loaded, unless its kind or mode forbids it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// Which of the relations.
    pub relation: usize,
    /// Whose it is.
    pub branch: Branch,
}

/// Returns whether the catalogue of a database is read.
#[must_use]
pub fn is_wanted(source: &Source, scope: &Scope, database: &str, registry: Option<&Registry>) -> bool {
    let is_ours = |belongs: Belongs| belongs == Belongs::To(scope.clone());
    let is_listed = || {
        registry.is_some_and(|all| all.iter().any(|((it, _), owner)| it == database && owner.as_ref() == Some(scope)))
    };
    match &source.dynamic {
        Some(dynamic) if dynamic.databases.belongs(database) != Belongs::Nowhere => {
            is_ours(dynamic.databases.belongs(database)) || is_listed()
        }
        _ => is_ours(source.databases.belongs(database)) || is_listed(),
    }
}

/// Chooses tables. Answers, too, how many tables of users are more than may be loaded.
#[must_use]
pub fn choose(seen: Seen<'_>) -> (Vec<Choice>, usize) {
    let Seen { source, scope, registry, .. } = seen;
    let ours = Belongs::To(scope.clone());
    let mut chosen = Vec::new();
    let (mut dynamic, mut over) = (0, 0);
    for (relation, it) in seen.relations.iter().enumerate() {
        let is_dynamic = source.dynamic.as_ref().and_then(|users| {
            let by_name = users.databases.belongs(&it.database);
            let owner = match registry {
                Some(all) => match all.get(&(it.database.clone(), it.name.clone())) {
                    Some(owner) => owner.clone().map_or(Belongs::Nameless, Belongs::To),
                    // A database of users has nothing but users' tables.
                    None if by_name != Belongs::Nowhere => Belongs::Nameless,
                    None => Belongs::Nowhere,
                },
                None => by_name,
            };
            (owner != Belongs::Nowhere).then(|| (owner == ours && users.tables.fits(&it.name), users.max_tables))
        });
        match is_dynamic {
            Some((true, most)) if dynamic < most => {
                dynamic += 1;
                chosen.push(Choice { relation, branch: Branch::Dynamic });
            }
            Some((true, _)) => over += 1,
            Some((false, _)) => {}
            None if source.databases.belongs(&it.database) == ours && source.tables.fits(&it.name) => {
                chosen.push(Choice { relation, branch: Branch::Fixed });
            }
            None => {}
        }
    }
    (chosen, over)
}

/// Returns what overrides say of what is not there: of no table, or of a column that no table has that they fit. The second is said
/// of each of these tables, since a mask that is misspelt hides nothing.
#[must_use]
pub fn idle(seen: Seen<'_>) -> (Vec<String>, BTreeMap<usize, String>) {
    let (mut alone, mut wrong) = (Vec::new(), BTreeMap::new());
    for it in &seen.source.overrides {
        let fits = |relation: &&Relation| it.tables.fits(&relation.database, &relation.name);
        let fitting = || seen.relations.iter().filter(fits);
        let reads = |database: &String| is_wanted(seen.source, seen.scope, database, seen.registry);
        // What is said of somebody else's databases is not for this load.
        let is_elsewhere = || seen.databases.iter().any(|name| !reads(name) && it.tables.database.fits(name));
        if fitting().next().is_none() {
            if !is_elsewhere() {
                let tables =
                    || seen.relations.iter().map(|relation| format!("{}.{}", relation.database, relation.name));
                let names: Vec<String> = tables().collect();
                let near = nearest(&it.tables.to_string(), names.iter().map(String::as_str));
                let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                alone.push(format!("overrides.{} fits no table{near}", it.tables));
            }
            continue;
        }
        for column in it.columns() {
            let wanted = form(column, Named::Column);
            let has = |relation: &Relation| relation.columns.iter().any(|it| is_column(&it.name, column, &wanted));
            if fitting().any(has) {
                continue;
            }
            let names = fitting().flat_map(|relation| relation.columns.iter().map(|it| it.name.as_str()));
            let near = nearest(column, names).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            let why = format!("overrides.{}.columns: there is no column `{column}`{near}", it.tables);
            for (at, relation) in seen.relations.iter().enumerate() {
                if fits(&relation) {
                    wrong.entry(at).or_insert_with(|| why.clone());
                }
            }
        }
    }
    (alone, wrong)
}

/// Returns whether a column is the one that the configuration names: exactly, or by its form.
pub(super) fn is_column(name: &str, given: &str, wanted: &str) -> bool {
    name == given || form(name, Named::Column) == wanted
}
