//! What the configuration names beside sources and datasets: feeds, partners, streams, secrets, settings, and who sees to what.

use std::collections::BTreeMap;

use carelake_core::config::reader::{Entry, Node, Value};
use carelake_core::names::Publication;
use carelake_pipeline::page::To;

use super::Known;
use super::index::typed;
use crate::Lake;

/// Sections of which more is known than their names.
const KNOWN_ELSEWHERE: [&str; 2] = ["sources", "datasets"];
/// Settings whose value is a name of ours, and is looked for, too.
const TOLD: [&str; 4] = ["class", "classification", "owner", "partner"];
/// The verbs that tell of what has a name in the configuration, by its kind.
const VERBS: [(&str, &str); 3] = [("feed", "feeds show"), ("stream", "stream status"), ("source", "loads status")];
/// What the columns of a table are below.
const COLUMNS: &str = "columns";
/// What lists of codes are below.
const CODES: &str = "code_lists";

/// A walk through the configuration.
struct Walk<'w, 'l> {
    lake: &'w Lake<'l>,
    publications: &'w [Publication],
    found: Vec<Known>,
    /// Settings by their names, with the first place and how often they are set.
    settings: BTreeMap<&'w str, (String, usize)>,
}

/// Returns what the configuration names.
pub(super) fn known(lake: &Lake<'_>, publications: &[Publication]) -> Vec<Known> {
    let mut walk = Walk { lake, publications, found: Vec::new(), settings: BTreeMap::new() };
    if let Value::Map(entries) = &lake.config.root.value {
        for entry in entries {
            if KNOWN_ELSEWHERE.contains(&entry.key.as_str()) {
                walk.settings_of(entry);
            } else {
                walk.setting(entry, &[]);
            }
        }
    }
    let Walk { mut found, settings, .. } = walk;
    found.extend(settings.into_iter().map(|(name, (place, count))| Known {
        kind: "setting".to_owned(),
        name: name.to_owned(),
        says: if count > 1 { format!("set in {count} places") } else { String::new() },
        next: typed(lake, "config"),
        where_: place,
        to: None,
    }));
    found
}

impl<'w> Walk<'w, '_> {
    /// Takes the settings of each name of a section whose names are known elsewhere.
    fn settings_of(&mut self, section: &'w Entry) {
        let Value::Map(names) = &section.value.value else { return };
        for named in names {
            let Value::Map(settings) = &named.value.value else { continue };
            for setting in settings {
                let place = || (format!("{}.{}.{}", section.key, named.key, setting.key), 0);
                self.settings.entry(&setting.key).or_insert_with(place).1 += 1;
            }
        }
    }

    /// Takes a declared key and what it holds, and the keys above it.
    fn setting(&mut self, entry: &'w Entry, above: &[&'w str]) {
        let at: Vec<&str> = above.iter().copied().chain([entry.key.as_str()]).collect();
        self.settings.entry(&entry.key).or_insert_with(|| (at.join("."), 0)).1 += 1;
        match &entry.value.value {
            Value::Map(entries) if is_of_names(&entry.key, entries, above.is_empty()) => {
                for named in entries {
                    self.name(&entry.key, named, &at);
                }
            }
            Value::Text { text, .. } if TOLD.contains(&entry.key.as_str()) => self.told(&entry.key, text, &at),
            _ => self.below(&entry.value, &at),
        }
    }

    fn below(&mut self, node: &'w Node, at: &[&'w str]) {
        match &node.value {
            Value::Map(entries) => entries.iter().for_each(|entry| self.setting(entry, at)),
            Value::List(nodes) => nodes.iter().for_each(|node| self.below(node, at)),
            Value::Nothing | Value::Text { .. } => {}
        }
    }

    /// Takes a name that somebody gave, and what is said of it.
    fn name(&mut self, of: &str, entry: &'w Entry, at: &[&'w str]) {
        let at: Vec<&str> = at.iter().copied().chain([entry.key.as_str()]).collect();
        let said = ["description", "partner", "owner"].iter().filter_map(|key| {
            let Value::Map(entries) = &entry.value.value else { return None };
            let text = entries.iter().find(|entry| entry.key == *key)?;
            let Value::Text { text, .. } = &text.value.value else { return None };
            Some(if *key == "description" { text.clone() } else { format!("{key} {text}") })
        });
        self.found.push(Known {
            kind: singular(of).to_owned(),
            name: entry.key.clone(),
            where_: at.join("."),
            to: self.page(&at),
            says: said.collect::<Vec<_>>().join("; "),
            next: match VERBS.iter().find(|(kind, _)| *kind == singular(of)) {
                Some((_, verb)) => typed(self.lake, &format!("{verb} {}", entry.key)),
                None => self.next(&entry.key),
            },
        });
        // What columns are made of, and what codes mean, are no settings.
        if ![COLUMNS, CODES].contains(&of) {
            self.below(&entry.value, &at);
        }
    }

    fn told(&mut self, key: &str, text: &str, at: &[&'w str]) {
        let above = at.split_last().map(|(_, above)| above).unwrap_or_default();
        let name = above.last().copied().unwrap_or_default();
        self.found.push(Known {
            kind: key.to_owned(),
            name: text.to_owned(),
            where_: above.join("."),
            to: self.page(above),
            says: format!("of {name}"),
            next: self.next(name),
        });
    }

    /// Returns the page of an item, where a room has pages of that name.
    fn page(&self, at: &[&str]) -> Option<To> {
        let (section, page, item) = match at {
            [section, item] => (*section, *section, *item),
            [section, page, item] => (*section, *page, *item),
            _ => return None,
        };
        let room = self.lake.rooms.iter().find(|room| room.name == section)?;
        room.pages.iter().find(|pages| pages.name() == page)?;
        let (room, page, item) = (section.to_owned(), page.to_owned(), Some(item.to_owned()));
        Some(To::Page { room, page, item })
    }

    /// Returns what to type about a name: what is published under it, or the configuration.
    fn next(&self, name: &str) -> String {
        let is_it = |publication: &&Publication| publication.path().split('/').any(|part| part == name);
        match self.publications.iter().find(is_it) {
            Some(publication) => typed(self.lake, &format!("describe {publication}")),
            None => typed(self.lake, "config"),
        }
    }
}

/// Returns whether the keys of a map are names that somebody gave: the map is called by a plural and holds maps only. A section may be
/// called like that and have such a map in it, and is none then. Columns have names whatever they hold.
fn is_of_names(key: &str, entries: &[Entry], is_section: bool) -> bool {
    let is_plural = |key: &str| key.len() > 1 && key.ends_with('s');
    let maps = |node: &Node| match &node.value {
        Value::Map(entries) => !entries.is_empty() && entries.iter().all(|it| matches!(it.value.value, Value::Map(_))),
        _ => false,
    };
    let holds_names = |entry: &Entry| is_plural(&entry.key) && maps(&entry.value);
    let has_maps = !entries.is_empty() && entries.iter().all(|entry| matches!(entry.value.value, Value::Map(_)));
    key == COLUMNS || (is_plural(key) && has_maps && !(is_section && entries.iter().any(holds_names)))
}

/// Returns what one of several is called.
fn singular(plural: &str) -> &str {
    plural.strip_suffix('s').unwrap_or(plural)
}
