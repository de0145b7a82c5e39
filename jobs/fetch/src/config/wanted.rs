//! One file that is fetched: which source reads it, and where its publisher tells of it.

use carelake_core::config::check_own_name;
use carelake_core::config::reader::{Form, Key, Mistakes, Spot};

/// The keys of an entry.
pub(super) const WANTED: [Key; 5] = [
    Key::new("provider_data", Form::Text, "The id of a dataset of the Provider Data Catalog, such as mj5m-pzi6"),
    Key::new("data_cms", Form::Keys(&DATA_CMS), "A dataset of data.cms.gov, and which of its files"),
    Key::new("nppes", Form::Word(&["monthly", "weekly"]), "The files of NPPES: all of it, or what changed in a week"),
    Key::new("source", Form::Text, "The source of the monthly run that reads it; the name of the entry unless set"),
    Key::new("min_share", Form::Number(0.0, 1.0), "As in the section, for this entry"),
];

/// The keys of a dataset of data.cms.gov.
const DATA_CMS: [Key; 2] = [
    Key::new("dataset", Form::Text, "Its uuid, or its title").required(),
    Key::new("file", Form::Text, "How the name of the file begins, up to its date; what the source reads unless set"),
];

/// One file that is fetched.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// The name of the entry.
    pub name: String,
    /// The source of the monthly run that reads it.
    pub source: String,
    /// The share of the bytes of the last release below which a release waits for somebody.
    pub min_share: f64,
    /// Where its publisher tells of it.
    pub at: At,
}

/// Where the publisher of a file tells of its current release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// In the Provider Data Catalog.
    ProviderData {
        /// The dataset.
        id: String,
    },
    /// In the catalog of data.cms.gov.
    DataCms {
        /// The uuid of the dataset, or its title.
        dataset: String,
        /// How the name of the file begins.
        file: Option<String>,
    },
    /// In the list of the files of NPPES.
    Nppes(Cadence),
}

/// Which files of NPPES.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cadence {
    /// The registry as a whole.
    Monthly,
    /// What changed in a week.
    Weekly,
}

/// Reads an entry.
pub(super) fn read(name: &str, spot: &Spot<'_>, min_share: f64, mistakes: &mut Mistakes) -> Option<Wanted> {
    check_own_name(spot, name, mistakes);
    let fields = spot.keyed(&WANTED, mistakes);
    let ways: Vec<&Key> = WANTED.iter().take(3).filter(|key| fields.get(key.name).is_some()).collect();
    if spot.is_map() && ways.len() != 1 {
        mistakes.add(spot, "must have one of provider_data, data_cms and nppes: where its publisher tells of it");
    }
    let provider_data = fields.get("provider_data").and_then(|spot| {
        let id = spot.text("the id of a dataset", mistakes)?;
        is_plain(&id, &spot, mistakes).then_some(At::ProviderData { id })
    });
    let data_cms = fields.get("data_cms").and_then(|spot| {
        let fields = spot.keyed(&DATA_CMS, mistakes);
        let dataset = fields.text("dataset", "its uuid or its title", mistakes);
        let file = fields.get("file").and_then(|spot| spot.text("how the name of the file begins", mistakes));
        (!dataset.is_empty()).then_some(At::DataCms { dataset, file })
    });
    let cadences = [("monthly", Cadence::Monthly), ("weekly", Cadence::Weekly)];
    let nppes = fields.get("nppes").and_then(|spot| Some(At::Nppes(spot.choice(&cadences, mistakes)?)));
    let source = fields.get("source").and_then(|spot| spot.text("a source of the monthly run", mistakes));
    let min_share = fields.number_or("min_share", "a number", 0.0..=1.0, min_share, mistakes);
    let source = source.unwrap_or_else(|| name.to_owned());
    Some(Wanted { name: name.to_owned(), source, min_share, at: provider_data.or(data_cms).or(nppes)? })
}

/// Checks that an id can be part of a path.
fn is_plain(id: &str, spot: &Spot<'_>, mistakes: &mut Mistakes) -> bool {
    let is_plain = id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if !is_plain {
        mistakes.add(spot, format!("must be letters, digits and hyphens, as in mj5m-pzi6, not `{id}`"));
    }
    is_plain
}
