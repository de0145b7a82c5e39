//! The sections that every room shares: what is read, and what is said about each mistake.

use std::path::Path;

use carelake_core::config::{Location, Secret};

use crate::config::{Config, Known};

const SOUND: &str = include_str!("sound.yaml");
const WHOLE: &str = include_str!("head.yaml");

fn read(sections: &str) -> Result<Config, Vec<String>> {
    let text = format!("{}{sections}", SOUND.replacen("version: 1", "version: 2", 1));
    let known = Known::<()> { sections: Some(&[]), ..Known::default() };
    Config::parse_for(known, &text, Path::new("/conf/config.yaml"))
        .map_err(|error| error.problems().iter().map(|problem| without_line(&problem.to_string())).collect())
}

/// Sections are added at the end, so their lines are not told apart.
fn without_line(problem: &str) -> String {
    problem.split_once(':').map_or(problem, |(_, rest)| rest).to_owned()
}

fn local(text: &str) -> Location {
    Location::Local(text.into())
}

#[test]
fn every_section_is_read() {
    let head = read(WHOLE).unwrap().head;
    let [places] = head.places.as_slice() else { panic!("one environment") };
    assert_eq!(
        (&places.raw, &places.scratch, &places.state),
        (&local("/srv/received"), &Some(local("/mnt/fast")), &Some(local("/conf/out/kept")))
    );
    let tenants: Vec<_> = head.tenants.iter().map(|it| (it.scope.to_string(), it.name.as_str())).collect();
    assert_eq!(tenants, [("acme".to_owned(), "Acme Health"), ("zenith".to_owned(), "zenith")]);
    assert_eq!(head.tenants[0].recipients, ["a@acme.example"]);
    let secrets: Vec<_> = head.secrets.iter().map(|(name, secret)| (name.as_str(), secret.clone())).collect();
    let kept =
        [Secret::Env("MAIL".into()), Secret::SecretsManager("crm/login".into()), Secret::File("/conf/keys/crm".into())];
    assert_eq!(secrets, ["mail", "crm", "key"].into_iter().zip(kept).collect::<Vec<_>>());
    assert_eq!(head.lineage.unwrap().namespace, "lake");
    assert_eq!(head.serve.listen.to_string(), "0.0.0.0:80");
    assert_eq!(head.networks[0].1.vpc, "vpc-0a");
}

#[test]
fn what_is_read_is_shown_with_what_stands_in_for_what_is_not_set() {
    let resolved = |sections: &str| {
        let config = read(sections).unwrap();
        let resolved = serde_json::to_value(config.resolved(&config.environments[0])).unwrap();
        let keys = ["places", "tenants", "secrets", "lineage", "serve", "network"];
        serde_json::json!(keys.map(|key| resolved.get(key).cloned()))
    };
    let input = read("").unwrap().environments[0].input.clone();
    assert_eq!(
        resolved(""),
        serde_json::json!([{ "raw": input }, null, null, null, { "listen": "127.0.0.1:8642" }, null])
    );
    assert_eq!(
        resolved(WHOLE),
        serde_json::json!([
            { "raw": { "folder": "/srv/received" }, "scratch": { "folder": "/mnt/fast" }, "state": { "folder": "/conf/out/kept" } },
            [
                { "scope": "acme", "name": "Acme Health", "recipients": ["a@acme.example"] },
                { "scope": "zenith", "name": "zenith", "recipients": [] },
            ],
            { "mail": { "env": "MAIL" }, "crm": { "secrets_manager": "crm/login" }, "key": { "file": "/conf/keys/crm" } },
            { "to": "https://lineage.example.org/api", "namespace": "lake" },
            { "listen": "0.0.0.0:80" },
            { "clinic": { "vpc": "vpc-0a", "subnets": ["subnet-0a"], "hosts": ["data.cms.gov", "*.example.org", "files.example.org:22"] } },
        ])
    );
}

#[test]
fn each_mistake_is_told_with_its_place_and_what_is_accepted() {
    for (section, expected) in [
        ("places: { lokal: {} }", "11: places.lokal: unknown key; accepted: local (nearest: local)"),
        (
            "places: { local: { rwa: a } }",
            "20: places.local.rwa: unknown key; accepted: raw, scratch, state, input, output, rejects (nearest: raw)",
        ),
        (
            "places: { local: { output: a } }",
            "28: places.local.output: is said in environments.local.output; keep it there alone",
        ),
        (
            "places: { local: { raw: 's3://abc' } }",
            "25: places.local.raw: must be a folder, as the output of the environment is",
        ),
        (
            "places: { local: { raw: out/raw } }",
            "25: places.local.raw: must not lie inside output; give it a place of its own",
        ),
        (
            "places: { local: { raw: rejects/raw } }",
            "25: places.local.raw: must not lie inside rejects; give it a place of its own",
        ),
        (
            "places: { local: { raw: . } }",
            "25: places.local.raw: must not have output inside; give it a place of its own\n25: places.local.raw: must not have rejects inside; give it a place of its own",
        ),
        (
            "places: { local: { scratch: in } }",
            "29: places.local.scratch: must not lie inside input; give it a place of its own",
        ),
        (
            "places: { local: { state: rejects } }",
            "27: places.local.state: must not lie inside rejects; give it a place of its own",
        ),
        (
            "places: { local: { raw: r, scratch: r/s } }",
            "37: places.local.scratch: must not lie inside raw; give it a place of its own",
        ),
        (
            "places: { local: { state: s, scratch: s } }",
            "39: places.local.scratch: must not lie inside state; give it a place of its own",
        ),
        (
            "places: { local: { raw: r/s, state: r } }",
            "25: places.local.raw: must not lie inside state; give it a place of its own",
        ),
        (
            "places: { local: { raw: 'https://a' } }",
            "25: places.local.raw: scheme `https` is not supported; give a folder or s3://bucket/prefix",
        ),
        ("tenants: [acme]", "1: tenants: must be a map of tenants, such as acme: {}, not a list"),
        ("tenants: { Acme: {} }", "12: tenants.Acme: `Acme` is not a tenant; a tenant is 1 to 32 of a-z, 0-9 and _"),
        (
            "tenants: { acme: { nmae: A } }",
            "20: tenants.acme.nmae: unknown key; accepted: name, recipients (nearest: name)",
        ),
        (
            "tenants: { acme: { recipients: [a] } }",
            "33: tenants.acme.recipients[0]: must be a mail address such as oncall@example.org, not `a`",
        ),
        (
            "secrets: { crm: hunter2 }",
            "17: secrets.crm: must be {secrets_manager: NAME}, {env: NAME} or {file: PATH}; never the secret itself",
        ),
        (
            "secrets: { CRM: { env: CRM } }",
            "12: secrets.CRM: `CRM` must be lower-case letters, digits and single `_`, and start with a letter",
        ),
        ("lineage: {}", "1: lineage.to: missing; give file:PATH or https://HOST/PATH"),
        (
            "lineage: { to: 'http://a' }",
            "16: lineage.to: must be file:PATH or https://HOST/PATH, not the text \"http://a\"",
        ),
        (
            "serve: { listen: localhost }",
            "18: serve.listen: must be an address and a port, such as 127.0.0.1:8642, not `localhost`",
        ),
        ("serve: { listne: 1 }", "10: serve.listne: unknown key; accepted: listen (nearest: listen)"),
        (
            "network: { a: { vpc: b, subnets: [subnet-0a] } }",
            "22: network.a.vpc: must be the id of a VPC, such as vpc-0123, not `b`",
        ),
    ] {
        assert_eq!(read(section).err().unwrap_or_default().join("\n"), expected, "{section}");
    }
}

#[test]
fn a_file_of_version_1_is_read_as_it_was_and_has_none_of_these() {
    let one = Config::parse(SOUND, Path::new("/conf/config.yaml")).unwrap();
    assert_eq!(Config { text: one.text.clone(), root: one.root.clone(), ..read("").unwrap() }, one);
    let problems = Config::parse(&format!("{SOUND}{WHOLE}"), Path::new("/conf/config.yaml")).unwrap_err();
    let needs = "needs `version: 2`; `carelake config --upgrade --write` makes it of this file";
    assert_eq!(problems.problems().iter().filter(|problem| problem.message == needs).count(), 6);
}
