//! What the section may say, and how mistakes in it are told.

use std::path::Path;

use carelake_core::config::reader::{Mistakes, Spot, parse};
use jiff::SignedDuration;

use super::{Hl7, Network, OnAws, read};

fn told(text: &str) -> (Hl7, Vec<String>) {
    let mut mistakes = Mistakes::default();
    let root = parse(text, &mut mistakes).unwrap();
    let section = read(&Spot::root(&root).child("hl7").unwrap(), Path::new("/etc/carelake"), &mut mistakes);
    let told = mistakes.into_problems().into_iter().map(|problem| format!("{}: {}", problem.path, problem.message));
    (section, told.collect())
}

#[test]
fn what_is_not_said_holds_as_the_page_says() {
    let section = Hl7::default();
    assert_eq!(section.identify_except, ["AN", "VN", "SS"]);
    assert_eq!((section.max_http_bytes, section.max_bytes), (4 << 20, 64 << 20));
    assert_eq!(section.control_id_kept, SignedDuration::from_hours(30 * 24));
    assert!(!section.is_original && section.auth.is_none() && section.processing_ids.is_empty());
}

#[test]
fn everything_can_be_said() {
    let text = "hl7:\n  compat: original\n  default_version: '2.3'\n  time_zone: Europe/Berlin\n  senders: { NORTH: { time_zone: America/New_York, charset: 8859/1 } }\n  authorities: { HOSP2: HOSP }\n  identify_except: []\n  processing_ids: [P]\n  sweep_after: 90s\n  auth: { issuer: 'https://id.example', audience: [lake] }\n  mllp: { allow: [192.0.2.0/24] }\n  silence: { NORTH: 2h }\n  stream: { create: true }\n";
    let (section, told) = told(text);
    assert_eq!(told, [] as [String; 0]);
    assert!(section.is_original && section.identify_except.is_empty());
    assert_eq!(section.zone_of("APP", "NORTH").and_then(|zone| zone.iana_name()), Some("America/New_York"));
    assert_eq!(section.auth.as_ref().unwrap().keys, "https://id.example/.well-known/jwks.json");
    assert_eq!(section.silence["NORTH"], SignedDuration::from_hours(2));
    assert_eq!((section.signs_up, section.stream.as_ref()), (false, Some(&OnAws::Made)));
    assert!(section.mllp_allow[0].has("192.0.2.7".parse().unwrap()));
}

#[test]
fn whoever_may_sign_up_does_so_where_no_issuer_is_named() {
    let (section, told) = told("hl7: { auth: { sign_up: email } }");
    assert_eq!((told, section.auth, section.signs_up), (Vec::new(), None, true));
}

#[test]
fn mistakes_are_told_with_their_place() {
    for (text, wanted) in [
        ("hl7: { compat: orig }", "hl7.compat"),
        ("hl7: { default_version: '2.9' }", "hl7.default_version: must be one of 2.1, 2.2"),
        ("hl7: { time_zone: Mars }", "hl7.time_zone: must be a time zone"),
        ("hl7: { mllp: { allow: [a] } }", "hl7.mllp.allow[0]: must be networks"),
        ("hl7: { silence: { A: 2 } }", "hl7.silence.A: must be a span of time"),
        ("hl7: { auth: { issuer: x } }", "hl7.auth.audience: missing"),
        ("hl7: { auth: { audience: [x] } }", "hl7.auth.issuer: missing"),
        ("hl7: { auth: { issuer: x, audience: [x], sign_up: email } }", "hl7.auth.sign_up: must be off"),
        ("hl7: { stream: { create: false } }", "hl7.stream: must be either arn"),
        ("hl7: { default_charset: klingon }", "hl7.default_charset: must be a character set"),
    ] {
        let told = told(text).1;
        assert!(told.len() == 1 && told[0].starts_with(wanted), "{text}: {told:?}");
    }
}

#[test]
fn a_network_has_the_addresses_that_begin_as_it_does() {
    let has = |network: &str, address: &str| Network::parse(network).unwrap().has(address.parse().unwrap());
    assert!(has("192.0.2.0/24", "192.0.2.255") && !has("192.0.2.0/24", "192.0.3.0"));
    assert!(has("192.0.2.1", "::ffff:192.0.2.1") && has("0.0.0.0/0", "10.0.0.1") && !has("0.0.0.0/0", "::1"));
    assert!(has("2001:db8::/32", "2001:db8:1::1") && Network::parse("10.0.0.0/33").is_none());
}
