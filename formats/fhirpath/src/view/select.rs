//! What a view selects, as its definition has it.

use super::error::Problems;
use super::kind::Kind;
use super::members::Object;

/// A column as it is declared.
#[derive(Debug, Clone)]
pub(super) struct Declared {
    pub(super) name: String,
    pub(super) path: String,
    /// Where its path stands.
    pub(super) place: String,
    pub(super) kind: Kind,
    pub(super) is_collection: bool,
    /// Whether it was declared a date, whatever it is stored as.
    pub(super) is_date: bool,
}

/// What a selection goes through.
#[derive(Debug, Clone)]
pub(super) enum Through {
    /// Nothing: it is about the same as what it is in.
    Here,
    /// The items of a path with its place; one row of nothing if there are none and `or_null` is set.
    Each { path: String, place: String, or_null: bool },
    /// All that paths lead to, again and again.
    Repeat(Vec<(String, String)>),
}

/// A selection.
#[derive(Debug, Clone)]
pub(super) struct Select {
    pub(super) place: String,
    pub(super) through: Through,
    pub(super) columns: Vec<Declared>,
    pub(super) selects: Vec<Select>,
    pub(super) union: Vec<Select>,
}

/// Says whether a text may be the name of a column in SQL without quotes.
pub(super) fn is_sql_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

const MEMBERS: [&str; 6] = ["column", "select", "forEach", "forEachOrNull", "repeat", "unionAll"];

/// Reads a selection.
pub(super) fn select(object: &Object<'_>, problems: &mut Problems<'_>) -> Select {
    object.check_names(&MEMBERS, problems);
    let columns = object.objects("column", problems);
    let columns = columns.iter().filter_map(|column| declared(column, problems)).collect();
    let within = |name, problems: &mut Problems<'_>| {
        let objects = object.objects(name, problems);
        objects.iter().map(|inner| select(inner, problems)).collect::<Vec<_>>()
    };
    let (selects, union) = (within("select", problems), within("unionAll", problems));
    Select { place: object.place.clone(), through: through(object, problems), columns, selects, union }
}

fn through(object: &Object<'_>, problems: &mut Problems<'_>) -> Through {
    let mut found = Vec::new();
    for (name, or_null) in [("forEach", false), ("forEachOrNull", true)] {
        if let Some(path) = object.text(name, problems) {
            found.push(Through::Each { path: path.to_owned(), place: object.place_of(name), or_null });
        }
    }
    let paths = object.list("repeat", problems);
    if !paths.is_empty() {
        let mut texts = Vec::new();
        for path in paths {
            match path.node.text() {
                Some(text) => texts.push((text.to_owned(), path.place)),
                None => problems.push(&path.place, "must be text"),
            }
        }
        found.push(Through::Repeat(texts));
    }
    if found.len() > 1 {
        problems.push(&object.place, "has more than one of forEach, forEachOrNull and repeat");
    }
    found.pop().unwrap_or(Through::Here)
}

fn declared(object: &Object<'_>, problems: &mut Problems<'_>) -> Option<Declared> {
    object.check_names(&["name", "path", "type", "collection", "tag", "description"], problems);
    let (name, path) = (object.needed("name", problems), object.needed("path", problems));
    if let Some(name) = name.filter(|name| !is_sql_name(name)) {
        problems.push(&object.place_of("name"), format!("`{name}` is not letters, digits and `_`, the first a letter"));
    }
    let declared_type = object.text("type", problems);
    let mut kind = match declared_type.map(Kind::of) {
        None => Kind::Any,
        Some(Ok(kind)) => kind,
        Some(Err(problem)) => {
            problems.push(&object.place_of("type"), problem);
            Kind::Any
        }
    };
    let is_date = kind == Kind::Date;
    for tag in object.objects("tag", problems) {
        let (tag_name, value) = (tag.needed("name", problems), tag.text("value", problems));
        if let (Some("ansi/type"), Some(value)) = (tag_name, value) {
            match Kind::of_ansi(value) {
                Ok(ansi) => kind = ansi,
                Err(problem) => problems.push(&tag.place_of("value"), problem),
            }
        }
    }
    let is_collection = object.flag("collection", problems);
    let (name, path, place) = (name?.to_owned(), path?.to_owned(), object.place_of("path"));
    Some(Declared { name, path, place, kind, is_collection, is_date })
}
