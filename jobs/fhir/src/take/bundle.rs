//! Bundles: their entries are resources and deletes.

use serde_json::value::RawValue;

use crate::config::Types;
use crate::line::{Heads, Judged, Rule, instant, is_id, is_resource_type, members, plain, resource};

/// What an entry is.
pub(super) enum Entry<'e> {
    /// A resource.
    Put(Judged<'e>),
    /// A resource that is gone.
    Delete {
        /// Its type.
        resource_type: String,
        /// Its id.
        id: String,
    },
    /// Nothing that has a row.
    Refused(Rule, &'e str),
}

/// The entries of a bundle, and when it was made, in microseconds.
pub(super) struct Bundle<'b> {
    pub(super) entries: Vec<&'b RawValue>,
    pub(super) made: Option<i64>,
}

/// Reads a text as a bundle; nothing of one that is none.
pub(super) fn bundle(text: &[u8]) -> Option<Bundle<'_>> {
    let text = std::str::from_utf8(text).ok().filter(|text| text.contains("\"Bundle\""))?;
    let [kind, entries, made] = members(text.trim(), ["resourceType", "entry", "timestamp"])?;
    if plain(kind).as_deref() != Some("Bundle") {
        return None;
    }
    let entries = match entries {
        Some(entries) => serde_json::from_str(entries.get()).ok()?,
        None => Vec::new(),
    };
    Some(Bundle { entries, made: plain(made).and_then(|text| instant(&text)) })
}

/// Judges an entry.
pub(super) fn entry<'e>(heads: &mut Heads, raw: &'e RawValue, types: &Types) -> Entry<'e> {
    let text = raw.get();
    let Some([full_url, whole, request]) = members(text, ["fullUrl", "resource", "request"]) else {
        return Entry::Refused(Rule::Json, text);
    };
    let [method, url] = request.and_then(|request| members(request.get(), ["method", "url"])).unwrap_or_default();
    if plain(method).as_deref() == Some("DELETE") {
        let url = plain(url).unwrap_or_default();
        return deleted(&url, types).unwrap_or_else(|rule| Entry::Refused(rule, text));
    }
    let Some(whole) = whole else { return Entry::Refused(Rule::ResourceType, text) };
    let id = plain(full_url).and_then(|url| url.strip_prefix("urn:uuid:").map(str::to_owned));
    match heads.read(whole.get().as_bytes()).and_then(|head| resource(head, types, id)) {
        Ok(judged) => Entry::Put(judged),
        Err(rule) => Entry::Refused(rule, text),
    }
}

fn deleted<'e>(url: &str, types: &Types) -> Result<Entry<'e>, Rule> {
    let mut steps = url.trim_start_matches('/').rsplit('/');
    let (id, resource_type) = (steps.next().unwrap_or_default(), steps.next().unwrap_or_default());
    if !is_resource_type(resource_type) {
        return Err(Rule::ResourceType);
    }
    if !types.has(resource_type) {
        return Err(Rule::NotRequested);
    }
    if !is_id(id) {
        return Err(Rule::ResourceId);
    }
    Ok(Entry::Delete { resource_type: resource_type.to_owned(), id: id.to_owned() })
}
