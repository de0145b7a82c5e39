//! The identity of a mapping: a hash of everything that judging depends on.
//!
//! It is made of what the configuration says, not of how: comments, the order of keys of the page and the style of the YAML do not
//! count. Who is told, when a delivery is expected and when it is refused is no part of it.

use std::collections::BTreeMap;

use carelake_core::config::reader::{Mistakes, Spot};
use carelake_core::hex;
use sha2::{Digest, Sha256};

use super::known::{CodeList, Page};
use crate::feed::FeedTable;

/// The version of what values become: one more when the same mapping makes other values of the same file.
const VERSION: u32 = 1;
/// The keys of a page that judging depends on.
const JUDGED: [&str; 3] = ["path", "format", "tables"];

/// Returns the hash, in hexadecimal digits.
pub(super) fn of(
    feed: &Spot<'_>,
    zone: &str,
    page: &Page,
    lists: &BTreeMap<String, CodeList>,
    tables: &[FeedTable],
) -> String {
    let mut hash = Sha256::new();
    put(&mut hash, 'v', &VERSION.to_string());
    for key in JUDGED {
        put(&mut hash, 'k', key);
        if let Some(spot) = feed.child(key) {
            put_tree(&mut hash, &spot);
        }
    }
    put(&mut hash, 'z', zone);
    page.null_tokens.iter().for_each(|token| put(&mut hash, 'n', token));
    for (name, list) in lists.iter().filter(|(name, _)| page.lists.contains(*name)) {
        put(&mut hash, 'l', name);
        for (code, meaning) in list.iter() {
            put(&mut hash, 'c', code);
            put(&mut hash, 'm', meaning);
        }
    }
    page.lookups.iter().for_each(|lookup| put(&mut hash, 'f', lookup));
    for column in tables.iter().flat_map(|table| &table.table.columns) {
        put(&mut hash, 't', &column.name);
        put(&mut hash, 'r', &format!("{:?}", column.rule));
    }
    hex(&hash.finalize())
}

/// Adds a text, with what it is and how long, so that no two lists of texts look alike.
fn put(hash: &mut Sha256, kind: char, text: &str) {
    hash.update(format!("{kind}{}:", text.len()));
    hash.update(text);
}

fn put_tree(hash: &mut Sha256, spot: &Spot<'_>) {
    let mut ignored = Mistakes::default();
    if spot.is_map() {
        put(hash, '{', "");
        for (key, value) in spot.entries("keys", &mut ignored) {
            put(hash, 'k', key);
            put_tree(hash, &value);
        }
        put(hash, '}', "");
    } else if spot.is_list() {
        put(hash, '[', "");
        spot.list("items", &mut ignored).iter().for_each(|item| put_tree(hash, item));
        put(hash, ']', "");
    } else {
        put(hash, if spot.is_quoted() { 'q' } else { 'p' }, spot.raw_text().unwrap_or_default());
    }
}
