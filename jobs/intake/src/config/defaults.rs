//! What holds for every feed that does not say otherwise.

use carelake_core::config::reader::{Fields, Mistakes, Spot};
use jiff::tz::TimeZone;

use super::text::texts;
use super::{expected, keys};
use crate::feed::{Expected, Thresholds};

/// What holds for every feed that does not say otherwise.
#[derive(Debug, Clone)]
pub struct Defaults {
    /// Seconds for which size and time of a file must not have moved.
    pub settle_secs: u64,
    /// Minutes for which an empty object may still be filled.
    pub empty_grace_mins: u64,
    /// How many deliveries of a partner are worked on at once.
    pub max_concurrency: usize,
    /// When a delivery is refused.
    pub thresholds: Thresholds,
    /// The zone of local times and its name.
    pub time_zone: Option<(String, TimeZone)>,
    /// The texts that stand for nothing.
    pub null_tokens: Vec<String>,
    /// When the next delivery is expected.
    pub expected: Option<Expected>,
    /// Whom to tell.
    pub notify: Vec<String>,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            settle_secs: 10,
            empty_grace_mins: 15,
            max_concurrency: 2,
            thresholds: Thresholds {
                max_reject_ratio: 0.05,
                max_drop_ratio: 0.3,
                min_rows: 1,
                max_invalid_rise: 0.2,
                max_loss: 0.5,
            },
            time_zone: None,
            null_tokens: Vec::new(),
            expected: None,
            notify: Vec::new(),
        }
    }
}

/// Reads the defaults.
pub(super) fn read(spot: Option<&Spot<'_>>, mistakes: &mut Mistakes) -> Defaults {
    let preset = Defaults::default();
    let Some(spot) = spot else { return preset };
    let fields = spot.keyed(&keys::DEFAULTS, mistakes);
    let max_concurrency = fields.whole_or("max_concurrency", "a whole number", preset.max_concurrency, mistakes);
    Defaults { max_concurrency, ..preset.with(&fields, mistakes) }
}

impl Defaults {
    /// Returns the same, but for what is said here.
    pub(super) fn with(&self, fields: &Fields<'_>, mistakes: &mut Mistakes) -> Self {
        let preset = self.thresholds;
        let mut share = |key: &str, preset: f64| fields.fraction_or(key, preset, mistakes);
        let thresholds = Thresholds {
            max_reject_ratio: share("max_reject_ratio", preset.max_reject_ratio),
            max_drop_ratio: share("max_drop_ratio", preset.max_drop_ratio),
            max_invalid_rise: share("max_invalid_rise", preset.max_invalid_rise),
            max_loss: share("max_loss", preset.max_loss),
            min_rows: fields.whole_or("min_rows", "a whole number", preset.min_rows, mistakes),
        };
        Self {
            settle_secs: fields.whole_or("settle_secs", "seconds", self.settle_secs, mistakes),
            empty_grace_mins: fields.whole_or("empty_grace_mins", "minutes", self.empty_grace_mins, mistakes),
            max_concurrency: self.max_concurrency,
            thresholds,
            time_zone: fields
                .get("time_zone")
                .map_or_else(|| self.time_zone.clone(), |spot| time_zone(&spot, mistakes)),
            null_tokens: fields
                .get("null_tokens")
                .map_or_else(|| self.null_tokens.clone(), |spot| null_tokens(&spot, mistakes)),
            expected: fields
                .get("expected")
                .map_or_else(|| self.expected.clone(), |spot| expected::read(&spot, mistakes)),
            notify: fields.get("notify").map_or_else(|| self.notify.clone(), |spot| notify(&spot, mistakes)),
        }
    }
}

fn time_zone(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<(String, TimeZone)> {
    let name = spot.text("a time zone such as America/New_York", mistakes)?;
    if let Ok(zone) = TimeZone::get(&name) {
        return Some((name, zone));
    }
    let known: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    mistakes.unknown(
        spot,
        format!("`{name}` is no time zone of the IANA list"),
        &name,
        known.iter().map(String::as_str),
    );
    None
}

fn null_tokens(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Vec<String> {
    let tokens = spot.texts("texts that stand for nothing, in quotes where YAML needs them", mistakes);
    tokens.into_iter().map(|(text, _)| text).collect()
}

fn notify(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Vec<String> {
    let mut addresses = Vec::new();
    for (text, spot) in texts(spot, "e-mail addresses", mistakes) {
        match text.split_once('@') {
            Some((name, domain)) if !name.is_empty() && domain.contains('.') && !text.contains(char::is_whitespace) => {
                addresses.push(text);
            }
            _ => mistakes.add(&spot, format!("must be an e-mail address, not `{text}`")),
        }
    }
    addresses
}
