//! What `carelake config --resolved` and `carelake functions --json` print is what `cdk/` reads; its own tests read copies, which
//! are kept current here.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{DAC, Place, dac};

#[cfg(test)]
fn resolved(environment: &str) -> String {
    printed(&["config", "--resolved"], environment)
}

#[cfg(test)]
fn printed(asked: &[&str], environment: &str) -> String {
    let ran = Command::new(env!("CARGO_BIN_EXE_carelake"))
        .args(asked)
        .args(["--config", "pipeline_config.yaml", "--env", environment])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}

#[test]
fn the_tests_of_the_stack_read_what_the_command_prints() {
    for (asked, folder) in [(["config", "--resolved"], "resolved"), (["functions", "--json"], "functions")] {
        for environment in ["dev", "prod"] {
            let file = format!("cdk/test/{folder}/{environment}.json");
            let kept = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(&file)).unwrap_or_default();
            let renew = format!("renew it: carelake {} --env {environment} > {file}", asked.join(" "));
            assert!(kept == printed(&asked, environment), "{file} is out of date; {renew}");
        }
    }
}

#[test]
fn an_environment_of_folders_is_resolved_with_whole_paths_and_every_default() {
    let local: serde_json::Value = serde_json::from_str(&resolved("local")).unwrap();
    let output = Path::new(env!("CARGO_MANIFEST_DIR")).join("output");
    assert_eq!(local["environment"]["output"]["folder"].as_str(), output.to_str());
    assert_eq!(local["environment"]["deployment"]["log_days"], 365);
    assert_eq!(local["datasets"][0]["memory_mib"], 3008);
}

#[test]
fn what_is_deployed_for_partners_is_who_sends_from_where() {
    let place = Place::new();
    let file = place.path().join("pipeline_config.yaml");
    let partners =
        "\nintake: { partners: { bayview: { networks: [192.0.2.0/24], account: '210987654321' }, uh: {} } }\n";
    fs::write(&file, fs::read_to_string(&file).unwrap() + partners).unwrap();
    let resolved = place.carelake(&["config", "--resolved"]).json();
    let wanted = serde_json::json!([
        {"name": "bayview", "account": "210987654321", "networks": ["192.0.2.0/24"]}, {"name": "uh", "networks": []}
    ]);
    assert_eq!(resolved["intake"]["partners"], wanted);
    let views = ["persons", "persons_as_sent", "encounters", "encounters_as_sent"];
    assert_eq!(resolved["intake"]["views"], serde_json::json!(views));
}

/// Moves a feed of the shipped configuration into a file of its own.
#[cfg(test)]
fn with_an_included_feed() -> Place {
    let place = Place::new();
    let shipped = fs::read_to_string(place.path().join("pipeline_config.yaml")).unwrap();
    let (before, rest) = shipped.split_once("  hospital_enrollments:\n").unwrap();
    let (block, after) = rest.split_once("\n\n").unwrap();
    let key = after.lines().find(|line| line.contains("hospital_enrollments:")).unwrap();
    let feed = format!("sources:\n  hospital_enrollments:\n{block}\ndatasets:\n  hospitals:\n    feeds:\n{key}\n");
    place.write("feeds/enrollments.yaml", feed);
    let rest = after.replacen(&format!("{key}\n"), "", 1);
    place.write("pipeline_config.yaml", format!("include: [feeds/*.yaml]\n{before}\n{rest}"));
    place
}

#[test]
fn a_feed_in_a_file_of_its_own_is_read_as_if_it_stood_in_the_configuration() {
    let (apart, whole) = (with_an_included_feed(), Place::new());
    let resolved = |place: &Place| {
        let ran = place.carelake(&["config", "--resolved", "--env", "dev"]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        ran.json()
    };
    assert_eq!(resolved(&apart), resolved(&whole));
    // What is uploaded is one file that says the same, and tells nobody that it was several.
    let joined = apart.carelake(&["config", "--joined"]);
    whole.write("pipeline_config.yaml", &joined.stdout);
    assert_eq!(resolved(&apart), resolved(&whole));
    assert_eq!(whole.carelake(&["config", "--joined"]).stdout, joined.stdout);
    for place in [&apart, &whole] {
        place.write(DAC, dac(2));
        place.run_clinicians(&[]).published();
    }
    let versions = [&apart, &whole].map(code_version);
    assert_eq!(versions[0], versions[1]);
}

/// Returns what the served run of clinicians says of the configuration that it was made with.
#[cfg(test)]
fn code_version(place: &Place) -> String {
    let folder = place.path().join("output/clinicians");
    let read =
        |name: &str| -> serde_json::Value { serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap() };
    let pointer = read("_current.json");
    read(pointer["manifest"].as_str().unwrap())["code_version"].as_str().unwrap().to_owned()
}

#[test]
fn the_configuration_of_one_file_is_joined_as_it_stands() {
    let place = Place::new();
    let shipped = fs::read_to_string(place.path().join("pipeline_config.yaml")).unwrap();
    assert_eq!(place.carelake(&["config", "--joined"]).stdout, shipped);
}

#[test]
fn files_that_feeds_look_up_in_are_joined_to_what_is_deployed_and_are_part_of_its_version() {
    let place = Place::new();
    let file = place.path().join("pipeline_config.yaml");
    let feeds = r#"
intake:
  feeds:
    bay_people:
      partner: bay
      path: "PAT_{delivery:%Y%m%d}.csv"
      format: { type: csv }
      delivery: full
      time_zone: UTC
      tables: { persons: { columns: { patient_id: MRN, sex: { from: SEX, lookup: { file: codes/sex.csv, key: code, column: meaning } } } } }
"#;
    fs::write(&file, fs::read_to_string(&file).unwrap() + feeds).unwrap();
    let codes = place.path().join("codes/sex.csv");
    fs::create_dir_all(codes.parent().unwrap()).unwrap();
    let joined = |text: &str| {
        fs::write(&codes, text).unwrap();
        place.write(DAC, dac(2));
        place.run_clinicians(&[]).published();
        (place.carelake(&["config", "--joined"]).stdout, code_version(&place))
    };
    let (text, version) = joined("code,meaning\r\n1,male\r\n");
    let (_, other) = joined("code,meaning\r\n1,female\r\n");
    assert_ne!(version, other);
    // Where nothing but the one file is, it says the same, and is its own joined text.
    let alone = Place::new();
    alone.write("pipeline_config.yaml", &text);
    alone.write(DAC, dac(2));
    alone.run_clinicians(&[]).published();
    assert_eq!((alone.carelake(&["config", "--joined"]).stdout, code_version(&alone)), (text, version));
}

#[test]
fn mistakes_in_included_files_are_told_by_every_verb_with_file_and_line() {
    let place = with_an_included_feed();
    let feed = fs::read_to_string(place.path().join("feeds/enrollments.yaml")).unwrap();
    place.write("feeds/enrollments.yaml", feed.replace("encoding:", "encodng:"));
    place.configure("version: 2", "version: 9");
    let ran = place.carelake(&["status"]);
    assert_eq!(ran.code, Some(10), "{}", ran.stderr);
    let text = fs::read_to_string(place.path().join("pipeline_config.yaml")).unwrap();
    let line = 1 + text.lines().position(|line| line == "version: 9").unwrap();
    for told in [
        format!("pipeline_config.yaml:{line}:10: version: `9` is newer").as_str(),
        "feeds/enrollments.yaml:5:5: sources.hospital_enrollments.encodng: unknown key",
        "feeds/enrollments.yaml:2:3: sources.hospital_enrollments.encoding: missing",
    ] {
        assert!(ran.stderr.contains(told), "{told}: {}", ran.stderr);
    }
}

/// A configuration of version 1, with what is written otherwise in version 2.
#[cfg(test)]
fn of_version_1() -> (Place, String) {
    let place = Place::new();
    place.configure("version: 2", "version: 1 # the first");
    let smtp = "{ host: mail.example.org, security: tls, from: a@b.example, to: [a@b.example],\n    username: a, password_env: MAIL } # old";
    place.configure("notify: {}", &format!("notify:\n  smtp: {smtp}"));
    let text = fs::read_to_string(place.path().join("pipeline_config.yaml")).unwrap();
    (place, text)
}

#[test]
fn version_1_is_read_as_ever_and_upgraded_with_its_comments_and_its_order() {
    let (place, one) = of_version_1();
    let resolved = || place.carelake(&["config", "--resolved"]).json();
    let before = resolved();
    let two = one.replace("version: 1 #", "version: 2 #").replace("password_env: MAIL", "password: { env: MAIL }");
    assert_eq!(place.carelake(&["config", "--upgrade"]).stdout, two);
    let file = place.path().join("pipeline_config.yaml");
    assert_eq!(fs::read_to_string(&file).unwrap(), one, "printing writes nothing");
    let (kept, link) = (place.path().join("kept.yaml"), std::os::unix::fs::symlink::<&str, &Path>);
    fs::rename(&file, &kept).unwrap();
    link("kept.yaml", &file).unwrap();
    fs::set_permissions(&kept, std::os::unix::fs::PermissionsExt::from_mode(0o640)).unwrap();
    let written = place.carelake(&["config", "--upgrade", "--write"]);
    assert_eq!((written.code, written.stdout.as_str()), (Some(0), "pipeline_config.yaml: written in version 2\n"));
    assert_eq!(fs::read_to_string(&kept).unwrap(), two);
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&kept).unwrap().permissions()) & 0o777, 0o640);
    assert!(fs::symlink_metadata(&file).unwrap().is_symlink());
    assert_eq!(resolved(), before);
    let again = place.carelake(&["config", "--upgrade"]);
    assert_eq!((again.stdout, again.stderr.trim_end()), (two, "pipeline_config.yaml is of version 2 already"));
}

#[test]
fn the_schema_for_editors_is_the_one_that_is_printed_and_the_configuration_names_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, options) in [("pipeline_config", &[][..]), ("included", &["--included"])] {
        let printed = Place::new().carelake(&[&["config", "--schema", "--config", "not/there.yaml"], options].concat());
        assert_eq!(printed.code, Some(0), "{}", printed.stderr);
        let kept = fs::read_to_string(root.join(format!("{name}.schema.json"))).unwrap_or_default();
        let options = options.join(" ");
        assert!(kept == printed.stdout, "renew it: carelake config --schema {options} > {name}.schema.json");
    }
    let shipped = fs::read_to_string(root.join("pipeline_config.yaml")).unwrap();
    assert_eq!(shipped.lines().next(), Some("# yaml-language-server: $schema=pipeline_config.schema.json"));
}

#[test]
fn what_is_deployed_of_streams_is_those_of_the_environment() {
    let place = Place::new();
    let file = place.path().join("pipeline_config.yaml");
    let arn = "arn:aws:dynamodb:us-east-1:123456789012:table/visits/stream/2026-11-01T00:00:00.000";
    let streams = format!(
        "\nstreams:\n  visits: {{ kind: dynamodb, keys: [{{ name: id }}], prefilter: true, filter: {{ events: [INSERT, MODIFY] }}, \
         aws: {{ local: {{ arn: '{arn}' }} }} }}\n  elsewhere: {{ kind: dynamodb, keys: [{{ name: id }}], aws: {{ prod: {{ arn: '{arn}' }} }} }}\n  \
         calls: {{ kind: kinesis, keys: [{{ name: id }}], flush: {{ every: 2m }} }}\n"
    );
    fs::write(&file, fs::read_to_string(&file).unwrap() + &streams).unwrap();
    let resolved = place.carelake(&["config", "--resolved"]).json();
    let wanted = serde_json::json!([
        {
            "name": "visits", "kind": "dynamodb", "source": "visits", "arn": arn, "prefilter": ["INSERT", "MODIFY"],
            "flush": {"every_secs": 300},
        },
        {"name": "calls", "kind": "kinesis", "source": "calls", "flush": {"every_secs": 120}},
    ]);
    assert_eq!(resolved["streams"], wanted);
}
