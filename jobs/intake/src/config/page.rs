//! The page of one feed.

use carelake_core::config::reader::{Fields, Mistakes, Spot};
use carelake_records::{Fixed, FixedField, Format, Wanted, Way};

use super::defaults::Defaults;
use super::known::{Known, Page};
use super::partner::{Partner, check_name, read_networks};
use super::path::PathPattern;
use super::{fetch, format, identity, keys, moment, pgp, table};
use crate::feed::{Declared, Feed, FeedTable, Mode, Ready};

const MODES: [(&str, Mode); 3] = [("full", Mode::Full), ("append", Mode::Append), ("upsert", Mode::Upsert)];
/// The longest name: it is a part of the names of executions.
const LONGEST_NAME: usize = 48;

/// Reads the page of a feed; nothing where it cannot be told what it is.
pub(super) fn read(
    name: &str,
    spot: &Spot<'_>,
    defaults: &Defaults,
    partner_of: impl Fn(&str) -> Option<Partner>,
    known: &Known<'_>,
    mistakes: &mut Mistakes,
) -> Option<Feed> {
    check_feed_name(spot, name, mistakes);
    let fields = spot.keyed(&keys::FEED, mistakes);
    let settings = defaults.with(&fields, mistakes);
    let partner_spot = fields.required("partner", "who sends it", mistakes);
    let partner = partner_spot.and_then(|spot| {
        let name = spot.text("who sends it", mistakes)?;
        check_name(&spot, &name, mistakes);
        Some(name)
    });
    let path = fields
        .required("path", "what its files are called", mistakes)
        .and_then(|spot| PathPattern::read(&spot, mistakes));
    let mode = fields
        .required("delivery", "one of full, append, upsert", mistakes)
        .and_then(|spot| spot.choice(&MODES, mistakes));
    if settings.time_zone.is_none() && fields.get("time_zone").is_none() {
        fields.required("time_zone", "the zone of local times, such as America/New_York", mistakes);
    }
    let mut page = Page { null_tokens: settings.null_tokens.clone(), ..Page::default() };
    page.captures.extend(path.iter().flat_map(PathPattern::names).map(str::to_owned));
    let format = fields.required("format", "how its files are written", mistakes);
    let format = format.and_then(|spot| format::read(&spot, &mut page, mistakes));
    let declared_in =
        fields.get("declared_in").and_then(|spot| declared_in(&spot, path.as_ref(), format.as_ref(), mistakes));
    let (tables, wanted) = tables(&fields, (format.as_ref(), mode), known, &mut page, mistakes);
    let (zone_name, time_zone) = settings.time_zone?;
    let mapping = identity::of(spot, &zone_name, &page, known.lists, &tables);
    let partner = partner?;
    let of_partner = partner_of(&partner).map(|partner| partner.networks).unwrap_or_default();
    let fetched = fields.get("fetch").map(|spot| fetch::read(&spot, path.as_ref(), known.folder, mistakes));
    Some(Feed {
        name: name.to_owned(),
        path: path?,
        format: format?,
        pgp: fields.get("pgp").and_then(|spot| pgp::read(&spot, known.folder, mistakes)),
        mode: mode?,
        expected: settings.expected,
        time_zone,
        notify: settings.notify,
        owner: fields.get("owner").and_then(|spot| spot.text("who sees to the feed", mistakes)),
        declared_in,
        tables,
        wanted,
        thresholds: settings.thresholds,
        settle_secs: settings.settle_secs,
        empty_grace_mins: settings.empty_grace_mins,
        allow_empty: fields.get("allow_empty").and_then(|spot| spot.boolean(mistakes)).unwrap_or(false),
        ready: fields.get("ready").and_then(|spot| ready(&spot, mistakes)),
        networks: fields.get("networks").map_or(of_partner, |spot| read_networks(&spot, mistakes)),
        fetch: fetched.flatten(),
        mapping,
        partner,
    })
}

fn check_feed_name(spot: &Spot<'_>, name: &str, mistakes: &mut Mistakes) {
    let is_fit = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if name.is_empty() || name.len() > LONGEST_NAME || !name.bytes().all(is_fit) {
        mistakes.add(spot, format!("`{name}` must be 1 to {LONGEST_NAME} lower-case letters, digits and `_`"));
    }
}

/// Reads the tables, and what is wanted of a file for each.
fn tables(
    fields: &Fields<'_>,
    (format, mode): (Option<&Format>, Option<Mode>),
    known: &Known<'_>,
    page: &mut Page,
    mistakes: &mut Mistakes,
) -> (Vec<FeedTable>, Wanted) {
    let spot = fields.required("tables", "the common tables that it feeds", mistakes);
    let entries = spot.as_ref().map(|spot| spot.entries("common tables", mistakes)).unwrap_or_default();
    if let Some(spot) = spot.filter(|spot| spot.is_map() && entries.is_empty()) {
        mistakes.add(&spot, "is empty; give at least one of the common tables");
    }
    // Without a known mode nothing is said of what needs another one.
    let mode = mode.unwrap_or(Mode::Upsert);
    let read = entries.iter().filter_map(|(name, spot)| table::read(name, spot, (format, mode), known, page, mistakes));
    let (tables, wanted) = read.unzip();
    (tables, Wanted { tables: wanted })
}

/// Reads where in a file the delivery date is.
fn declared_in(
    spot: &Spot<'_>,
    path: Option<&PathPattern>,
    format: Option<&Format>,
    mistakes: &mut Mistakes,
) -> Option<Declared> {
    let fields = spot.keyed(&keys::DECLARED_IN, mistakes);
    let source = fields.text("from", "the source that has the delivery date", mistakes);
    let date = fields.required("date", "how the date is written", mistakes);
    let record = fields.get("record").and_then(|spot| spot.text("the type of the record that has it", mistakes));
    if path.is_some_and(PathPattern::has_delivery) {
        mistakes.add(spot, "is not needed, as the path has {delivery}; keep one of the two");
    }
    let source = match format.map(|format| &format.way) {
        Some(Way::Fixed(fixed)) => of_fixed(fixed, record.as_deref(), &source, &fields, mistakes)?,
        _ => source,
    };
    Some(Declared { source, formats: moment::read(&date?, mistakes) })
}

/// Returns the characters of a field, with the type of the record that has it.
fn of_fixed(
    fixed: &Fixed,
    record: Option<&str>,
    name: &str,
    fields: &Fields<'_>,
    mistakes: &mut Mistakes,
) -> Option<String> {
    let of_record: Vec<&FixedField> = fixed.fields.iter().filter(|field| field.record.as_deref() == record).collect();
    let Some(field) = of_record.iter().find(|field| field.name == name) else {
        let names = of_record.iter().map(|field| field.name.as_str());
        mistakes.unknown(&fields.get("from")?, format!("the format has no such field `{name}`"), name, names);
        return None;
    };
    let last = field.start + field.width - 1;
    let slice = format!("{}-{last}", field.start);
    Some(record.map_or_else(|| slice.clone(), |record| format!("{record}:{slice}")))
}

/// Reads what lies beside a file that is whole.
fn ready(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<Ready> {
    let fields = spot.keyed(&keys::READY, mistakes);
    let mut ending = |key: &str| {
        let spot = fields.get(key)?;
        let text = spot.text("an ending such as .done", mistakes)?;
        if !text.starts_with('.') || text.len() < 2 || text.contains(['/', '*', '{']) {
            mistakes.add(&spot, format!("must be an ending such as .done, not `{text}`"));
        }
        Some(text)
    };
    match (ending("marker"), ending("control")) {
        (Some(marker), None) => Some(Ready::Marker(marker)),
        (None, Some(control)) => Some(Ready::Control(control)),
        _ => {
            mistakes.add(
                spot,
                "needs `marker` (an empty file) or `control` (one that tells rows, bytes or SHA-256), not both",
            );
            None
        }
    }
}
