//! Whose a file is: the one feed whose pattern its name fits, or none.

use std::collections::BTreeMap;
use std::sync::Arc;

use carelake_core::nearest;
use jiff::civil::Date;

use crate::config::Captures;
use crate::feed::{Feed, Ready};

/// What the name of a file says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Named {
    /// The delivery date, if the name has it.
    pub delivery: Option<Date>,
    /// The sequence, if the name has one.
    pub sequence: Option<u32>,
    /// What else the pattern captures.
    pub captures: BTreeMap<String, String>,
}

/// A feed, as it claims files.
pub trait Claimant {
    /// Returns its name.
    fn name(&self) -> &str;

    /// Returns who sends it.
    fn partner(&self) -> &str;

    /// Returns the pattern of its files as it is written, from the partner's folder.
    fn pattern(&self) -> &str;

    /// Returns what a name says, if the pattern fits it.
    fn fits(&self, name: &str) -> Option<Named>;

    /// Returns the seconds for which size and time of a file must not have moved.
    fn settle_secs(&self) -> u64;

    /// Returns the file beside a file that says that it is whole.
    fn ready(&self) -> Option<&Ready>;
}

impl Claimant for Arc<Feed> {
    fn name(&self) -> &str {
        &self.name
    }

    fn partner(&self) -> &str {
        &self.partner
    }

    fn pattern(&self) -> &str {
        self.path.as_str()
    }

    fn fits(&self, name: &str) -> Option<Named> {
        let Captures { delivery, sequence, named } = self.path.matches(name)?;
        Some(Named { delivery, sequence, captures: named.into_iter().collect() })
    }

    fn settle_secs(&self) -> u64 {
        self.settle_secs
    }

    fn ready(&self) -> Option<&Ready> {
        self.ready.as_ref()
    }
}

/// Why no feed claims a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stray {
    /// Why, as it is told: `unknown partner`, `no feed`, `several feeds`.
    pub reason: &'static str,
    /// The feed of the partner whose pattern is nearest to the name; of an unknown partner a feed of the one with the nearest name.
    pub nearest: Option<String>,
}

/// Returns the feed that claims a file of a partner, and what the name of the file says.
///
/// # Errors
/// [`Stray`] where none or several do.
pub fn claimed_by<'f, F: Claimant>(feeds: &'f [F], partner: &str, name: &str) -> Result<(&'f F, Named), Stray> {
    let of_partner: Vec<&F> = feeds.iter().filter(|feed| feed.partner() == partner).collect();
    if of_partner.is_empty() {
        let partner = nearest(partner, feeds.iter().map(Claimant::partner));
        let nearest = feeds.iter().find(|feed| Some(feed.partner()) == partner).map(|feed| feed.name().to_owned());
        return Err(Stray { reason: "unknown partner", nearest });
    }
    let mut fitting = of_partner.iter().filter_map(|feed| feed.fits(name).map(|named| (*feed, named)));
    match (fitting.next(), fitting.next()) {
        (Some(only), None) => Ok(only),
        (Some((first, _)), Some(_)) => Err(Stray { reason: "several feeds", nearest: Some(first.name().to_owned()) }),
        (None, _) => Err(Stray { reason: "no feed", nearest: nearest_of(&of_partner, name) }),
    }
}

/// Returns the feed whose pattern has most characters at its two ends in common with the name.
fn nearest_of<F: Claimant>(feeds: &[&F], name: &str) -> Option<String> {
    let mut best: Option<(usize, &F)> = None;
    for feed in feeds {
        let common = in_common(&letters(feed.pattern()), &letters(name));
        if common > 0 && best.is_none_or(|(most, _)| common > most) {
            best = Some((common, feed));
        }
    }
    best.map(|(_, feed)| feed.name().to_owned())
}

/// Returns the characters of a name or pattern that say what it is: not what varies from file to file.
fn letters(text: &str) -> Vec<char> {
    let mut depth = 0_u32;
    let fixed = text.to_lowercase();
    let is_fixed = |c: &char| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => return depth == 0 && !c.is_ascii_digit() && *c != '*',
        }
        false
    };
    fixed.chars().filter(is_fixed).collect()
}

fn in_common(one: &[char], other: &[char]) -> usize {
    let same = |(one, other): &(&char, &char)| one == other;
    let prefix = one.iter().zip(other).take_while(same).count();
    let suffix = one.iter().rev().zip(other.iter().rev()).take_while(same).count();
    prefix + suffix
}

#[cfg(test)]
mod tests {
    use super::super::tests::Pattern;
    use super::*;

    static FEEDS: [Pattern; 4] = [
        Pattern::new("bayview_patients", "bayview", "PAT_{delivery:%Y%m%d}.csv"),
        Pattern::new("bayview_visits", "bayview", "VIS_{delivery:%Y%m%d}.csv"),
        Pattern::new("harbor_clinic", "harbor", "clinic_{delivery:%Y%m%d}.csv"),
        Pattern::new("harbor_again", "harbor", "clinic_{delivery:%Y%m%d}.csv"),
    ];

    #[test]
    fn a_file_is_of_the_one_feed_whose_pattern_it_fits() {
        let (feed, named) = claimed_by(&FEEDS, "bayview", "VIS_20260803.csv").unwrap();
        assert_eq!((feed.name(), named.delivery), ("bayview_visits", Some(jiff::civil::date(2026, 8, 3))));
    }

    #[test]
    fn a_file_of_no_feed_is_told_with_the_nearest() {
        let cases = [
            ("driftwood", "patients_20260910.csv", "unknown partner", None),
            ("bayvew", "PAT_20260910.csv", "unknown partner", Some("bayview_patients")),
            ("bayview", "minutes of the meeting.docx", "no feed", None),
            ("bayview", "PAT_september.csv", "no feed", Some("bayview_patients")),
            ("bayview", "vis-20260803.csv", "no feed", Some("bayview_visits")),
            ("harbor", "VIS_20260803.csv", "no feed", Some("harbor_clinic")),
            ("harbor", "clinic_20260803.csv", "several feeds", Some("harbor_clinic")),
            ("", "", "unknown partner", None),
        ];
        for (partner, name, reason, nearest) in cases {
            let stray = claimed_by(&FEEDS, partner, name).map(|_| ()).unwrap_err();
            assert_eq!((stray.reason, stray.nearest.as_deref()), (reason, nearest), "{partner}/{name}");
        }
    }
}
