//! One mistake of each kind, and exactly what is said about it.

use std::path::Path;

use crate::config::{Config, Known};

const SOUND: &str = include_str!("sound.yaml");

/// Blocks apart by an empty line: the mistake, `-` what is replaced in the sound file, `+` by what, and the problems.
const MISTAKES: &str = include_str!("mistakes.txt");

struct Mistake {
    name: &'static str,
    sound: &'static str,
    broken: String,
    expected: Vec<&'static str>,
}

fn mistakes() -> Vec<Mistake> {
    let with = |block: &'static str, sign: &'static str| block.lines().filter_map(move |line| line.strip_prefix(sign));
    let mistake = |block: &'static str| Mistake {
        name: block.lines().next().unwrap(),
        sound: with(block, "- ").next().unwrap(),
        broken: with(block, "+ ").collect::<Vec<_>>().join("\n"),
        expected: block.lines().skip(1).filter(|line| !line.starts_with(['-', '+'])).collect(),
    };
    MISTAKES.split("\n\n").map(mistake).collect()
}

fn problems(text: &str) -> Vec<String> {
    let names = ["clinicians", "practices", "providers", "enrollments", "hospitals"];
    let functions = ["plan", "intake_judge"];
    let known: Known<'_> =
        Known { names: Some(&names), functions: Some(&functions), sections: Some(&[]), ..Known::default() };
    match Config::parse_for(known, text, Path::new("config.yaml")) {
        Ok(_) => Vec::new(),
        Err(error) => error.problems().iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn the_file_without_a_mistake_is_accepted() {
    assert_eq!(problems(SOUND), [""; 0]);
    let by_an_editor = format!("\u{feff}{}", SOUND.replace('\n', "\r\n"));
    assert_eq!(problems(&by_an_editor), [""; 0], "with a byte order mark and CRLF");
}

#[test]
fn each_mistake_is_told_once_with_its_place_and_what_is_accepted() {
    for Mistake { name, sound, broken, expected } in mistakes() {
        assert!(SOUND.contains(sound) && !expected.is_empty(), "{name}");
        assert_eq!(problems(&SOUND.replacen(sound, &broken, 1)), expected, "{name}");
    }
}

#[test]
fn all_mistakes_of_a_file_are_told_at_once_in_file_order() {
    let chosen: Vec<Mistake> = mistakes().into_iter().filter(|mistake| APART.contains(&mistake.name)).collect();
    let broken = chosen.iter().fold(SOUND.to_owned(), |text, each| text.replacen(each.sound, &each.broken, 1));
    let expected: Vec<&str> = chosen.iter().flat_map(|mistake| mistake.expected.clone()).collect();
    assert_eq!((problems(&broken), chosen.len()), (expected.into_iter().map(str::to_owned).collect(), APART.len()));
}

/// Mistakes in different lines that do not touch each other.
const APART: [&str; 5] = [
    "an unknown encoding",
    "an unknown type",
    "a key column of no identifier",
    "a state in lower case",
    "a password itself",
];

#[test]
fn containers_want_a_network_in_every_environment_that_is_in_buckets() {
    let text = SOUND.replacen("line asc] }", "line asc], compute: fargate }", 1);
    assert_eq!(problems(&text), [""; 0]);
    let places = "input: s3://raw, output: s3://out, rejects: s3://rejects";
    let network = "{ network: { vpc: vpc-0a, subnets: [subnet-0a] } }";
    let dev = format!("  dev: {{ {places} }}\n  prod: {{ {places}, deployment: {network} }}\nsources:\n");
    let text = text.replacen("sources:\n", &dev, 1);
    assert_eq!(
        problems(&text),
        [
            "4:3: environments.dev.deployment.network: missing; give the vpc and subnets of container tasks, as clinicians has compute: fargate"
        ]
    );
}

#[test]
fn calls_are_reserved_for_functions_that_there_are_in_any_environment() {
    let with = |reserved: &str| {
        let deployment = format!("rejects: rejects, deployment: {{ reserved_concurrency: {reserved} }}");
        SOUND.replacen("rejects: rejects", &deployment, 1)
    };
    let sound = with("{ intake_judge: 20, plan: 2 }");
    assert_eq!(problems(&sound), [""; 0]);
    let config = Config::parse(&sound, Path::new("config.yaml")).unwrap();
    let expected = [("intake_judge".to_owned(), 20), ("plan".to_owned(), 2)];
    assert_eq!(config.environments[0].deployment.reserved_concurrency, expected.into());
}

#[test]
fn problems_are_shown_a_line_each_with_the_file() {
    let broken = SOUND.replacen("unused: [suff]", "unsued: [suff]", 1);
    let broken = broken.replacen("version: 1", "version: 0", 1);
    let error = Config::parse(&broken, Path::new("conf/config.yaml")).unwrap_err();
    let expected = "\
conf/config.yaml:1:10: version: must be 1 or 2, not `0`
conf/config.yaml:17:5: sources.dac.unsued: unknown key; accepted: description, file, exclude, archive, increment_days, family, encoding, delimiter, null_tokens, \
date_format, optional, on_new_column, npi_first_digit, required, columns, unused, uploader (nearest: unused)";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_file_that_cannot_be_read_says_what_to_do() {
    let error = Config::load(Path::new("no/such/file.yaml")).unwrap_err();
    let expected = "no/such/file.yaml: cannot be read: No such file or directory (os error 2); name the configuration file \
                    with --config FILE";
    assert_eq!(error.to_string(), expected);
    assert_eq!(error.kind(), carelake_core::ErrorKind::INVALID_CONFIG);
    assert_eq!(error.problems(), []);
}
