//! Organizations of the enrollment extract. Some are group practices, with which clinicians are listed.

use super::rng::Draws;
use super::vocabulary::{GROUP_KINDS, GROUP_TYPE, LEGAL_FORMS, NAME_HEADS, NAME_TAILS, ORGANIZATION_TYPES, TOWN_HEADS};

/// What the files say of an organization.
#[derive(Debug, Clone)]
pub(super) struct Organization {
    pub(super) name: String,
    /// Provider type: code and description.
    pub(super) provider_type: (&'static str, &'static str),
    /// Members of a group practice, from 1 to some thousands.
    pub(super) members: u64,
}

impl Organization {
    /// Draws an organization; `group_rank` is its place among the group practices of its state, the largest first.
    pub(super) fn draw(mut draws: Draws, group_rank: Option<u64>) -> Self {
        let owner = if draws.percent(50) {
            draws.pick(&TOWN_HEADS).to_owned()
        } else {
            format!("{}{}", draws.pick(&NAME_HEADS), draws.pick(&NAME_TAILS))
        };
        let name = format!("{owner} {}{}", draws.pick_early(&GROUP_KINDS), draws.pick_early(&LEGAL_FORMS));
        let name = match draws.below(200) {
            0 => format!("THE \"NIMBLE\" {name}"),
            1 => format!("ST. ORVIN’S {name}"),
            2 => format!("CLÍNICA {name}"),
            _ => name,
        };
        let most_members = group_rank.map_or(1, |rank| 4_000 / (rank + 1));
        Self {
            name,
            provider_type: if group_rank.is_some() { GROUP_TYPE } else { draws.pick_early(&ORGANIZATION_TYPES) },
            members: 1 + draws.below(most_members),
        }
    }
}
