//! Code lists: the groups that values are put in, and the codes that count as states.

use carelake_core::config::reader::{Fields, Form, Key, Mistakes, Spot};

/// The keys of the section.
pub(super) const CODE_LISTS: [Key; 6] = [
    Key::new("credential_groups", GROUPS, "Groups of credentials, compared exactly").required(),
    Key::new("credential_group_default", Form::Text, "The group of a credential that no group names").required(),
    Key::new(
        "practice_sizes",
        SIZES,
        "Sizes, ascending, and the largest number of members of each; `more` for the last",
    )
    .required(),
    Key::new("census_regions", GROUPS, "Census regions and their state codes").required(),
    Key::new("census_region_default", Form::Text, "The region of a state that no region names").required(),
    Key::new("states", Form::List(&Form::Like("^[A-Z]{2}$")), "The state codes that rows may have").required(),
];
const GROUPS: Form = Form::Map(&Form::List(&Form::Text));
const SIZES: Form = Form::Map(&Form::Either(&[Form::Whole(1, 2_147_483_647), Form::Word(&[NO_EDGE])]));
/// The word that stands for the edge of the last practice size.
const NO_EDGE: &str = "more";

/// The code lists that datasets derive columns from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CodeLists {
    /// Groups of credentials, in file order: the group and the credentials in it, compared exactly.
    pub credential_groups: Vec<(String, Vec<String>)>,
    /// The group of a credential that no group names, or that is null.
    pub credential_group_default: String,
    /// Practice sizes in ascending order: the name and the largest number of members, inclusive; the last has no edge.
    pub practice_sizes: Vec<(String, Option<i32>)>,
    /// Census regions, in file order: the region and its state codes.
    pub census_regions: Vec<(String, Vec<String>)>,
    /// The region of a state that no region names.
    pub census_region_default: String,
    /// The state codes that rows may have, two upper-case letters each.
    pub states: Vec<String>,
}

/// Reads the code lists.
pub(super) fn read(spot: &Spot<'_>, mistakes: &mut Mistakes) -> CodeLists {
    let fields = spot.keyed(&CODE_LISTS, mistakes);
    let states = fields.required("states", "the state codes that rows may have", mistakes);
    let states = states.map(|spot| read_states(&spot, mistakes)).unwrap_or_default();
    let (credential_groups, credential_group_default) =
        read_groups(&fields, "credential_group", |_, _, _| (), mistakes);
    let (census_regions, census_region_default) = read_groups(
        &fields,
        "census_region",
        |code, spot, mistakes| {
            if !states.iter().any(|state| state == code) {
                let known = states.iter().map(String::as_str);
                mistakes.unknown(spot, format!("`{code}` is not listed under states"), code, known);
            }
        },
        mistakes,
    );
    let practice_sizes = fields.required("practice_sizes", "each size and its largest number of members", mistakes);
    let practice_sizes = practice_sizes.map(|spot| read_sizes(&spot, mistakes)).unwrap_or_default();
    CodeLists {
        credential_groups,
        credential_group_default,
        practice_sizes,
        census_regions,
        census_region_default,
        states,
    }
}

fn read_states(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Vec<String> {
    let texts = spot.texts("state codes", mistakes);
    if spot.is_list() && texts.is_empty() {
        mistakes.add(spot, "must list at least one state code");
    }
    for (code, spot) in &texts {
        if code.len() != 2 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
            mistakes.add(spot, format!("`{code}` must be two upper-case letters"));
        }
    }
    texts.into_iter().map(|(code, _)| code).collect()
}

/// Reads named groups of codes and the name for codes in no group. A code belongs to one group.
fn read_groups(
    fields: &Fields<'_>,
    singular: &str,
    check: impl Fn(&str, &Spot<'_>, &mut Mistakes),
    mistakes: &mut Mistakes,
) -> (Vec<(String, Vec<String>)>, String) {
    let default_key = format!("{singular}_default");
    let default = fields.text(&default_key, "the name for what is in no group", mistakes);
    let spot = fields.required(&format!("{singular}s"), "each group and its codes", mistakes);
    let entries = spot.map(|spot| spot.entries("groups and their codes", mistakes)).unwrap_or_default();
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for (name, spot) in entries {
        if name == default {
            mistakes.add(&spot, format!("`{name}` is also {default_key}; the group needs a name of its own"));
        }
        let mut codes = Vec::new();
        for (code, spot) in spot.texts("codes", mistakes) {
            check(&code, &spot, mistakes);
            match groups.iter().find(|(_, earlier)| earlier.contains(&code)) {
                Some((other, _)) => mistakes.add(&spot, format!("`{code}` is already in the group `{other}`")),
                None => codes.push(code),
            }
        }
        groups.push((name.to_owned(), codes));
    }
    (groups, default)
}

/// Reads practice sizes: each edge above the one before, and the last without one.
fn read_sizes(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Vec<(String, Option<i32>)> {
    let entries = spot.entries("sizes and their largest number of members", mistakes);
    let last = entries.len().saturating_sub(1);
    let mut sizes: Vec<(String, Option<i32>)> = Vec::new();
    for (place, (name, spot)) in entries.into_iter().enumerate() {
        if place == last {
            if spot.raw_text() != Some(NO_EDGE) {
                spot.expected(format_args!("`{NO_EDGE}`: the last size has no largest number"), mistakes);
            }
            sizes.push((name.to_owned(), None));
            continue;
        }
        let edge = spot.number("a whole number", 1..=i32::MAX, mistakes);
        let before = sizes.iter().filter_map(|(_, edge)| *edge).next_back();
        if let (Some(edge), Some(before)) = (edge, before)
            && edge <= before
        {
            mistakes.add(&spot, format!("must be above {before}, the edge of the size before; sizes ascend"));
        }
        sizes.push((name.to_owned(), edge));
    }
    if spot.is_map() && sizes.is_empty() {
        mistakes.add(spot, "must have at least one size");
    }
    sizes
}
