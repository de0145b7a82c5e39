//! The page that is proposed.

use std::collections::BTreeMap;

use super::InferOptions;
use super::meaning::{Table, Target};
use super::sample::{Column, Sample, Set};
use super::yaml::Lines;

mod name;

/// A proposed page of a feed.
#[derive(Debug, Clone)]
pub struct Page {
    feed: String,
    partner: String,
    path: String,
    delivery: (&'static str, Option<&'static str>),
    time_zone: String,
    sample: Sample,
    tables: Vec<Table>,
    /// The names that fields without one get, by those that they had.
    renamed: BTreeMap<String, String>,
    doubts: Vec<String>,
}

impl Page {
    /// Makes the page of a file of this name.
    pub(super) fn new(file: &str, options: &InferOptions, sample: Sample, tables: Vec<Table>) -> Self {
        let (path, says_date) = name::pattern(file);
        let mut doubts = sample.doubts.clone();
        if !says_date && sample.declared.is_none() {
            doubts.push("no delivery date was found in the name or in the file: it is the day of arrival".to_owned());
        }
        if tables.is_empty() {
            doubts.push("no column was recognised; say which table it feeds and from what".to_owned());
        }
        let mut page = Self {
            feed: options.feed.clone(),
            partner: options.partner.clone(),
            path,
            delivery: delivery(&sample, &tables),
            time_zone: options.time_zone.clone(),
            renamed: renamed(&sample, &tables),
            sample,
            tables,
            doubts,
        };
        if says_date {
            page.sample.declared = None;
        }
        page
    }

    /// Returns the name of the feed.
    #[must_use]
    pub fn feed(&self) -> &str {
        &self.feed
    }

    /// Writes the page.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let mut lines = Lines::default();
        lines.comment(
            0,
            "Proposed by `carelake intake infer`; read every comment, then try it with `carelake intake try`.",
        );
        for doubt in &self.doubts {
            lines.comment(0, doubt);
        }
        lines.open(0, "intake");
        lines.open(1, "feeds");
        lines.open(2, &self.feed);
        let text = |text: &str| Set::Text(text.to_owned());
        lines.entry(3, "partner", &text(&self.partner), &[]);
        lines.entry(3, "path", &text(&self.path), &[]);
        self.format(&mut lines);
        let (mode, doubt) = self.delivery;
        lines.entry(3, "delivery", &text(mode), &doubt.map(str::to_owned).into_iter().collect::<Vec<_>>());
        self.declared(&mut lines);
        lines.entry(3, "time_zone", &text(&self.time_zone), &[]);
        let mut nulls: Vec<String> = Vec::new();
        for word in self.tables.iter().flat_map(|table| &table.nulls) {
            if !nulls.contains(word) {
                nulls.push(word.clone());
            }
        }
        if !nulls.is_empty() {
            lines.entry(3, "null_tokens", &Set::List(nulls.into_iter().map(Set::Text).collect()), &[]);
        }
        lines.open(3, "tables");
        for table in &self.tables {
            self.table(table, &mut lines);
        }
        lines.into_text()
    }

    fn format(&self, lines: &mut Lines) {
        lines.open(3, "format");
        for setting in &self.sample.format {
            let value = self.with_names(&setting.value);
            let comments: Vec<String> = setting.comment.iter().cloned().collect();
            match &value {
                Set::Map(entries) if matches!(setting.key, "fields" | "records") => {
                    lines.open(4, setting.key);
                    for (key, value) in entries {
                        self.fields(key, value, lines);
                    }
                }
                value => lines.entry(4, setting.key, value, &comments),
            }
        }
    }

    fn fields(&self, key: &str, value: &Set, lines: &mut Lines) {
        match value {
            Set::Map(entries) => {
                lines.open(5, key);
                for (key, value) in entries {
                    lines.entry(6, key, value, &[]);
                }
            }
            value => lines.entry(5, key, value, &[]),
        }
    }

    fn declared(&self, lines: &mut Lines) {
        let Some((source, format)) = &self.sample.declared else { return };
        let mut entries = Vec::new();
        match source.split_once(':') {
            Some((record, field)) => {
                entries.push(("record".to_owned(), Set::Text(record.to_owned())));
                entries.push(("from".to_owned(), Set::Text(field.to_owned())));
            }
            None => entries.push(("from".to_owned(), Set::Text(source.clone()))),
        }
        entries.push(("date".to_owned(), Set::Text(format.clone())));
        lines.entry(
            3,
            "declared_in",
            &Set::Map(entries),
            &["the delivery date, as the name does not tell it".to_owned()],
        );
    }

    fn table(&self, table: &Table, lines: &mut Lines) {
        lines.open(4, table.name);
        for doubt in &table.doubts {
            lines.comment(5, doubt);
        }
        let text = |text: &str| Set::Text(text.to_owned());
        if let Some(part) = self.sample.parts.get(table.part) {
            if let Some(name) = &part.name {
                let is_workbook =
                    self.sample.format.iter().any(|setting| setting.value == Set::Word("workbook".to_owned()));
                let dated = name::part(name, &self.path);
                lines.entry(5, if is_workbook { "sheet" } else { "member" }, &text(&dated), &[]);
            }
            if let Some((_, value)) = &part.select {
                lines.entry(5, "record", &text(value), &[]);
            }
            if let Some(each) = &part.each {
                lines.entry(5, "each", &text(each), &[]);
            }
        }
        let key = if table.name == "persons" { "patient_id" } else { "encounter_id" };
        lines.entry(
            5,
            "key",
            &Set::List(vec![Set::Word(key.to_owned())]),
            &key_doubt(table).into_iter().collect::<Vec<_>>(),
        );
        let order = if table.has(Target::UpdatedAt) {
            vec![text("updated_at desc"), text("line desc")]
        } else {
            vec![text("line desc")]
        };
        lines.entry(5, "order", &Set::List(order), &[]);
        self.filters(table, key, lines);
        self.operation(table, lines);
        lines.open(5, "columns");
        self.missing(table, lines);
        for mapped in &table.mapped {
            let comments: Vec<String> = mapped.comments.clone();
            lines.entry(6, &mapped.column, &self.with_names(&mapped.value), &comments);
        }
        for source in &table.unmapped {
            lines.comment(6, &format!("not mapped: {}", self.renamed.get(source).unwrap_or(source)));
        }
    }

    /// Leaves out rows about the person only, and the line of names where the format has none.
    fn filters(&self, table: &Table, key: &str, lines: &mut Lines) {
        let text = |text: &str| Set::Text(text.to_owned());
        let entries = |entries: [(&str, Set); 3]| {
            Set::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
        };
        let (mut filters, mut why) = (Vec::new(), Vec::new());
        if let Some((field, name)) = self.sample.parts.get(table.part).and_then(|part| part.head.as_ref()) {
            let field = self.renamed.get(field).unwrap_or(field);
            filters.push(entries([("from", text(field)), ("equals", text(name)), ("rule", text("names"))]));
            why.push("the first line has the names of the fields".to_owned());
        }
        if table.may_lack_key {
            let is_empty = Set::Word("true".to_owned());
            filters.push(entries([("column", text(key)), ("empty", is_empty), ("rule", text("no_visit"))]));
            why.push("rows about the person only".to_owned());
        }
        if !filters.is_empty() {
            lines.entry(5, "filter", &Set::List(filters), &why);
        }
    }

    fn operation(&self, table: &Table, lines: &mut Lines) {
        let Some((column, removes)) = table.operation.as_ref().filter(|_| self.delivery.0 == "upsert") else { return };
        let (removes, comment) = if removes.is_empty() {
            (vec!["D".to_owned()], Some("no removal was seen; say which code it is".to_owned()))
        } else {
            (removes.clone(), None)
        };
        let value = Set::Map(vec![
            source_of(column),
            ("remove".to_owned(), Set::List(removes.into_iter().map(Set::Text).collect())),
        ]);
        lines.entry(5, "operation", &self.with_names(&value), &comment.into_iter().collect::<Vec<_>>());
    }

    /// Says which columns no row may lack and none was found for.
    fn missing(&self, table: &Table, lines: &mut Lines) {
        let needed: &[(&str, Target)] = if table.name == "persons" {
            &[("patient_id", Target::PatientId)]
        } else {
            &[
                ("encounter_id", Target::EncounterId),
                ("patient_id", Target::PatientId),
                ("encounter_start", Target::Start),
            ]
        };
        for (name, target) in needed {
            if !table.has(*target) {
                lines.comment(6, &format!("{name}: no row may lack it, and no column was recognised as it"));
            }
        }
    }

    /// Puts the names that fields got in the place of those that they had.
    fn with_names(&self, value: &Set) -> Set {
        match value {
            Set::Text(text) => Set::Text(self.renamed.get(text).unwrap_or(text).clone()),
            Set::Word(word) => Set::Word(word.clone()),
            Set::List(items) => Set::List(items.iter().map(|item| self.with_names(item)).collect()),
            Set::Map(entries) => Set::Map(
                entries
                    .iter()
                    .map(|(key, value)| (self.renamed.get(key).unwrap_or(key).clone(), self.with_names(value)))
                    .collect(),
            ),
        }
    }
}

fn source_of(column: &Column) -> (String, Set) {
    match column.source.strip_prefix('#') {
        Some(place) => ("position".to_owned(), Set::Word(place.to_owned())),
        None => ("from".to_owned(), Set::Text(column.source.clone())),
    }
}

fn key_doubt(table: &Table) -> Option<String> {
    let (rows, distinct) = table.keys;
    (rows > distinct).then(|| format!("{distinct} different ones in {rows} rows: the last of several wins"))
}

/// Tells what a delivery probably is.
fn delivery(sample: &Sample, tables: &[Table]) -> (&'static str, Option<&'static str>) {
    let is_hl7 = sample.format.first().is_some_and(|setting| setting.value == Set::Word("hl7".to_owned()));
    let has_updates = !tables.is_empty() && tables.iter().all(|table| table.has(Target::UpdatedAt));
    let has_operation = tables.iter().any(|table| table.operation.is_some());
    let only_visits = tables.iter().all(|table| table.name == "encounters");
    match (is_hl7, has_updates, has_operation) {
        (true, ..) => ("upsert", None),
        (_, true, true) => ("upsert", None),
        (_, _, true) => ("upsert", Some("there is an operation, but no time of the change: the later row wins")),
        (_, true, false) => ("upsert", Some("there is a time of the change; if every file holds all rows, it is full")),
        _ if only_visits => {
            ("append", Some("one file does not tell: full if each holds all rows, upsert if rows change"))
        }
        _ => ("full", Some("one file does not tell: append or upsert if a file holds new rows only")),
    }
}

/// Names fields that have no name by what they were recognised as.
fn renamed(sample: &Sample, tables: &[Table]) -> BTreeMap<String, String> {
    let mut renamed: BTreeMap<String, String> = BTreeMap::new();
    let is_fixed = sample.format.first().is_some_and(|setting| setting.value == Set::Word("fixed_width".to_owned()));
    for mapped in tables.iter().flat_map(|table| &table.mapped).filter(|_| is_fixed) {
        for (number, source) in sources(&mapped.value).into_iter().enumerate() {
            let base = mapped.target.name();
            let name = if number == 0 { base.to_owned() } else { format!("{base}_{}", number + 1) };
            renamed.entry(source).or_insert(name);
        }
    }
    renamed
}

fn sources(value: &Set) -> Vec<String> {
    match value {
        Set::Text(text) => vec![text.clone()],
        Set::Word(_) => Vec::new(),
        Set::List(items) => items.iter().flat_map(sources).collect(),
        Set::Map(entries) => entries
            .iter()
            .filter(|(key, _)| matches!(key.as_str(), "from" | "list"))
            .flat_map(|(_, value)| sources(value))
            .collect(),
    }
}
