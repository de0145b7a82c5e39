//! Reads the section.

use std::path::Path;

use carelake_core::config::Section;
use carelake_core::config::reader::{Fields, Form, Key, Mistakes, Preset, Spot, schema_of};

use super::{Fetch, Sites, wanted};

/// The section of the configuration that this room reads.
pub const SECTION: Section = Section {
    name: "fetch",
    check: |spot, folder, mistakes| {
        read(spot, folder, mistakes);
    },
    schema: || schema_of(&Form::Keys(&FETCH)),
};

const ADDRESS: Form = Form::Like("^https?://[^/?#]+/?$");
const AN_ADDRESS: &str = "https:// and a host, without a path";

/// The keys of the section.
const FETCH: [Key; 7] = [
    Key::new("sites", Form::Keys(&SITES), "The base addresses of the sites"),
    Key::new("hosts", Form::List(&Form::Text), "Hosts that files may come from, besides those of the sites"),
    Key::new("proxy", Form::Like("^https?://"), "The proxy, http://HOST:PORT; HTTPS_PROXY of the command unless set"),
    Key::new("ca_file", Form::Text, "Certificates that are trusted besides those of the system"),
    Key::new("min_share", Form::Number(0.0, 1.0), "Of the last file's bytes; a smaller file waits for --accept-loss")
        .or(Preset::Number(0.8)),
    Key::new("stale_days", Form::Whole(0, 400), "Days after the next release was expected that make a source stale")
        .or(Preset::Whole(14)),
    Key::new("sources", Form::Map(&Form::Keys(&wanted::WANTED)), "What is fetched, by name").required(),
];

/// The sites, as they were when this was written (data.cms.gov and download.cms.gov are those of CMS).
const SITES: [Key; 3] = [
    Key::new("provider_data", ADDRESS, "The Provider Data Catalog").or(Preset::Text("https://data.cms.gov")),
    Key::new("data_cms", ADDRESS, "The catalog of data.cms.gov").or(Preset::Text("https://data.cms.gov")),
    Key::new("nppes", ADDRESS, "The files of NPPES").or(Preset::Text("https://download.cms.gov")),
];

/// Reads the section; `folder` is that of the configuration, for the file of certificates.
///
/// All that is wrong is told at once. What is answered can be trusted if nothing is.
pub fn read(spot: &Spot<'_>, folder: &Path, mistakes: &mut Mistakes) -> Fetch {
    let fields = spot.keyed(&FETCH, mistakes);
    let sites = fields.get("sites").unwrap_or_else(Spot::empty).keyed(&SITES, mistakes);
    let sites = Sites {
        provider_data: address(&sites, "provider_data", mistakes),
        data_cms: address(&sites, "data_cms", mistakes),
        nppes: address(&sites, "nppes", mistakes),
    };
    let min_share = fields.number_or("min_share", "a number", 0.0..=1.0, fields.preset_number("min_share"), mistakes);
    let entries = fields.required("sources", "what is fetched", mistakes);
    let entries = entries.map(|spot| spot.entries("what is fetched, by name", mistakes)).unwrap_or_default();
    let wanted = entries.into_iter().filter_map(|(name, spot)| wanted::read(name, &spot, min_share, mistakes));
    let wanted = wanted.collect();
    Fetch {
        sites,
        hosts: fields.get("hosts").map(|spot| hosts(&spot, mistakes)).unwrap_or_default(),
        proxy: fields.get("proxy").and_then(|spot| proxy(&spot, mistakes)),
        ca_file: fields.get("ca_file").and_then(|spot| spot.text("a file", mistakes)).map(|file| folder.join(file)),
        stale_days: fields.whole("stale_days", mistakes),
        wanted,
    }
}

/// Reads the address of a site. One without TLS is for a site that only this network knows, which tests have.
fn address(fields: &Fields<'_>, key: &str, mistakes: &mut Mistakes) -> String {
    let preset = SITES.iter().find(|site| site.name == key).and_then(|site| site.preset);
    let preset = if let Some(Preset::Text(text)) = preset { text } else { "" };
    let Some(spot) = fields.get(key) else { return preset.to_owned() };
    let Some(text) = spot.text(AN_ADDRESS, mistakes) else { return String::new() };
    let base = text.strip_suffix('/').unwrap_or(&text);
    let (plain, host) = match (base.strip_prefix("https://"), base.strip_prefix("http://")) {
        (Some(host), _) => (false, host),
        (None, Some(host)) => (true, host),
        (None, None) => (false, ""),
    };
    if host.is_empty() || host.contains(['/', '?', '#', '@']) || host.contains(char::is_whitespace) {
        spot.expected(AN_ADDRESS, mistakes);
    } else if plain && !is_private(host) {
        mistakes.add(
            &spot,
            "must begin with https://; http:// is for a site of this machine or network, such as 127.0.0.1",
        );
    }
    base.to_owned()
}

/// Returns whether a name means nothing outside: this machine, a name without a domain, or the domain that is reserved for this.
fn is_private(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "127.0.0.1" | "[::1]") || !name.contains('.') || name.ends_with(".internal")
}

fn hosts(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Vec<String> {
    const A_HOST: &str = "hosts such as data.cms.gov or *.cms.gov";
    let mut hosts = Vec::new();
    for (text, spot) in spot.texts(A_HOST, mistakes) {
        let name = text.strip_prefix("*.").unwrap_or(&text);
        let is_host = name.contains('.') && name.chars().all(|c| c.is_ascii_alphanumeric() || ".-".contains(c));
        if is_host {
            hosts.push(text.to_ascii_lowercase());
        } else {
            spot.expected(A_HOST, mistakes);
        }
    }
    hosts
}

fn proxy(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<String> {
    const A_PROXY: &str = "http://HOST:PORT";
    let text = spot.text(A_PROXY, mistakes)?;
    let host = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://")).unwrap_or_default();
    if host.is_empty() {
        spot.expected(A_PROXY, mistakes);
    } else if host.contains('@') {
        mistakes.add(spot, "must not hold a login; set HTTPS_PROXY where the command runs");
    }
    Some(text)
}
