//! Reads the section.

use std::collections::BTreeMap;
use std::path::Path;

use carelake_core::config::Section;
use carelake_core::config::reader::{Fields, Form, Mistakes, Spot, schema_of};
use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::keys::{HL7, MLLP, SENDER, STREAM};
use super::{Auth, Hl7, Network, OnAws, Sender};
use crate::tables::Version;

/// The section of the configuration that this room reads.
pub const SECTION: Section = Section {
    name: "hl7",
    check: |spot, folder, mistakes| {
        read(spot, folder, mistakes);
    },
    schema: || schema_of(&Form::Keys(&HL7)),
};

const A_SPAN: &str = "a span of time, such as 90s, 5m, 2h or 3d";
const MIB: usize = 1 << 20;

/// Reads the section.
///
/// All that is wrong is told at once. What is answered can be trusted if nothing is.
pub fn read(spot: &Spot<'_>, _: &Path, mistakes: &mut Mistakes) -> Hl7 {
    let fields = spot.keyed(&HL7, mistakes);
    let mllp = fields.get("mllp").unwrap_or_else(Spot::empty).keyed(&MLLP, mistakes);
    let (auth, signs_up) = fields.get("auth").map_or((None, false), |spot| Auth::read(&spot, mistakes));
    let days: i64 = fields.whole("control_id_days", mistakes);
    let mib = |key: &str, mistakes: &mut Mistakes| fields.whole::<i64>(key, mistakes).unsigned_abs() as usize * MIB;
    Hl7 {
        is_original: fields.word("compat", false, &[true], mistakes),
        default_version: fields
            .get("default_version")
            .and_then(|spot| version(&spot, mistakes))
            .unwrap_or(Version::DEFAULT),
        default_charset: fields.get("default_charset").and_then(|spot| charset(&spot, mistakes)),
        zone: fields.get("time_zone").and_then(|spot| zone(&spot, mistakes)).unwrap_or(TimeZone::UTC),
        senders: entries(fields.get("senders"), "senders, by MSH-4.1 or MSH-3.1", mistakes, sender),
        authorities: entries(fields.get("authorities"), "names of authorities", mistakes, |spot, mistakes| {
            spot.text("the authority that it stands for", mistakes)
        }),
        identify_except: fields.get("identify_except").map_or_else(
            || ["AN", "VN", "SS"].map(str::to_owned).to_vec(),
            |spot| texts(&spot, "types of identifiers", mistakes),
        ),
        control_id_kept: SignedDuration::from_hours(24 * days),
        requires_control_id: fields.get("require_control_id").and_then(|spot| spot.boolean(mistakes)).unwrap_or(false),
        processing_ids: fields
            .get("processing_ids")
            .map(|spot| texts(&spot, "what MSH-11 may be", mistakes))
            .unwrap_or_default(),
        max_bytes: mib("max_message_mib", mistakes),
        max_http_bytes: mib("max_http_mib", mistakes),
        sweep_after: span_or(&fields, "sweep_after", SignedDuration::from_mins(5), mistakes),
        auth,
        signs_up,
        stream: fields.get("stream").and_then(|spot| stream(&spot, mistakes)),
        mllp_allow: mllp.get("allow").map(|spot| networks(&spot, mistakes)).unwrap_or_default(),
        silence: entries(fields.get("silence"), "facilities, by MSH-4.1", mistakes, span),
    }
}

fn entries<T>(
    spot: Option<Spot<'_>>,
    what: &str,
    mistakes: &mut Mistakes,
    read: fn(&Spot<'_>, &mut Mistakes) -> Option<T>,
) -> BTreeMap<String, T> {
    let entries = spot.map(|spot| spot.entries(what, mistakes)).unwrap_or_default();
    entries.into_iter().filter_map(|(name, spot)| Some((name.to_owned(), read(&spot, mistakes)?))).collect()
}

fn texts(spot: &Spot<'_>, what: &str, mistakes: &mut Mistakes) -> Vec<String> {
    spot.texts(what, mistakes).into_iter().map(|(text, _)| text).collect()
}

fn sender(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<Sender> {
    let fields = spot.keyed(&SENDER, mistakes);
    Some(Sender {
        zone: fields.get("time_zone").and_then(|spot| zone(&spot, mistakes)),
        charset: fields.get("charset").and_then(|spot| charset(&spot, mistakes)),
    })
}

fn version(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<Version> {
    let text = spot.text("a version such as 2.5.1", mistakes)?;
    let found = Version::all().find(|version| version.name() == text);
    if found.is_none() {
        let names: Vec<&str> = Version::all().map(Version::name).collect();
        spot.expected(format_args!("one of {}", names.join(", ")), mistakes);
    }
    found
}

fn charset(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<String> {
    let text = spot.text("the name of a character set", mistakes)?;
    if !crate::read::is_charset(&text) {
        spot.expected("a character set such as windows-1252 or 8859/1", mistakes);
    }
    Some(text)
}

fn zone(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<TimeZone> {
    let text = spot.text("a time zone such as America/New_York", mistakes)?;
    match TimeZone::get(&text) {
        Ok(zone) => Some(zone),
        Err(_) => {
            spot.expected("a time zone such as America/New_York", mistakes);
            None
        }
    }
}

fn networks(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Vec<Network> {
    const A_NETWORK: &str = "networks such as 192.0.2.0/24";
    let mut networks = Vec::new();
    for (text, spot) in spot.texts(A_NETWORK, mistakes) {
        match Network::parse(&text) {
            Some(network) => networks.push(network),
            None => spot.expected(A_NETWORK, mistakes),
        }
    }
    networks
}

fn span_or(fields: &Fields<'_>, key: &str, default: SignedDuration, mistakes: &mut Mistakes) -> SignedDuration {
    fields.get(key).and_then(|spot| span(&spot, mistakes)).unwrap_or(default)
}

fn span(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<SignedDuration> {
    let text = spot.text(A_SPAN, mistakes)?;
    let unit = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3_600,
        Some('d') => 86_400,
        _ => 0,
    };
    let number = text.get(..text.len().saturating_sub(1)).and_then(|digits| digits.parse::<u32>().ok());
    let secs = number.map(|number| i64::from(number) * unit).filter(|secs| (1..=366 * 86_400).contains(secs));
    if secs.is_none() {
        spot.expected(A_SPAN, mistakes);
    }
    secs.map(SignedDuration::from_secs)
}

/// Reads which stream of AWS messages come by.
fn stream(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<OnAws> {
    let fields = spot.keyed(&STREAM, mistakes);
    let arn = fields.get("arn").and_then(|spot| spot.text("the ARN of a Kinesis stream", mistakes));
    let creates = fields.get("create").and_then(|spot| spot.boolean(mistakes)).unwrap_or(false);
    match (arn, creates) {
        (Some(_), true) | (None, false) => {
            spot.expected("either arn, of a stream that is there, or create: true", mistakes);
            None
        }
        (Some(arn), false) => Some(OnAws::There(arn)),
        (None, true) => Some(OnAws::Made),
    }
}
