//! The keys of the section: what each may be, what holds without it, and what it means.

use carelake_core::config::SECRET;
use carelake_core::config::reader::{Form, Key, Preset};

/// The words for types.
pub(super) const TYPES: [&str; 9] =
    ["text", "int64", "decimal", "bool", "timestamp", "date", "binary", "json", "text_list"];
/// The words for units of times.
pub(super) const UNITS: [&str; 4] = ["s", "ms", "us", "iso"];

const NAME: Key = Key::new("name", Form::Like("^[a-z][a-z0-9_]*$"), "What it is called in the lake").required();
const FROM: Key =
    Key::new("from", Form::Text, "Where it is in the record, as address.city or tags[0]; its name unless set");

/// A column of the key.
pub(super) const KEY: [Key; 3] = [
    NAME,
    FROM,
    Key::new("type", Form::Word(&["text", "int64", "decimal", "binary"]), "Its type").or(Preset::Text("text")),
];

/// A declared attribute.
pub(super) const ATTRIBUTE: [Key; 4] = [
    NAME,
    FROM,
    Key::new("type", Form::Word(&TYPES), "Its type").or(Preset::Text("text")),
    Key::new("unit", Form::Word(&UNITS), "What a timestamp counts; iso unless set"),
];

/// When something happened.
pub(super) const EVENT_TIME: [Key; 2] = [
    Key::new("from", Form::Text, "Where the time is in the record").required(),
    Key::new("unit", Form::Word(&UNITS), "What it counts since 1970, or iso").required(),
];

/// Who we are to a server.
pub(super) const CREDENTIAL: [Key; 2] = [
    Key::new("bearer", Form::Keys(&SECRET), "Where a token is kept"),
    Key::new("basic", Form::Keys(&BASIC), "A user and a password"),
];

/// A user and a password.
pub(super) const BASIC: [Key; 2] = [
    Key::new("user", Form::Text, "The user").required(),
    Key::new("password", Form::Keys(&SECRET), "Where the password is kept").required(),
];

/// What records are given while they are taken.
pub(super) const ENRICH: [Key; 10] = [
    Key::new("lookup", Form::Text, "The look-up that is asked, a name of `lookups`"),
    Key::new(
        "key",
        Form::Either(&[Form::Text, Form::List(&Form::Text)]),
        "The declared columns whose values are its key, in the order of that",
    ),
    Key::new("columns", Form::List(&Form::Keys(&ATTRIBUTE)), "What of its rows becomes columns"),
    Key::new("http", Form::Like("^https?://"), "The address that is asked, https:// but on this machine"),
    Key::new("send", Form::Either(&[Form::Text, Form::List(&Form::Text)]), "The declared columns that are sent"),
    Key::new("take", Form::List(&Form::Keys(&ATTRIBUTE)), "What of its answers becomes columns"),
    Key::new("timeout", Form::Whole(1, 50), "Seconds that an answer may take").or(Preset::Whole(10)),
    Key::new("credential", Form::Keys(&CREDENTIAL), "Who we are there: one of these"),
    Key::new("on_miss", Form::Word(&["null", "park"]), "What becomes of a record that there is no row for")
        .or(Preset::Text("null")),
    Key::new("cache_secs", Form::Whole(0, 86_400), "Seconds for which an answer holds").or(Preset::Whole(300)),
];

/// What is left out.
pub(super) const FILTER: [Key; 2] = [
    Key::new(
        "events",
        Form::List(&Form::Word(&["INSERT", "MODIFY", "REMOVE"])),
        "Which changes are taken; all unless set",
    ),
    Key::new("where", Form::Text, "A condition over the record, such as: kind is null or kind != 'probe'"),
];

/// When staged batches are published.
pub(super) const FLUSH: [Key; 2] = [
    Key::new("every", Form::Like("^[0-9]+[smh]$"), "How often staged batches are published").or(Preset::Text("300s")),
    Key::new("mib", Form::Whole(1, 1_024), "MiB of staged batches that are published at once").or(Preset::Whole(128)),
];

/// Where a stream is in an environment on AWS.
pub(super) const AWS: [Key; 2] = [
    Key::new("arn", Form::Like("^arn:[^:]+:(dynamodb|kinesis):"), "The ARN of the stream").required(),
    Key::new("key", Form::Like("^arn:[^:]+:kms:"), "The ARN of the customer's key that its records are encrypted with"),
];

/// A stream.
pub(super) const STREAM: [Key; 17] = [
    Key::new("kind", Form::Word(&["files", "dynamodb", "kinesis", "dms"]), "Where its records come from").required(),
    Key::new("format", Form::Word(&["json", "dynamodb"]), "What a record of Kinesis holds").or(Preset::Text("json")),
    Key::new(
        "source",
        Form::Text,
        "The table of DynamoDB, or the stream of Kinesis; the name of the stream unless set",
    ),
    Key::new("aws", Form::Map(&Form::Keys(&AWS)), "Where the stream is, by the name of the environment"),
    Key::new("place", Form::Text, "The folder of its files among the inputs; streams/NAME unless set"),
    Key::new("keys", Form::List(&Form::Keys(&KEY)), "What tells its rows apart").required(),
    Key::new("attributes", Form::List(&Form::Keys(&ATTRIBUTE)), "What becomes columns; the rest stays in image"),
    Key::new(
        "enrich",
        Form::List(&Form::Keys(&ENRICH)),
        "Columns of look-ups and servers that records are given while they are taken",
    ),
    Key::new(
        "event_time",
        Form::Either(&[Form::Keys(&EVENT_TIME), Form::Word(&["arrival"])]),
        "When a change happened; when it arrived unless set",
    ),
    Key::new("partition_by", Form::List(&Form::Text), "Declared text columns, then year, month, day, hour"),
    Key::new("filter", Form::Keys(&FILTER), "What is left out, and counted"),
    Key::new("prefilter", Form::Boolean, "Whether AWS itself leaves out what filter.events does not take")
        .or(Preset::Boolean(false)),
    Key::new("images", Form::Word(&["new", "both"]), "Whether what was there before is kept, too")
        .or(Preset::Text("new")),
    Key::new("ttl_deletes", Form::Word(&["remove", "keep"]), "What latest does with rows whose time to live ended")
        .or(Preset::Text("remove")),
    Key::new("flush", Form::Keys(&FLUSH), "When staged batches are published"),
    Key::new("compact", Form::Word(&["daily", "never"]), "Whether the runs of closed days are joined")
        .or(Preset::Text("daily")),
    Key::new("buckets", Form::Whole(1, 100), "Parts of latest, by a hash of the key").or(Preset::Whole(1)),
];
