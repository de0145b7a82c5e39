//! Makes static tables of `tables/tables.txt` and `tables/events.tsv`, so that nothing is parsed when a process starts.
//!
//! What is the same in several versions is written once. The shapes are those of `src/tables`.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a build fails by panicking")]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::Path;

const TABLES: &str = "tables/tables.txt";
const EVENTS: &str = "tables/events.tsv";
/// Stands where a version has no such thing.
const NONE: usize = u16::MAX as usize;

/// How often a part may stand there; at most 0 for any number, 255 for none.
type Often = (u8, u8);

/// A line of the tables.
struct Entry<'t> {
    name: &'t str,
    versions: u32,
    parts: Vec<&'t str>,
}

fn main() {
    println!("cargo::rerun-if-changed={TABLES}");
    println!("cargo::rerun-if-changed={EVENTS}");
    let (tables, events) = (std::fs::read_to_string(TABLES).unwrap(), std::fs::read_to_string(EVENTS).unwrap());
    let code = Maker::new(&tables).make(&events);
    std::fs::write(Path::new(&std::env::var_os("OUT_DIR").unwrap()).join("tables.rs"), code).unwrap();
}

/// Sets the parts of one kind beside each other, each list of parts once.
#[derive(Default)]
struct Lists {
    lists: String,
    count: usize,
    parts: String,
    parts_count: usize,
    known: HashMap<String, usize>,
}

impl Lists {
    /// Answers the number of a list of parts, as code; `more` is code that goes with the list.
    fn number(&mut self, parts: &[String], more: &str) -> usize {
        let key = format!("{more} {}", parts.join(" "));
        if let Some(number) = self.known.get(&key) {
            return *number;
        }
        let (start, length) = (self.parts_count, parts.len());
        writeln!(self.lists, "    List {{ {more}start: {start}, length: {length} }},").unwrap();
        parts.iter().for_each(|part| writeln!(self.parts, "    {part},").unwrap());
        self.parts_count += length;
        self.known.insert(key, self.count);
        self.count += 1;
        self.count - 1
    }
}

/// The names of one kind, sorted.
fn names<'t>(names: impl Iterator<Item = &'t str>) -> Vec<&'t str> {
    names.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Returns the three bytes that a segment is found by. What stands for any segment is found by none.
fn code(name: &str) -> [u8; 3] {
    name.as_bytes().try_into().unwrap_or([b'A', b'N', 0xff])
}

fn number(names: &[&str], name: &str) -> usize {
    names.binary_search(&name).unwrap()
}

/// Takes how often it may stand there off the end of a part.
fn often(part: &str) -> (&str, Often) {
    if let Some((name, range)) = part.split_once('{') {
        let (least, most) = range.trim_end_matches('}').split_once(',').unwrap();
        let most = match most.parse::<u8>().unwrap() {
            0 => 255,
            most => most,
        };
        return (name, (least.parse().unwrap(), most));
    }
    match part.split_at(part.len() - 1) {
        (name, "!") => (name, (1, 1)),
        (name, "*") => (name, (0, 0)),
        (name, "+") => (name, (1, 0)),
        _ => (part, (0, 1)),
    }
}

struct Maker<'t> {
    versions: Vec<&'t str>,
    entries: BTreeMap<&'t str, Vec<Entry<'t>>>,
    segments: Vec<&'t str>,
    groups: Vec<&'t str>,
    types: Vec<&'t str>,
    group_lists: Lists,
}

impl<'t> Maker<'t> {
    fn new(tables: &'t str) -> Self {
        let mut lines = tables.lines();
        let versions = lines.next().unwrap().split(' ').skip(1).collect();
        let mut entries: BTreeMap<&str, Vec<Entry<'_>>> = BTreeMap::new();
        for line in lines {
            let mut words = line.split(' ').filter(|word| !word.is_empty());
            let (kind, name) = (words.next().unwrap(), words.next().unwrap());
            let versions = u32::from_str_radix(words.next().unwrap(), 16).unwrap();
            entries.entry(kind).or_default().push(Entry { name, versions, parts: words.collect() });
        }
        let parts = |kind: &str| entries[kind].iter().flat_map(|entry| entry.parts.iter().map(|part| often(part).0));
        let named = |kind: &str| entries[kind].iter().map(|entry| entry.name);
        let children: Vec<&str> = parts("m").chain(parts("g")).filter(|name| *name != "|").collect();
        let inner = |name: &&'t str| name.strip_prefix('(').map(|name| name.trim_end_matches(')'));
        let segments = names(named("s").chain(children.iter().filter(|it| inner(it).is_none()).copied()));
        let groups = names(named("m").chain(named("g")).chain(children.iter().filter_map(inner)));
        let types = names(named("t").chain(parts("s")).chain(parts("t")).filter(|name| *name != "-"));
        Self { versions, segments, groups, types, group_lists: Lists::default(), entries }
    }

    /// Returns an entry of a version.
    fn entry(&self, kind: &str, name: &str, version: usize) -> Option<&Entry<'t>> {
        self.entries[kind].iter().find(|entry| entry.name == name && entry.versions >> version & 1 == 1)
    }

    /// Answers the number of a structure or group of a version, and of all that is in it.
    fn group(&mut self, kind: &str, name: &str, version: usize) -> usize {
        // Some groups are named and have no parts.
        let mut parts = self.entry(kind, name, version).map(|entry| entry.parts.clone()).unwrap_or_default();
        let is_choice = parts.first() == Some(&"|");
        parts.retain(|part| *part != "|");
        let parts: Vec<(&str, Often)> = parts.into_iter().map(often).collect();
        let children = parts.iter().map(|&(part, (least, most))| {
            let same = || parts.iter().filter(|(other, _)| *other == part).count();
            let first = parts.iter().position(|(other, _)| *other == part).unwrap();
            let is_list = most != 1 || same() > 1;
            let (name, group) = match part.strip_prefix('(').map(|part| part.trim_end_matches(')')) {
                Some(group) => (number(&self.groups, group), self.group("g", group, version)),
                None => (number(&self.segments, part), NONE),
            };
            format!("Child {{ name: {name}, group: {group}, least: {least}, most: {most}, first: {first}, is_list: {is_list} }}")
        });
        let children: Vec<String> = children.collect();
        let more = format!("name: {}, is_choice: {is_choice}, ", number(&self.groups, name));
        self.group_lists.number(&children, &more)
    }

    /// Answers, for each name of a kind, the number of its list in a version.
    fn numbered(&self, kind: &str, names: &[&str], version: usize, lists: &mut Lists) -> String {
        let mut numbers = String::new();
        for name in names {
            let at = match self.entry(kind, name, version) {
                Some(entry) => {
                    let parts: Vec<String> = entry.parts.iter().map(|part| self.typed(part)).collect();
                    lists.number(&parts, "")
                }
                None => NONE,
            };
            write!(numbers, "{at}, ").unwrap();
        }
        numbers
    }

    /// Returns a field or component, as code.
    fn typed(&self, part: &str) -> String {
        let (name, (least, most)) = often(part);
        let kind = if name == "-" { NONE } else { number(&self.types, name) };
        format!("Typed {{ kind: {kind}, least: {least}, most: {most} }}")
    }

    fn make(mut self, events: &str) -> String {
        let (mut segments, mut types) = (Lists::default(), Lists::default());
        let mut versions = String::new();
        for (version, name) in self.versions.clone().into_iter().enumerate() {
            let of_segments = self.numbered("s", &self.segments, version, &mut segments);
            let of_types = self.numbered("t", &self.types, version, &mut types);
            let has = |entry: &&Entry<'t>| entry.versions >> version & 1 == 1;
            let structures: Vec<&str> = self.entries["m"].iter().filter(has).map(|entry| entry.name).collect();
            let structures = structures
                .iter()
                .map(|name| format!("({}, {})", number(&self.groups, name), self.group("m", name, version)));
            let structures = structures.collect::<Vec<_>>().join(", ");
            writeln!(
                versions,
                "    Tables {{ name: {name:?}, structures: &[{structures}], segments: &[{of_segments}], types: &[{of_types}] }},"
            )
            .unwrap();
        }
        let mut rows: Vec<(usize, &str, &str, usize)> = Vec::new();
        for line in events.lines().filter(|line| !line.starts_with('#')) {
            let [version, code, event, structure] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
            let version = self.versions.iter().position(|it| *it == version).unwrap();
            rows.push((version, code, event, number(&self.groups, structure)));
        }
        rows.sort_unstable();
        let groups = &self.group_lists;
        let groups_lists = groups.lists.replace("List {", "Group {");
        let varies = number(&self.types, "varies");
        let type_keys: Vec<String> = self.types.iter().map(|name| format!("\"{name}_")).collect();
        let segment_names: Vec<[u8; 3]> = self.segments.iter().map(|name| code(name)).collect();
        assert!(segment_names.is_sorted(), "segments are found by their bytes");
        format!(
            "pub(super) const VARIES: u16 = {varies};\npub(super) static SEGMENT_NAMES: &[[u8; 3]] = &{:?};\npub static GROUP_NAMES: &[&str] = &{:?};\npub static TYPE_NAMES: &[&str] = &{:?};\n\
             pub(super) static TYPE_KEYS: &[&str] = &{:?};\n\
             pub(super) static GROUPS: &[Group] = &[\n{groups_lists}];\npub(super) static CHILDREN: &[Child] = &[\n{}];\n\
             pub(super) static SEGMENTS: &[List] = &[\n{}];\npub(super) static FIELDS: &[Typed] = &[\n{}];\n\
             pub(super) static TYPES: &[List] = &[\n{}];\npub(super) static COMPONENTS: &[Typed] = &[\n{}];\n\
             pub(super) static VERSIONS: &[Tables] = &[\n{versions}];\n\
             pub(super) static EVENTS: &[(u8, &str, &str, u16)] = &{rows:?};\n",
            segment_names,
            self.groups,
            self.types,
            type_keys,
            groups.parts,
            segments.lists,
            segments.parts,
            types.lists,
            types.parts,
        )
    }
}
