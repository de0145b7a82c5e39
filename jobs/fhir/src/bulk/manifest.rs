//! What a server says that an export consists of.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Deserialize;
use xxhash_rust::xxh3::xxh3_128;

use crate::take::{Export, Item, ItemKind};

/// What a server says that an export consists of. Keys that are not known are passed over.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// When the export began, by the clock of the server.
    pub transaction_time: Timestamp,
    /// Whether files are shown to those only who say who they are.
    #[serde(default)]
    pub requires_access_token: bool,
    /// Files of resources.
    #[serde(default)]
    pub output: Vec<Named>,
    /// Files of deletes.
    #[serde(default)]
    pub deleted: Vec<Named>,
    /// Files of what went wrong.
    #[serde(default)]
    pub error: Vec<Named>,
    /// Where the manifest goes on.
    #[serde(default)]
    pub link: Vec<Link>,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Named {
    /// The type of its lines.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Where it is.
    pub url: String,
    /// How many lines it has.
    pub count: Option<u64>,
}

/// Where something is that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Link {
    /// What it is.
    pub relation: String,
    /// Where it is.
    pub url: String,
}

impl Manifest {
    /// Returns where the manifest goes on, if it does.
    #[must_use]
    pub fn next(&self) -> Option<&str> {
        self.link.iter().find(|link| link.relation == "next").map(|link| link.url.as_str())
    }

    /// Takes in a further page.
    pub fn extend(&mut self, page: Self) {
        self.output.extend(page.output);
        self.deleted.extend(page.deleted);
        self.error.extend(page.error);
    }

    /// Returns it as an export: files are known by type and number, since their addresses may be signed.
    pub(crate) fn export(&self, job: &str, is_full: bool, types: Option<BTreeSet<String>>) -> Export {
        let mut items: Vec<Item> = Vec::new();
        let mut numbers: BTreeMap<String, u64> = BTreeMap::new();
        for (named, kind) in [(&self.output, ItemKind::Output), (&self.deleted, ItemKind::Deleted)] {
            for Named { kind: resource_type, url, count } in named {
                let is_plain = |name: &&String| crate::line::is_resource_type(name);
                let resource_type =
                    resource_type.as_ref().filter(is_plain).filter(|_| kind == ItemKind::Output).cloned();
                let stem =
                    if kind == ItemKind::Deleted { "deleted" } else { resource_type.as_deref().unwrap_or("mixed") };
                let number = numbers.entry(stem.to_owned()).or_default();
                *number += 1;
                let name = format!("{stem}.{number}.ndjson");
                let (place, count) = (url.clone(), *count);
                items.push(Item { place, name, resource_type, kind, count, day: None, content: None });
            }
        }
        let id = format!("{:032x}", xxh3_128(format!("{job} {}", self.transaction_time).as_bytes()));
        Export { id, transaction_time: self.transaction_time, is_full, types, items, outcomes: BTreeMap::new() }
    }
}
