//! The states and territories of the United States, as far as invented addresses need them.

/// A state, territory, associated state or military mail region.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct State {
    /// USPS code.
    pub(super) code: &'static str,
    /// First two digits of its certification numbers; empty where there are no certified hospitals.
    pub(super) ccn_prefix: &'static str,
    /// Two digits with which its ZIP codes begin.
    pub(super) zip_prefix: &'static str,
    /// Roughly its share of the population, in ten thousands of people.
    pub(super) weight: u64,
}

const fn state(code: &'static str, ccn_prefix: &'static str, zip_prefix: &'static str, weight: u64) -> State {
    State { code, ccn_prefix, zip_prefix, weight }
}

/// How many of [`STATES`] have certified hospitals; they come first.
pub(super) const CERTIFIED: usize = 56;

/// Every state, in the order of the certification numbers.
///
/// # Source
/// CMS State Operations Manual, section 2779A1 (state codes of the CCN); USPS Publication 28, appendix B (codes).
pub(super) const STATES: [State; 62] = [
    state("AL", "01", "35", 510),
    state("AK", "02", "99", 70),
    state("AZ", "03", "85", 740),
    state("AR", "04", "72", 300),
    state("CA", "05", "90", 3900),
    state("CO", "06", "80", 590),
    state("CT", "07", "06", 360),
    state("DE", "08", "19", 100),
    state("DC", "09", "20", 70),
    state("FL", "10", "33", 2200),
    state("GA", "11", "30", 1100),
    state("HI", "12", "96", 140),
    state("ID", "13", "83", 200),
    state("IL", "14", "60", 1250),
    state("IN", "15", "46", 680),
    state("IA", "16", "50", 320),
    state("KS", "17", "66", 300),
    state("KY", "18", "40", 450),
    state("LA", "19", "70", 460),
    state("ME", "20", "04", 140),
    state("MD", "21", "21", 620),
    state("MA", "22", "02", 700),
    state("MI", "23", "48", 1000),
    state("MN", "24", "55", 570),
    state("MS", "25", "39", 290),
    state("MO", "26", "63", 620),
    state("MT", "27", "59", 110),
    state("NE", "28", "68", 200),
    state("NV", "29", "89", 320),
    state("NH", "30", "03", 140),
    state("NJ", "31", "07", 930),
    state("NM", "32", "87", 210),
    state("NY", "33", "10", 2000),
    state("NC", "34", "27", 1080),
    state("ND", "35", "58", 80),
    state("OH", "36", "44", 1180),
    state("OK", "37", "73", 400),
    state("OR", "38", "97", 420),
    state("PA", "39", "17", 1300),
    state("PR", "40", "00", 320),
    state("RI", "41", "02", 110),
    state("SC", "42", "29", 540),
    state("SD", "43", "57", 90),
    state("TN", "44", "37", 710),
    state("TX", "45", "77", 3000),
    state("UT", "46", "84", 340),
    state("VT", "47", "05", 60),
    state("VI", "48", "00", 10),
    state("VA", "49", "23", 870),
    state("WA", "50", "98", 780),
    state("WV", "51", "25", 180),
    state("WI", "52", "53", 590),
    state("WY", "53", "82", 60),
    state("AS", "64", "96", 5),
    state("GU", "65", "96", 20),
    state("MP", "66", "96", 5),
    state("AA", "", "34", 1),
    state("AE", "", "09", 2),
    state("AP", "", "96", 2),
    state("FM", "", "96", 1),
    state("MH", "", "96", 1),
    state("PW", "", "96", 1),
];

/// Returns the states that have certified hospitals.
pub(super) fn certified() -> &'static [State] {
    STATES.split_at(CERTIFIED).0
}

/// Returns the state at a position of [`STATES`].
pub(super) fn state_at(position: usize) -> State {
    STATES.get(position).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_with_hospitals_come_first() {
        assert!(certified().iter().all(|state| state.ccn_prefix.len() == 2));
        assert!(STATES[CERTIFIED..].iter().all(|state| state.ccn_prefix.is_empty()));
    }
}
