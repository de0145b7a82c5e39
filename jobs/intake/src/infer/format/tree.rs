//! Nested records as columns: a path is a column, a list of records is a part of its own.

use std::collections::{BTreeMap, BTreeSet};

use super::super::sample::{Column, Part, Seen};

/// A nested value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tree {
    /// A value.
    Leaf(Seen),
    /// Several values.
    List(Vec<Tree>),
    /// Named values, in order.
    Map(Vec<(String, Tree)>),
}

/// How paths are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paths {
    /// `name.last`, `dx[*]`.
    Dots,
    /// `Name/Last`; an element may stand once or many times.
    Slashes,
}

/// Keys of an item whose few values tell the items of a list apart, with that of its value.
const TELLERS: [&str; 4] = ["system", "type", "use", "kind"];
/// The most items of one list that are told apart.
const MOST_TOLD: usize = 12;

impl Tree {
    /// Returns what stands at a key.
    pub(super) fn get(&self, key: &str) -> Option<&Tree> {
        match self {
            Self::Map(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// Returns the items of a list.
    pub(super) fn items(&self) -> &[Tree] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// Returns the text of a value.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Leaf(seen) => &seen.text,
            _ => "",
        }
    }
}

/// Returns the records as a part, and each nested list of records as one below it.
pub(super) fn parts(records: &[&Tree], paths: Paths, first: usize) -> Vec<Part> {
    let mut lists = BTreeSet::new();
    for record in records {
        find_lists(record, "", paths, &mut lists);
    }
    let mut flat = Flat::new(paths, &lists);
    for record in records {
        flat.record(record);
    }
    let nested = std::mem::take(&mut flat.nested);
    let mut parts = vec![Part { columns: flat.columns(), rows: records.len(), ..Part::default() }];
    for (each, items) in nested {
        let items: Vec<&Tree> = items.iter().collect();
        // Lists in lists are left to the engineer: their rows would be items of items.
        let inner = self::parts(&items, paths, first).into_iter().next();
        parts.extend(inner.map(|part| Part { each: Some(each), parent: Some(first), ..part }));
    }
    parts
}

/// Tells whether a key is a value rather than a name: a map by the numbers of patients has such.
fn is_value(key: &str) -> bool {
    key.bytes().filter(u8::is_ascii_digit).count() >= 4
}

/// Tells whether a text is one short word, as codes are that tell items apart.
fn is_word(text: &str) -> bool {
    (1..=16).contains(&text.len())
        && text.chars().all(|letter| letter.is_ascii_alphabetic() || matches!(letter, '-' | '_'))
}

fn joined(path: &str, key: &str, paths: Paths) -> String {
    match (path.is_empty(), paths) {
        (true, _) => key.to_owned(),
        (false, Paths::Dots) => format!("{path}.{key}"),
        (false, Paths::Slashes) => format!("{path}/{key}"),
    }
}

/// Finds the paths at which some record has a list.
fn find_lists(tree: &Tree, path: &str, paths: Paths, lists: &mut BTreeSet<String>) {
    match tree {
        Tree::Leaf(_) => {}
        Tree::Map(entries) => {
            for (key, value) in entries {
                find_lists(value, &joined(path, key, paths), paths, lists);
            }
        }
        Tree::List(items) => {
            lists.insert(path.to_owned());
            for item in items {
                find_lists(item, path, paths, lists);
            }
        }
    }
}

struct Flat<'a> {
    paths: Paths,
    lists: &'a BTreeSet<String>,
    order: Vec<String>,
    cells: BTreeMap<String, Vec<(usize, Seen)>>,
    many: BTreeSet<String>,
    nested: Vec<(String, Vec<Tree>)>,
    rows: usize,
}

impl<'a> Flat<'a> {
    fn new(paths: Paths, lists: &'a BTreeSet<String>) -> Self {
        Self {
            paths,
            lists,
            order: Vec::new(),
            cells: BTreeMap::new(),
            many: BTreeSet::new(),
            nested: Vec::new(),
            rows: 0,
        }
    }

    fn record(&mut self, record: &Tree) {
        self.value(record, "", "");
        self.rows += 1;
    }

    /// Takes a value; `plain` is its path without anything about lists.
    fn value(&mut self, tree: &Tree, path: &str, plain: &str) {
        if !plain.is_empty() && self.lists.contains(plain) && !path.ends_with(']') {
            let single = std::slice::from_ref(tree);
            return self.list(if let Tree::List(items) = tree { items } else { single }, path, plain);
        }
        match tree {
            Tree::Leaf(seen) => self.cell(path, seen.clone()),
            Tree::Map(entries) => {
                for (key, value) in entries.iter().filter(|(key, _)| !is_value(key)) {
                    if key.is_empty() {
                        self.value(value, path, plain);
                    } else {
                        self.value(value, &joined(path, key, self.paths), &joined(plain, key, self.paths));
                    }
                }
            }
            Tree::List(items) => self.list(items, path, plain),
        }
    }

    fn list(&mut self, items: &[Tree], path: &str, plain: &str) {
        if items.iter().all(|item| matches!(item, Tree::Leaf(_))) {
            let texts: Vec<String> =
                items.iter().map(|item| item.text().to_owned()).filter(|text| !text.is_empty()).collect();
            self.many.insert(path.to_owned());
            return self.cell(path, Seen::list(texts));
        }
        if let Some((_, all)) = self.nested.iter_mut().find(|(each, _)| each == path) {
            all.extend(items.iter().cloned());
        } else {
            self.nested.push((path.to_owned(), items.to_vec()));
        }
        if self.paths == Paths::Dots {
            self.told(items, path, plain);
        }
    }

    /// Takes the items of a list that a key tells apart by that, and the first item as such.
    fn told(&mut self, items: &[Tree], path: &str, plain: &str) {
        let teller = TELLERS
            .iter()
            .find(|key| items.iter().all(|item| item.get(key).is_some_and(|value| is_word(value.text()))));
        if let Some(teller) = teller
            && items.len() <= MOST_TOLD
            && items.iter().any(|item| item.get("value").is_some())
        {
            for item in items {
                let which = item.get(teller).map(Tree::text).unwrap_or_default();
                if let Some(value) = item.get("value") {
                    let path = format!("{path}[{teller}={which}].value");
                    if !self.has(&path) {
                        self.value(value, &path, &format!("{plain}.value"));
                    }
                }
            }
        } else if let Some(first) = items.first() {
            self.value(first, &format!("{path}[0]"), plain);
        }
    }

    fn has(&self, path: &str) -> bool {
        self.cells.get(path).and_then(|cells| cells.last()).is_some_and(|(row, _)| *row == self.rows)
    }

    fn cell(&mut self, path: &str, seen: Seen) {
        if !self.cells.contains_key(path) {
            self.order.push(path.to_owned());
        }
        self.cells.entry(path.to_owned()).or_default().push((self.rows, seen));
    }

    fn columns(mut self) -> Vec<Column> {
        let order = std::mem::take(&mut self.order);
        let mut columns = Vec::new();
        for path in order {
            let mut column = Column::new(path.as_str(), path.as_str());
            column.is_list = self.many.contains(&path);
            column.cells = vec![Seen::default(); self.rows];
            for (row, seen) in self.cells.remove(&path).unwrap_or_default() {
                if let Some(cell) = column.cells.get_mut(row) {
                    *cell = seen;
                }
            }
            columns.push(column);
        }
        columns
    }
}
