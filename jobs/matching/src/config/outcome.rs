//! What follows from a comparison: thresholds, repairs, reviews.

use carelake_core::config::reader::{Fields, Mistakes, Spot};

use super::keys::{REVIEW, THRESHOLDS, TOGETHER};

/// Weights in bits, the prior included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// From here a pair is exact.
    pub exact: f64,
    /// From here it is proposed.
    pub propose: f64,
    /// So far behind another person must be.
    pub margin: f64,
}

/// Which records may not be the same person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OneToOne {
    /// Any may.
    Off,
    /// Two ids of one delivery may not.
    Delivery,
    /// Nor may an id when its partner has another of the person in the reference.
    Reference,
}

/// What is repaired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repair {
    /// A column alone.
    Column(String),
    /// Columns that are filled from one record, if what is there agrees with it.
    Together(Vec<String>),
}

/// Feeds or partners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feeds {
    /// All.
    All,
    /// These.
    Named(Vec<String>),
}

impl Feeds {
    /// Returns whether a feed, or its partner, is one of them.
    #[must_use]
    pub fn has(&self, feed: &str, partner: Option<&str>) -> bool {
        match self {
            Self::All => true,
            Self::Named(names) => names.iter().any(|name| name == feed || Some(name.as_str()) == partner),
        }
    }
}

/// What is asked, and how often.
#[derive(Debug, Clone, PartialEq)]
pub struct Review {
    /// Columns whose repair needs two people.
    pub second: Vec<String>,
    /// The share of exact records of which every repair needs two people, 0 to 1; 1 where it is `always`.
    pub second_share: f64,
    /// The share of exact records that are asked blindly, 0 to 1.
    pub sample_exact: f64,
    /// The share of records without a person that are asked blindly, 0 to 1.
    pub sample_none: f64,
    /// Days after which a question is dropped.
    pub expire_days: u32,
}

impl Thresholds {
    pub(super) fn read(fields: &Fields<'_>, mistakes: &mut Mistakes) -> Self {
        let spot = fields.required("thresholds", "exact, propose and margin in bits", mistakes);
        let keyed = spot.clone().unwrap_or_else(Spot::empty).keyed(&THRESHOLDS, mistakes);
        let mut number = |name: &str| match spot {
            Some(_) if keyed.required(name, "a weight in bits", mistakes).is_some() => {
                keyed.fraction_or(name, 0.0, mistakes)
            }
            _ => 0.0,
        };
        let (exact, propose) = (number("exact"), number("propose"));
        if let (Some(spot), true) = (keyed.get("exact"), exact < propose) {
            mistakes.add(&spot, format!("is below `propose: {propose}`"));
        }
        Self { exact, propose, margin: keyed.fraction_or("margin", 0.0, mistakes) }
    }
}

impl Review {
    pub(super) fn read(spot: Option<Spot<'_>>, mistakes: &mut Mistakes) -> Self {
        let keyed = spot.unwrap_or_else(Spot::empty).keyed(&REVIEW, mistakes);
        let (second, second_share) = keyed.get("second").map(|spot| read_second(&spot, mistakes)).unwrap_or_default();
        Self {
            second,
            second_share,
            sample_exact: keyed.fraction_or("sample_exact", keyed.preset_number("sample_exact"), mistakes),
            sample_none: keyed.fraction_or("sample_none", keyed.preset_number("sample_none"), mistakes),
            expire_days: keyed.whole("expire_days", mistakes),
        }
    }
}

/// Reads `second`: `always`, columns, or a share of the records.
fn read_second(spot: &Spot<'_>, mistakes: &mut Mistakes) -> (Vec<String>, f64) {
    if spot.is_list() {
        return (spot.texts("columns", mistakes).into_iter().map(|(text, _)| text).collect(), 0.0);
    }
    if spot.raw_text() == Some("always") {
        return (Vec::new(), 1.0);
    }
    let share = spot.raw_text().and_then(|text| text.parse().ok()).filter(|share| (0.0..=1.0).contains(share));
    if share.is_none() {
        spot.expected("columns, always, or a share from 0 to 1", mistakes);
    }
    (Vec::new(), share.unwrap_or_default())
}

/// Reads `repair`: a column stands at most once alone, and once in a group.
pub(super) fn read_repair(spot: Option<Spot<'_>>, mistakes: &mut Mistakes) -> Vec<Repair> {
    let spots = spot.map(|spot| spot.list("columns, or {together: [columns]}", mistakes)).unwrap_or_default();
    let (mut alone, mut grouped): (Vec<String>, Vec<String>) = Default::default();
    let mut read = Vec::new();
    let once = |known: &mut Vec<String>, name: &str, spot: &Spot<'_>, mistakes: &mut Mistakes| {
        if known.iter().any(|other| other == name) {
            mistakes.add(spot, format!("`{name}` stands twice"));
        }
        if name == "ssn" {
            mistakes.add(spot, "is no column; name social_security_number or ssn_last4");
        }
        known.push(name.to_owned());
    };
    for spot in spots {
        if !spot.is_map() {
            if let Some(name) = spot.text("a column, or {together: [columns]}", mistakes) {
                once(&mut alone, &name, &spot, mistakes);
                read.push(Repair::Column(name));
            }
            continue;
        }
        let keyed = spot.keyed(&TOGETHER, mistakes);
        let group = keyed.required("together", "columns that are filled from one record", mistakes);
        let group = group.map(|spot| spot.texts("columns", mistakes)).unwrap_or_default();
        group.iter().for_each(|(name, spot)| once(&mut grouped, name, spot, mistakes));
        if !group.is_empty() {
            read.push(Repair::Together(group.into_iter().map(|(name, _)| name).collect()));
        }
    }
    read
}

/// Reads feeds or partners; `*` is all of them.
pub(super) fn read_feeds(spot: Option<Spot<'_>>, mistakes: &mut Mistakes) -> Feeds {
    let texts = spot.map(|spot| spot.texts("feeds or partners", mistakes)).unwrap_or_default();
    let names: Vec<String> = texts.into_iter().map(|(text, _)| text).collect();
    if names.iter().any(|name| name == "*") { Feeds::All } else { Feeds::Named(names) }
}
