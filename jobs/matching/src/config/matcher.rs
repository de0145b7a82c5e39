//! One matcher: its records, its reference, its fields and rules.

use std::path::{Path, PathBuf};

use carelake_core::config::check_own_name;
use carelake_core::config::reader::{Fields, Mistakes, Spot};

use super::block::{self, Part};
use super::column::COMMON;
use super::field::{self, Field};
use super::input::{Input, ReferenceFrom};
use super::keys::MATCHER;
use super::outcome::{self, Feeds, OneToOne, Repair, Review, Thresholds};
use super::rule::{self, Never, Rule};
use crate::compare::Nicknames;
use crate::values::{flat, text};

/// A matcher.
#[derive(Debug, Clone, PartialEq)]
pub struct Matcher {
    /// Its name.
    pub name: String,
    /// The records that are looked up.
    pub input: Input,
    /// Whether the view `persons` takes these feeds from what it publishes.
    pub serves: bool,
    /// Where they are looked up.
    pub reference: ReferenceFrom,
    /// Placeholders beside those that everybody knows, by field or column.
    pub missing: Vec<(String, Vec<String>)>,
    /// First names that stand for each other.
    pub nicknames: Nicknames,
    /// The fields, in the order of the sum.
    pub fields: Vec<Field>,
    /// The passes that bring up candidates.
    pub passes: Vec<Vec<Part>>,
    /// Records of the reference with one key from which the key says nothing.
    pub max_block: usize,
    /// What parts a record from a person.
    pub never: Vec<Never>,
    /// What joins them; the first that holds counts.
    pub rules: Vec<Rule>,
    /// The file of the model; none: the one that was trained last.
    pub model: Option<PathBuf>,
    /// Weights in bits.
    pub thresholds: Thresholds,
    /// The places of fields on which a record may not contradict the person's best value.
    pub must_agree: Vec<usize>,
    /// Which records may not be the same person.
    pub one_to_one: OneToOne,
    /// What is repaired.
    pub repair: Vec<Repair>,
    /// Feeds or partners whose rows may be given a full number.
    pub accepts_ssn: Feeds,
    /// Feeds of one partner that share patient ids.
    pub same_ids: Vec<Vec<String>>,
    /// What is asked.
    pub review: Review,
    /// How far the share of exact or proposed records may move from one run to the next, 0 to 1.
    pub max_shift: f64,
}

impl Matcher {
    /// Reads an entry of the section; `folder` is that of the configuration, for the model.
    pub fn read(name: &str, spot: &Spot<'_>, folder: &Path, mistakes: &mut Mistakes) -> Self {
        check_own_name(spot, name, mistakes);
        let keyed = spot.keyed(&MATCHER, mistakes);
        let fields = keyed.required("fields", "the fields that are compared", mistakes);
        let fields = fields.map(|spot| field::read(&spot, mistakes)).unwrap_or_default();
        let passes = keyed.required("block", "the passes that bring up candidates", mistakes);
        let passes = passes.map(|spot| block::read(&spot, &fields, mistakes)).unwrap_or_default();
        let model = keyed.get("model").and_then(|spot| spot.text("the path of a model", mistakes));
        let must_agree = keyed.get("must_agree").map(|spot| spot.texts("fields", mistakes)).unwrap_or_default();
        let must_agree =
            must_agree.iter().filter_map(|(name, spot)| field::find(&fields, name, spot, mistakes)).collect();
        let input = Input::read(&keyed, mistakes);
        let repair = outcome::read_repair(keyed.get("repair"), mistakes);
        let review = Review::read(keyed.get("review"), mistakes);
        check_columns(&keyed, &input, &fields, mistakes);
        Self {
            name: name.to_owned(),
            serves: keyed.get("serve").is_some_and(|spot| spot.boolean(mistakes).unwrap_or_default()),
            reference: ReferenceFrom::read(&keyed, mistakes),
            missing: missing(keyed.get("missing"), &fields, mistakes),
            nicknames: nicknames(keyed.get("nicknames"), mistakes),
            max_block: keyed.whole("max_block", mistakes),
            never: rule::read_never(keyed.get("never"), &fields, mistakes),
            rules: rule::read_rules(keyed.get("rules"), (&fields, &passes), mistakes),
            model: model.map(|model| folder.join(model)),
            thresholds: Thresholds::read(&keyed, mistakes),
            must_agree,
            one_to_one: keyed.word("one_to_one", OneToOne::Delivery, &[OneToOne::Off, OneToOne::Reference], mistakes),
            accepts_ssn: outcome::read_feeds(keyed.get("accepts_ssn"), mistakes),
            same_ids: same_ids(keyed.get("same_ids"), mistakes),
            max_shift: keyed.fraction_or("max_shift", keyed.preset_number("max_shift"), mistakes),
            input,
            fields,
            passes,
            repair,
            review,
        }
    }

    /// Returns whether two feeds share their patient ids.
    #[must_use]
    pub fn shares_ids(&self, one: &str, other: &str) -> bool {
        let has = |set: &[String], feed: &str| set.iter().any(|name| name == feed);
        one == other || self.same_ids.iter().any(|set| has(set, one) && has(set, other))
    }
}

fn missing(spot: Option<Spot<'_>>, fields: &[Field], mistakes: &mut Mistakes) -> Vec<(String, Vec<String>)> {
    let entries = spot.map(|spot| spot.entries("placeholders, by field", mistakes)).unwrap_or_default();
    let mut read = Vec::new();
    for (name, spot) in entries {
        let known: Vec<&str> = fields.iter().map(|field| field.name.as_str()).chain(COMMON).collect();
        if !known.contains(&name) {
            mistakes.unknown(&spot, format!("there is no field `{name}`"), name, known);
        }
        let texts = spot.texts("texts that stand for nothing", mistakes);
        read.push((name.to_owned(), texts.into_iter().map(|(text, _)| text).collect()));
    }
    read
}

fn nicknames(spot: Option<Spot<'_>>, mistakes: &mut Mistakes) -> Nicknames {
    let mut all = Nicknames::default();
    for spot in spot.map(|spot| spot.list("groups of names", mistakes)).unwrap_or_default() {
        let names = spot.texts("names that stand for each other", mistakes);
        all.add(names.iter().filter_map(|(name, _)| text(name)).map(|name| flat(&name)));
    }
    all
}

fn same_ids(spot: Option<Spot<'_>>, mistakes: &mut Mistakes) -> Vec<Vec<String>> {
    let sets = spot.map(|spot| spot.list("lists of feeds", mistakes)).unwrap_or_default();
    let mut read = Vec::with_capacity(sets.len());
    for spot in sets {
        read.push(spot.texts("feeds that share patient ids", mistakes).into_iter().map(|(text, _)| text).collect());
    }
    read
}

/// Returns the values of a list; what is wrong with it is told where it is read.
fn children(spot: Option<Spot<'_>>) -> Vec<Spot<'_>> {
    spot.map(|spot| spot.list("", &mut Mistakes::default())).unwrap_or_default()
}

/// Says which required, repaired and reviewed columns the common schema does not have, where all inputs are in it.
fn check_columns(keyed: &Fields<'_>, input: &Input, fields: &[Field], mistakes: &mut Mistakes) {
    if !input.publications.iter().all(|pattern| pattern.starts_with("intake/persons/")) {
        return;
    }
    let own = fields.iter().map(|field| field.name.as_str());
    let known: Vec<&str> = OTHERS.into_iter().chain(COMMON).chain(own).collect();
    let mut check = |name: &str, spot: &Spot<'_>| {
        if !known.contains(&name) {
            mistakes.unknown(spot, format!("there is no column `{name}`"), name, known.iter().copied());
        }
    };
    let required = keyed.get("input").and_then(|spot| spot.child("required"));
    let second = keyed.get("review").and_then(|spot| spot.child("second"));
    let mut spots = [children(required), children(second)].concat();
    for spot in children(keyed.get("repair")) {
        match spot.child("together") {
            Some(group) => spots.extend(children(Some(group))),
            None => spots.push(spot),
        }
    }
    for spot in spots {
        if let Some(name) = spot.raw_text() {
            check(name, &spot);
        }
    }
}

/// The other columns of the common schema of persons that can be given.
const OTHERS: [&str; 9] =
    ["death_date", "race", "ethnicity", "language", "medicare_id", "medicaid_id", "member_id", "county", "partner"];
