//! The section as a whole.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use carelake_core::config::reader::{Fields, Mistakes, Spot};
use carelake_core::config::{FILES, Section};
use carelake_records::Limits;

use super::known::{CodeList, Known};
use super::partner::Partner;
use super::{codes, declared, defaults, keys, overlap, page, partner, schema};
use crate::common::CommonTable;
use crate::config::Defaults;
use crate::feed::Feed;

/// Where fetched files land where nothing is said, below the folder of the configuration.
const LANDING: &str = "landing";

/// The section of the configuration that this room reads.
pub const SECTION: Section = Section {
    name: "intake",
    check: |spot, folder, mistakes| {
        read(spot, folder, mistakes);
    },
    schema: schema::schema,
};

/// Everything that the section says, checked.
#[derive(Debug, Clone)]
pub struct Intake {
    /// What holds for every feed that does not say otherwise.
    pub defaults: Defaults,
    /// What a file may ask of its reader.
    pub limits: Limits,
    /// The code lists, by name.
    pub code_lists: BTreeMap<String, CodeList>,
    /// The common tables: those that are always there, then the declared ones.
    pub tables: Vec<Arc<CommonTable>>,
    /// The folder of this machine that fetched files land in.
    pub landing: PathBuf,
    /// What is said about partners, by name.
    pub partners: BTreeMap<String, Partner>,
    /// The feeds, in the order of the files.
    pub feeds: Vec<Arc<Feed>>,
    /// The texts of the files of reference that feeds look up in, by their names.
    pub references: BTreeMap<String, String>,
}

impl Intake {
    /// Returns the feed with this name.
    #[must_use]
    pub fn feed(&self, name: &str) -> Option<&Arc<Feed>> {
        self.feeds.iter().find(|feed| feed.name == name)
    }

    /// Returns the feeds of a partner.
    pub fn feeds_of<'a>(&'a self, partner: &'a str) -> impl Iterator<Item = &'a Arc<Feed>> {
        self.feeds.iter().filter(move |feed| feed.partner == partner)
    }

    /// Returns what holds for a partner, whether anything is said about it or not.
    #[must_use]
    pub fn partner(&self, name: &str) -> Partner {
        let unsaid = || Partner { max_concurrency: self.defaults.max_concurrency, networks: Vec::new(), account: None };
        self.partners.get(name).cloned().unwrap_or_else(unsaid)
    }
}

/// Reads the section; `folder` is that of the configuration, for files of reference.
///
/// All that is wrong is told at once. What is answered can be trusted if nothing is.
pub fn read(spot: &Spot<'_>, folder: &Path, mistakes: &mut Mistakes) -> Intake {
    let fields = spot.keyed(&keys::SECTION, mistakes);
    let defaults = defaults::read(fields.get("defaults").as_ref(), mistakes);
    let code_lists = fields.get("code_lists").map(|spot| codes::read_all(&spot, mistakes)).unwrap_or_default();
    let tables = declared::read_all(fields.get("tables").as_ref(), mistakes);
    let partners = partner::read_all(fields.get("partners").as_ref(), &defaults, mistakes);
    let files = fields.get(FILES).map(|spot| files(&spot, mistakes)).unwrap_or_default();
    let references = RefCell::new(BTreeMap::new());
    let known = Known { lists: &code_lists, tables: &tables, folder, files: &files, references: &references };
    let entries = fields.get("feeds").map(|spot| spot.entries("feeds by name", mistakes)).unwrap_or_default();
    let mut read: Vec<(Feed, Spot<'_>)> = Vec::new();
    for (name, spot) in entries {
        let partner_of = |name: &str| partners.get(name).cloned();
        if let Some(feed) = page::read(name, &spot, &defaults, partner_of, &known, mistakes) {
            read.push((feed, spot));
        }
    }
    check_paths(&read, mistakes);
    check_partners(&fields, &read, mistakes);
    let limits = fields.get("limits").map(|spot| limits(&spot, mistakes)).unwrap_or_default();
    let landing = fields.get("landing").and_then(|spot| spot.text("a folder", mistakes));
    let landing = folder.join(landing.as_deref().unwrap_or(LANDING));
    let feeds = read.into_iter().map(|(feed, _)| Arc::new(feed)).collect();
    Intake { defaults, limits, landing, code_lists, tables, partners, feeds, references: references.into_inner() }
}

/// Reads the texts of files of reference, as a deployed configuration has them.
fn files(spot: &Spot<'_>, mistakes: &mut Mistakes) -> BTreeMap<String, String> {
    let entries = spot.entries("the texts of files by their names", mistakes);
    entries
        .into_iter()
        .filter_map(|(name, spot)| Some((name.to_owned(), spot.text("the text of a file", mistakes)?)))
        .collect()
}

/// Checks that no file can be of two feeds.
fn check_paths(feeds: &[(Feed, Spot<'_>)], mistakes: &mut Mistakes) {
    for (place, (feed, spot)) in feeds.iter().enumerate() {
        let others = feeds.iter().take(place).map(|(other, _)| other).filter(|other| other.partner == feed.partner);
        for other in others.filter(|other| overlap::overlap(&feed.path, &other.path)) {
            let spot = spot.child("path").unwrap_or_else(|| spot.clone());
            let (name, path) = (&other.name, other.path.as_str());
            mistakes.add(&spot, format!("a file can be of this feed and of {name} (`{path}`); tell their names apart"));
        }
    }
}

/// Checks that what is said about partners is about somebody who sends something.
fn check_partners(fields: &Fields<'_>, feeds: &[(Feed, Spot<'_>)], mistakes: &mut Mistakes) {
    let Some(spot) = fields.get("partners").filter(|_| !feeds.is_empty()) else { return };
    for (name, spot) in spot.entries("partners by name", &mut Mistakes::default()) {
        if feeds.iter().all(|(feed, _)| feed.partner != name) {
            let names = feeds.iter().map(|(feed, _)| feed.partner.as_str());
            mistakes.unknown(&spot, format!("no feed is of `{name}`"), name, names);
        }
    }
}

/// Reads what a file may ask of its reader.
fn limits(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Limits {
    let preset = Limits::default();
    let fields = spot.keyed(&keys::LIMITS, mistakes);
    let mut whole = |key: &str, preset: u64| fields.whole_or(key, "a whole number", preset, mistakes);
    Limits {
        unpacked_bytes: whole("unpacked_bytes", preset.unpacked_bytes),
        ratio: whole("ratio", preset.ratio),
        ratio_from_bytes: whole("ratio_from_bytes", preset.ratio_from_bytes),
        cells: whole("cells", preset.cells),
        members: whole("members", preset.members as u64) as usize,
        depth: whole("depth", preset.depth as u64) as usize,
        value_bytes: whole("value_bytes", preset.value_bytes as u64) as usize,
        columns: whole("columns", preset.columns as u64) as usize,
    }
}
