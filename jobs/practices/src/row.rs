//! The columns of a practice and what they are made of.

use carelake_core::value::StateCode;
use carelake_tabular::codes::{Groups, practice_size};
use carelake_tabular::config::CodeLists;

use crate::practice::Practice;

carelake_tabular::table! {
    /// Writes a practice.
    pub(crate) fn write(practice: &Practice, name: Option<&[u8]>, lists: &CodeLists, regions: &Groups) {}

    made practice_id: Identifier = Some(practice.id), "PAC id of the group practice, 10 digits";
    made practice_name: Text = name, "name of the group practice, of the row with most members";
    made group_members: Int32 = practice.members, "members of the group practice, the largest figure given";
    made practice_size_category: Text = practice.members.and_then(|members| practice_size(lists, members)), "Solo, Small, Medium, Large or Enterprise by group_members; null stays null";
    made census_region: Text = Some(regions.of_state(practice.state)), "Northeast, Midwest, South or West by the US Census; Territory for the rest";
    made clinicians: Int32 = Some(practice.clinicians), "distinct clinicians of the practice in the state";
    made locations: Int32 = Some(practice.locations), "distinct addresses of the practice in the state";
    made specialties: Int32 = Some(practice.specialties), "distinct primary specialties";
    made is_multi_specialty: Boolean = Some(practice.specialties > 1), "whether there is more than one primary specialty";
    made telehealth_clinicians: Int32 = Some(practice.telehealth_clinicians), "distinct clinicians who offer telehealth";
    place state: StateCode = Some(practice.state), "two-letter code of the state";
}
