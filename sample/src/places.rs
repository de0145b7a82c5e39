//! Addresses.

use super::rng::Draws;
use super::states::State;
use super::vocabulary::{STREET_TYPES, STREETS, SUITES, TOWN_HEADS, TOWN_TAILS};

/// An address. Empty text where the files say nothing.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) street: String,
    pub(super) suite: String,
    /// `Y` when the second address line was left out by CMS, else nothing.
    pub(super) suite_suppressed: &'static str,
    pub(super) city: String,
    pub(super) state: &'static str,
    /// Nine digits, or five.
    pub(super) zip: String,
    /// Ten digits, or nothing.
    pub(super) phone: String,
    /// State, ZIP, first letters of the city, house number, kind of street and a number, as CMS makes them.
    pub(super) address_id: String,
}

impl Place {
    /// Draws an address in a state.
    pub(super) fn draw(mut draws: Draws, state: State) -> Self {
        let house = 1 + draws.below(19_999);
        let street_type = draws.pick_early(&STREET_TYPES);
        let mut street = format!("{house} {} {street_type}", draws.pick(&STREETS));
        if draws.one_in(400) {
            street.push_str(",\nREAR ENTRANCE");
        }
        let city = city(&mut draws);
        let zip = zip(&mut draws, state);
        let initials: String = city.chars().take(2).collect();
        let series = 300 + draws.below(4);
        let address_id = format!("{}{zip:0<9}{initials}{house:X<5}{street_type:X<4}{series}", state.code);
        Self {
            street,
            suite: if draws.percent(42) {
                format!("{} {}", draws.pick_early(&SUITES), 1 + draws.below(900))
            } else {
                String::new()
            },
            suite_suppressed: if draws.percent(4) { "Y" } else { "" },
            city,
            state: state.code,
            zip,
            phone: if draws.percent(93) { phone(&mut draws) } else { String::new() },
            address_id,
        }
    }
}

/// Draws the name of a city.
pub(super) fn city(draws: &mut Draws) -> String {
    format!("{}{}", draws.pick_early(&TOWN_HEADS), draws.pick_early(&TOWN_TAILS))
}

/// Draws a telephone number: ten digits, with the exchange 555 that no subscriber has.
pub(super) fn phone(draws: &mut Draws) -> String {
    format!("{}{:02}555{:04}", 2 + draws.below(8), draws.below(100), draws.below(10_000))
}

fn zip(draws: &mut Draws, state: State) -> String {
    // Three digits from 501 on, so that `00` and more never make a number of fewer than three digits.
    let five = format!("{}{:03}", state.zip_prefix, 501 + draws.below(499));
    if draws.percent(85) { format!("{five}{:04}", draws.below(10_000)) } else { five }
}
