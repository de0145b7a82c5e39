//! The sections that every room shares, besides environments, notices and prices.

use std::path::Path;

use serde::Serialize;

use super::deployment::{NETWORK, Network, read_network};
use super::environment::ENVIRONMENT;
use super::lineage::{LINEAGE, Lineage, read_lineage};
use super::notify::NOTIFY;
use super::places::{PLACES, Places, read_places};
use super::prices::PRICES;
use super::reader::{Fields, Form, Key, Mistakes, Spot};
use super::secret::{SECRET, Secret, read_secret};
use super::serve::{SERVE, Serve, read_serve};
use super::tenants::{TENANT, Tenant, read_tenants};
use super::{Environment, check_own_name};

/// The keys of a file that every room shares.
pub const HEAD: [Key; 11] = [
    Key::new("version", Form::Whole(1, 2), "The version of the format").required(),
    Key::new(
        "include",
        Form::Either(&[Form::Text, Form::List(&Form::Text)]),
        "Files below this folder that belong to this one",
    ),
    Key::new(
        "environments",
        Form::Map(&Form::Keys(&ENVIRONMENT)),
        "Where runs read and publish, by the name for --env",
    )
    .required(),
    Key::new("places", Form::Map(&Form::Keys(&PLACES)), "Further places of each environment"),
    Key::new("tenants", Form::Map(&Form::Keys(&TENANT)), "Whose data there is, by the name for --tenant"),
    Key::new("secrets", Form::Map(&Form::Keys(&SECRET)), "Where secrets are kept, never themselves"),
    Key::new("notify", Form::Keys(&NOTIFY), "Mail from runs on one machine"),
    Key::new("prices", Form::Keys(&PRICES), "What AWS charges, in US dollars"),
    Key::new("lineage", Form::Keys(&LINEAGE), "Where it is told what was made of what"),
    Key::new("serve", Form::Keys(&SERVE), "Where `carelake serve` listens"),
    Key::new("network", Form::Map(&Form::Keys(&NETWORK)), "Networks that functions may run in, by name"),
];

/// What every room shares.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// The places of every environment, in their order.
    pub places: Vec<Places>,
    /// Whose data there is; none where there is but one.
    pub tenants: Vec<Tenant>,
    /// Where secrets are kept, by the names that rooms have for them.
    pub secrets: Vec<(String, Secret)>,
    /// Where it is told what was made of what.
    pub lineage: Option<Lineage>,
    /// Where `carelake serve` listens.
    pub serve: Serve,
    /// Networks that functions may run in, by name.
    pub networks: Vec<(String, Network)>,
}

/// What is understood of the shared sections, for one environment.
#[derive(Debug, Serialize)]
pub struct ResolvedHead<'h> {
    #[serde(skip_serializing_if = "Option::is_none")]
    places: Option<&'h Places>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    tenants: &'h [Tenant],
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    secrets: serde_json::Map<String, serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lineage: Option<&'h Lineage>,
    serve: &'h Serve,
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    network: serde_json::Map<String, serde_json::Value>,
}

impl Head {
    /// Returns the places of an environment.
    #[must_use]
    pub fn places(&self, environment: &str) -> Option<&Places> {
        self.places.iter().find(|places| places.environment == environment)
    }

    /// Returns what is understood of these sections for an environment.
    #[must_use]
    pub fn resolved(&self, environment: &str) -> ResolvedHead<'_> {
        ResolvedHead {
            places: self.places(environment),
            tenants: &self.tenants,
            secrets: by_name(&self.secrets),
            lineage: self.lineage.as_ref(),
            serve: &self.serve,
            network: by_name(&self.networks),
        }
    }
}

fn by_name<T: Serialize>(entries: &[(String, T)]) -> serde_json::Map<String, serde_json::Value> {
    let entry = |(name, value): &(String, T)| Some((name.clone(), serde_json::to_value(value).ok()?));
    entries.iter().filter_map(entry).collect()
}

/// Reads the shared sections. Relative folders are relative to the folder of the configuration file.
pub fn read_head(fields: &Fields<'_>, environments: &[Environment], base_dir: &Path, mistakes: &mut Mistakes) -> Head {
    Head {
        places: read_places(fields.get("places").as_ref(), environments, base_dir, mistakes),
        tenants: fields.get("tenants").map(|spot| read_tenants(&spot, mistakes)).unwrap_or_default(),
        secrets: read_named(fields, "secrets", mistakes, |spot, mistakes| read_secret(spot, base_dir, mistakes)),
        lineage: fields.get("lineage").map(|spot| read_lineage(&spot, mistakes)),
        serve: fields.get("serve").map(|spot| read_serve(&spot, mistakes)).unwrap_or_default(),
        networks: read_named(fields, "network", mistakes, |spot, mistakes| Some(read_network(spot, mistakes))),
    }
}

/// Reads a section whose keys are names that somebody gives.
fn read_named<T>(
    fields: &Fields<'_>,
    section: &str,
    mistakes: &mut Mistakes,
    read: impl Fn(&Spot<'_>, &mut Mistakes) -> Option<T>,
) -> Vec<(String, T)> {
    let Some(spot) = fields.get(section) else { return Vec::new() };
    let entries = spot.entries("names and what each is", mistakes);
    let one = |(name, spot): (&str, Spot<'_>)| {
        check_own_name(&spot, name, mistakes);
        Some((name.to_owned(), read(&spot, mistakes)?))
    };
    entries.into_iter().filter_map(one).collect()
}
