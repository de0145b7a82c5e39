//! The keys of the section: what each may be, what holds without it, and what it means.

use carelake_core::config::SECRET;
use carelake_core::config::reader::{Form, Key, Preset};

/// The section.
pub(super) const FHIR: [Key; 1] =
    [Key::new("sources", Form::Map(&Form::Keys(&SOURCE)), "Servers and folders that resources come from, by name")
        .required()];

/// A token that was given to us.
pub(super) const BEARER: [Key; 1] = [Key::new("secret", Form::Keys(&SECRET), "Where the token is kept").required()];

/// Who we are to a server with SMART backend services.
pub(super) const SMART: [Key; 6] = [
    Key::new("client_id", Form::Text, "The name under which the server knows us").required(),
    Key::new("key", Form::Keys(&SECRET), "Where our private key is kept: a JWK, or PEM").required(),
    Key::new("kid", Form::Text, "The name of the key there; the JWK's own unless set"),
    Key::new("alg", Form::Word(&["RS384", "ES384"]), "How assertions are signed").or(Preset::Text("RS384")),
    Key::new("scope", Form::Text, "What is asked for, such as system/*.rs").required(),
    Key::new(
        "token_url",
        Form::Like("^https?://"),
        "Where tokens are asked for; what the server says of itself unless set",
    ),
];

/// Who we are to a server: one of these.
pub(super) const AUTH: [Key; 2] = [
    Key::new("bearer", Form::Keys(&BEARER), "A token"),
    Key::new("smart", Form::Keys(&SMART), "An assertion signed by our key, for a token"),
];

/// Who is told of changes.
pub(super) const EVENTS: [Key; 5] = [
    Key::new("bus", Form::Text, "The event bus on AWS"),
    Key::new("file", Form::Boolean, "Whether they are files beside the publications"),
    Key::new("types", Form::List(&Form::Text), "Of which types; of all unless set"),
    Key::new("max_per_run", Form::Whole(1, 10_000_000), "Events above which one tells of the run")
        .or(Preset::Whole(100_000)),
    Key::new("include", Form::Word(&["nothing", "resource"]), "What of the resource is in them")
        .or(Preset::Text("nothing")),
];

/// A source.
pub(super) const SOURCE: [Key; 27] = [
    Key::new("kind", Form::Word(&["bulk", "healthlake", "files"]), "Where resources come from").required(),
    Key::new("types", Form::Either(&[Form::Word(&["all"]), Form::List(&Form::Text)]), "The types that are asked for")
        .or(Preset::Text("all")),
    Key::new(
        "views",
        Form::Either(&[Form::Word(&["shipped"]), Form::List(&Form::Text)]),
        "The tables that are made; none unless set",
    ),
    Key::new("schedule", Form::Text, "How often it runs: rate(N minutes), rate(N hours), rate(N days) or never")
        .or(Preset::Text("never")),
    Key::new("overlap_secs", Form::Whole(0, 86_400), "Seconds before the bookmark that are asked for again")
        .or(Preset::Whole(60)),
    Key::new("max_files", Form::Whole(1, 100), "Files at once").or(Preset::Whole(10)),
    Key::new("tolerated_files", Form::Whole(0, 10_000), "Files that may fail; the run is partial then")
        .or(Preset::Whole(0)),
    Key::new("max_reject_ratio", Form::Number(0.0, 1.0), "The most lines that may be rejected, of those read")
        .or(Preset::Number(0.01)),
    Key::new("max_drop_ratio", Form::Number(0.0, 1.0), "The most resources of a type that a full export may lack")
        .or(Preset::Number(0.2)),
    Key::new("buckets", Form::Whole(1, 100), "Parts of resources, by a hash of the id").or(Preset::Whole(1)),
    Key::new("bases", Form::List(&Form::Like("^https?://")), "Further base URLs that mean this server"),
    Key::new("accept_export_errors", Form::Boolean, "Whether a run is complete that the server reports errors of")
        .or(Preset::Boolean(false)),
    Key::new("events", Form::Keys(&EVENTS), "Who is told of changes"),
    Key::new(
        "base",
        Form::Like("^https?://"),
        "The base URL of the server, https:// but on this machine; of kind bulk",
    ),
    Key::new("level", Form::Like("^(system|patient|group/.+)$"), "Whose data is exported; of kind bulk and healthlake")
        .or(Preset::Text("system")),
    Key::new("type_filter", Form::Text, "The _typeFilter of exports; of kind bulk"),
    Key::new("method", Form::Word(&["get", "post"]), "How an export is asked for; of kind bulk")
        .or(Preset::Text("get")),
    Key::new("file_hosts", Form::List(&Form::Text), "Further hosts that files come from; of kind bulk"),
    Key::new("auth", Form::Either(&[Form::Word(&["none"]), Form::Keys(&AUTH)]), "Who we are there; of kind bulk"),
    Key::new("datastore", Form::Like("^[0-9a-f]{32}$"), "The id of the data store; of kind healthlake"),
    Key::new("api", Form::Word(&["rest", "sdk"]), "How exports are started; of kind healthlake")
        .or(Preset::Text("rest")),
    Key::new("role", Form::Like("^arn:[^:]+:iam:"), "The ARN of the role that exports write as; of kind healthlake"),
    Key::new(
        "kms_key",
        Form::Like("^arn:[^:]+:kms:"),
        "The ARN of the key that exports are encrypted with; of kind healthlake",
    ),
    Key::new("target", Form::Like("^s3://"), "Where exports are written; of kind healthlake"),
    Key::new("place", Form::Text, "The folder of its files among the inputs; fhir/NAME unless set; of kind files"),
    Key::new(
        "mode",
        Form::Word(&["changes", "full"]),
        "Whether files are changes, or all that there is; of kind files",
    )
    .or(Preset::Text("changes")),
    Key::new("bookmark_every", Form::Like("^[0-9]+[smhd]$"), "How often the bookmark moves when nothing comes")
        .or(Preset::Text("1h")),
];
