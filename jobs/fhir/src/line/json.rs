//! What the room needs to know of a JSON object: whether it is one, a few of its members, and its content.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::judge::Rule;

/// Objects and lists in each other, beyond which a line is refused.
const MOST_DEPTH: usize = 64;

/// Why a text is no JSON object.
pub type Malformed = Rule;

/// What a resource says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head<'t> {
    /// The object's text as received, without white space around it.
    pub text: &'t str,
    /// `resourceType`, where it is text.
    pub resource_type: Option<String>,
    /// `id`, where it is text.
    pub id: Option<String>,
    /// `meta.versionId`, where it is text.
    pub version_id: Option<String>,
    /// `meta.lastUpdated`, in microseconds since 1970; none where it is absent or unreadable.
    pub last_updated: Option<i64>,
    /// The text without white space between its tokens.
    pub compact: Vec<u8>,
}

/// Reads one JSON object.
///
/// # Errors
/// [`Malformed`]: `encoding`, `json` or `depth`.
pub fn read(bytes: &[u8]) -> Result<Head<'_>, Malformed> {
    let text = std::str::from_utf8(bytes).map_err(|_| Rule::Encoding)?.trim_matches([' ', '\t', '\r', '\n']);
    let (compact, depth) = compact(text)?;
    if depth > MOST_DEPTH {
        return Err(Rule::Depth);
    }
    let [kind, id, meta] = members(text, ["resourceType", "id", "meta"]).ok_or(Rule::Json)?;
    let [version, updated] =
        meta.and_then(|meta| members(meta.get(), ["versionId", "lastUpdated"])).unwrap_or_default();
    let last_updated = plain(updated).and_then(|text| instant(&text));
    Ok(Head { text, resource_type: plain(kind), id: plain(id), version_id: plain(version), last_updated, compact })
}

/// Returns members of an object, the last where there are several; nothing of a text that is none.
pub(crate) fn members<'t, const N: usize>(text: &'t str, names: [&str; N]) -> Option<[Option<&'t RawValue>; N]> {
    struct Members<'n, const N: usize>([&'n str; N]);
    impl<'t, const N: usize> Visitor<'t> for Members<'_, N> {
        type Value = [Option<&'t RawValue>; N];

        fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
            to.write_str("an object")
        }

        fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut found = [None; N];
            while let Some(key) = map.next_key::<Cow<'t, str>>()? {
                match self.0.iter().position(|name| *name == key).and_then(|at| found.get_mut(at)) {
                    Some(place) => *place = Some(map.next_value()?),
                    None => drop(map.next_value::<IgnoredAny>()?),
                }
            }
            Ok(found)
        }
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let found = reader.deserialize_map(Members(names)).ok()?;
    reader.end().ok()?;
    Some(found)
}

/// Returns a member that is text.
pub(crate) fn plain(value: Option<&RawValue>) -> Option<String> {
    serde_json::from_str(value?.get()).ok()
}

/// Reads an instant, in microseconds since 1970; what is finer is cut towards the past.
pub(crate) fn instant(text: &str) -> Option<i64> {
    let at: Timestamp = text.parse().ok()?;
    i64::try_from(at.as_nanosecond().div_euclid(1_000)).ok()
}

/// Leaves out white space between tokens, and finds how deep objects and lists are in each other.
fn compact(text: &str) -> Result<(Vec<u8>, usize), Malformed> {
    let (mut out, mut depth, mut deepest) = (Vec::with_capacity(text.len()), 0_usize, 0_usize);
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        out.push(*byte);
        if *byte == b'"' {
            let length = string(rest)?;
            let (body, after) = rest.split_at_checked(length).ok_or(Rule::Json)?;
            out.extend_from_slice(body);
            rest = after;
        }
    }
    Ok((out, deepest))
}

/// Returns the length of a text with its closing mark. A half of a pair of surrogates is no character.
fn string(bytes: &[u8]) -> Result<usize, Malformed> {
    let mut at = 0;
    loop {
        match bytes.get(at).ok_or(Rule::Json)? {
            b'"' => return Ok(at + 1),
            b'\\' if bytes.get(at + 1) == Some(&b'u') => {
                let unit = unit(bytes, at).ok_or(Rule::Json)?;
                at += 6;
                match unit {
                    0xdc00..=0xdfff => return Err(Rule::Json),
                    0xd800..=0xdbff => {
                        let low = unit_of_pair(bytes, at);
                        if !low.is_some_and(|low| (0xdc00..=0xdfff).contains(&low)) {
                            return Err(Rule::Json);
                        }
                        at += 6;
                    }
                    _ => {}
                }
            }
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

fn unit_of_pair(bytes: &[u8], at: usize) -> Option<u16> {
    if bytes.get(at..at + 2) == Some(br"\u") { unit(bytes, at) } else { None }
}

fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = std::str::from_utf8(bytes.get(at + 2..at + 6)?).ok()?;
    u16::from_str_radix(digits, 16).ok()
}
