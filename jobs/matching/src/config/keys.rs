//! The keys of the section: what each may be, what holds without it, and what it means.

use carelake_core::config::SECRET;
use carelake_core::config::reader::{Form, Key, Preset};

const NAMES: Form = Form::List(&Form::Text);
const COMPARE: Form = Form::Word(&[
    "exact",
    "edit",
    "text",
    "first_name",
    "last_name",
    "date",
    "ssn",
    "zip",
    "phone",
    "email",
    "address",
    "number",
]);
const BITS: Form = Form::Number(-1_000.0, 1_000.0);
const SHARE: Form = Form::Number(0.0, 1.0);

/// The section.
pub(super) const MATCHING: [Key; 2] = [
    Key::new(
        "database",
        Form::Keys(&DATABASE),
        "The PostgreSQL that references are kept in; without it, each is a file of one machine",
    ),
    Key::new("matchers", Form::Map(&Form::Keys(&MATCHER)), "The matchers, by name").required(),
];

/// The database.
pub(super) const DATABASE: [Key; 5] = [
    Key::new("host", Form::Text, "The host of PostgreSQL").required(),
    Key::new("port", Form::Whole(1, 65_535), "Its port").or(Preset::Whole(5_432)),
    Key::new("name", Form::Text, "The name of the database").or(Preset::Text("carelake")),
    Key::new("login", Form::Keys(&SECRET), "Where user and password are kept").required(),
    Key::new(
        "tls",
        Form::Keys(&TLS),
        "How connections are encrypted; they are, and the certificate is of the host, unless the host is this machine",
    ),
];

/// How connections are encrypted.
pub(super) const TLS: [Key; 2] = [
    Key::new("mode", Form::Word(&["verify-full", "disable"]), "disable: only where the host is this machine"),
    Key::new("ca", Form::Text, "A file of certificates in PEM that are trusted instead of those of the machine"),
];

/// A matcher.
pub(super) const MATCHER: [Key; 19] = [
    Key::new("input", Form::Keys(&INPUT), "Which records are looked up").required(),
    Key::new("serve", Form::Boolean, "Whether the view persons takes these feeds from here").or(Preset::Boolean(false)),
    Key::new("reference", Form::Keys(&REFERENCE), "Where records are looked up").required(),
    Key::new("missing", Form::Map(&NAMES), "Texts that stand for nothing, by field, beside those that everybody knows"),
    Key::new(
        "nicknames",
        Form::List(&NAMES),
        "Groups of first names that stand for each other, beside those that are known",
    ),
    Key::new("fields", Form::Map(&Form::Keys(&FIELD)), "The fields that are compared, in the order of the sum")
        .required(),
    Key::new("block", Form::List(&NAMES), "The passes that bring up candidates, each a list of parts of a key")
        .required(),
    Key::new("max_block", Form::Whole(1, 1_000_000), "Records of the reference from which a key says nothing")
        .or(Preset::Whole(2_000)),
    Key::new("never", Form::List(&Form::Keys(&NEVER)), "What parts a record from a person"),
    Key::new("rules", Form::List(&Form::Keys(&RULE)), "What joins them; the first that holds counts"),
    Key::new("model", Form::Text, "The file of the model; the one that was trained last unless set"),
    Key::new("thresholds", Form::Keys(&THRESHOLDS), "Weights in bits, the prior included").required(),
    Key::new("must_agree", NAMES, "Fields on which a record may not contradict the person's best value"),
    Key::new("one_to_one", Form::Word(&["delivery", "off", "reference"]), "Which records may not be the same person")
        .or(Preset::Text("delivery")),
    Key::new(
        "repair",
        Form::List(&Form::Either(&[Form::Text, Form::Keys(&TOGETHER)])),
        "Which missing cells are filled",
    ),
    Key::new("accepts_ssn", NAMES, "Feeds or partners whose rows may be given a full number; * is all"),
    Key::new("same_ids", Form::List(&NAMES), "Feeds of one partner that share patient ids"),
    Key::new("review", Form::Keys(&REVIEW), "What is asked"),
    Key::new("max_shift", SHARE, "How far the share of exact or proposed records may move from run to run")
        .or(Preset::Number(0.2)),
];

/// The records that are looked up.
pub(super) const INPUT: [Key; 3] = [
    Key::new("publications", NAMES, "Patterns of publications").required(),
    Key::new("rows", Form::Word(&["incomplete", "all"]), "Which of their rows").or(Preset::Text("incomplete")),
    Key::new("required", NAMES, "The columns that a complete row has; ssn is the number or its last four").required(),
];

/// Where they are looked up.
pub(super) const REFERENCE: [Key; 2] = [
    Key::new("from", NAMES, "Patterns of publications").required(),
    Key::new("prefer", NAMES, "Feeds or partners whose values are the best, the best first"),
];

/// A field.
pub(super) const FIELD: [Key; 5] = [
    Key::new("compare", COMPARE, "How its values are compared").required(),
    Key::new("column", Form::Text, "The column; the name of the field unless set"),
    Key::new("swaps_with", Form::Text, "The field of last names that may be exchanged with it"),
    Key::new("frequencies", Form::Boolean, "Whether a common value says less; so of names and ZIP codes unless set"),
    Key::new("within", Form::Number(0.0, f64::MAX), "How far apart numbers may be on level within"),
];

/// What can be asked of a pair.
const ALL: Key = Key::new("all", NAMES, "Each of these conditions holds");
const ANY: Key = Key::new("any", NAMES, "One of these conditions holds");
const NONE: Key = Key::new("none", NAMES, "None of these conditions holds");
const COUNTED: Key = Key::new("at_least", Form::Keys(&AT_LEAST), "So many of these conditions hold");
const NAME: Key = Key::new("name", Form::Text, "The name that reasons say").required();

/// Conditions that are counted.
pub(super) const AT_LEAST: [Key; 2] = [
    Key::new("count", Form::Whole(1, 100), "How many must hold").or(Preset::Whole(1)),
    Key::new("of", NAMES, "The conditions that are counted").required(),
];

/// What parts a record from a person.
pub(super) const NEVER: [Key; 6] = [
    NAME,
    ALL,
    ANY,
    NONE,
    COUNTED,
    Key::new("is", Form::Word(&["not_exact", "never"]), "Whether the pair is at most proposed, or gone").required(),
];

/// What joins them.
pub(super) const RULE: [Key; 7] = [
    NAME,
    ALL,
    ANY,
    NONE,
    COUNTED,
    Key::new("is", Form::Word(&["exact", "proposed"]), "What the pair is").required(),
    Key::new("links_reference", Form::Boolean, "Whether it joins records of the reference into one person")
        .or(Preset::Boolean(false)),
];

/// Weights in bits.
pub(super) const THRESHOLDS: [Key; 3] = [
    Key::new("exact", BITS, "From here a pair is exact").required(),
    Key::new("propose", BITS, "From here it is proposed").required(),
    Key::new("margin", Form::Number(0.0, 1_000.0), "So far behind another person must be").or(Preset::Number(0.0)),
];

/// Columns that are filled together.
pub(super) const TOGETHER: [Key; 1] =
    [Key::new("together", NAMES, "Columns that are filled from one record, if what is there agrees with it")
        .required()];

/// What is asked.
pub(super) const REVIEW: [Key; 4] = [
    Key::new(
        "second",
        Form::Either(&[NAMES, Form::Word(&["always"]), SHARE]),
        "Columns whose repair needs two people; always, or a share of the records, is of every repair",
    ),
    Key::new("sample_exact", SHARE, "The share of exact records that are asked blindly").or(Preset::Number(0.01)),
    Key::new("sample_none", SHARE, "The share of records without a person that are asked blindly")
        .or(Preset::Number(0.002)),
    Key::new("expire_days", Form::Whole(1, 3_660), "Days after which a question is dropped").or(Preset::Whole(180)),
];
