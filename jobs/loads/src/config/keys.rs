//! The keys of the section: what each may be, what holds without it, and what it means.

use carelake_core::config::SECRET;
use carelake_core::config::reader::{Form, Key, Preset};

use super::address::TLS;
use super::duration::SPAN;
use super::hand_on::HAND_ON;

const NAMES: Form = Form::List(&Form::Text);

/// The section.
pub(super) const LOADS: [Key; 2] = [
    Key::new("defaults", Form::Keys(&DEFAULTS), "How tables are loaded where nothing else is said"),
    Key::new("sources", Form::Map(&Form::Keys(&SOURCE)), "The servers, by name").required(),
];

const MODE: Key = Key::new(
    "mode",
    Form::Word(&["full", "incremental", "append", "xid"]),
    "How the table is loaded; found out from its columns unless set",
);
const CURSOR: Key = Key::new("cursor", Form::Text, "The column that tells when, or in which order, a row was written");
const CURSORS: Key = Key::new("cursors", NAMES, "Names of columns that tell when a row was changed, the best first");
const DELETED: Key = Key::new("deleted", Form::Text, "The column that marks rows as deleted");
const DELETED_ROWS: Key = Key::new("deleted_rows", Form::Word(&["leave", "keep"]), "What latest does with those rows")
    .or(Preset::Text("leave"));
const LAG: Key = Key::new(
    "lag",
    SPAN,
    "How far a bookmark stays behind the server's clock; 10m unless set, more where the server needs it",
);
const FULL_MAX_ROWS: Key =
    Key::new("full_max_rows", Form::Whole(0, 1_000_000_000_000), "The most rows that are read whole unasked")
        .or(Preset::Whole(20_000_000));
const RECONCILE: Key =
    Key::new("reconcile", Form::Word(&["daily", "weekly", "never"]), "How often a table is compared with its source")
        .or(Preset::Text("daily"));
const RECONCILE_BY: Key = Key::new(
    "reconcile_by",
    Form::Word(&["key", "row"]),
    "What the comparison looks at: keys and cursor, or all columns",
)
.or(Preset::Text("key"));
const LATEST: Key =
    Key::new("latest", Form::Word(&["merge", "view", "none"]), "How the rows that the source has now are served")
        .or(Preset::Text("merge"));
const EVOLVE: Key =
    Key::new("evolve", Form::Word(&["evolve", "freeze", "fail"]), "What follows when the columns of a table change")
        .or(Preset::Text("evolve"));
const SPECIALS: Key = Key::new(
    "specials",
    Form::Word(&["null", "error", "text"]),
    "What is made of values that the lake cannot hold, such as 0000-00-00",
)
.or(Preset::Text("null"));
const KEEP_RUNS: Key = Key::new("keep_runs", Form::Whole(1, 1_000), "Former runs that are kept").or(Preset::Whole(3));
const BOOKMARK_EVERY: Key =
    Key::new("bookmark_every", SPAN, "How often a bookmark moves when nothing comes").or(Preset::Text("1h"));
const MAX_REJECT_RATIO: Key =
    Key::new("max_reject_ratio", Form::Number(0.0, 1.0), "The share of rows that may be refused")
        .or(Preset::Number(0.0));
const MAX_DROP_RATIO: Key =
    Key::new("max_drop_ratio", Form::Number(0.0, 1.0), "The share of rows that may be gone in a full load")
        .or(Preset::Number(0.5));
const CHUNK_ROWS: Key = Key::new("chunk_rows", Form::Whole(1_000, 100_000_000), "Rows that are read at once");
const PARTITION_BY: Key = Key::new("partition_by", NAMES, "Columns whose values are folders of their own");
const FULL_CONSISTENT: Key =
    Key::new("full_consistent", Form::Boolean, "Whether a full load that was cut begins again")
        .or(Preset::Boolean(false));
const FORGET_AFTER: Key =
    Key::new("forget_after", SPAN, "How long a table that is gone is remembered").or(Preset::Text("30d"));
const COLUMNS: Key = Key::new(
    "columns",
    Form::Either(&[Form::Map(&Form::Text), Form::Word(&["auto"])]),
    "Masks and types of single columns; auto: every attribute of a table of DynamoDB is a column of text",
);

const HANDS_ON: Key = Key::new("hand_on", Form::Keys(&HAND_ON), "Texts that another room takes as files");

/// Everything that can be said of a table.
pub(super) const SETTINGS: [Key; 22] = [
    MODE,
    CURSOR,
    CURSORS,
    DELETED,
    DELETED_ROWS,
    LAG,
    FULL_MAX_ROWS,
    RECONCILE,
    RECONCILE_BY,
    LATEST,
    EVOLVE,
    SPECIALS,
    KEEP_RUNS,
    BOOKMARK_EVERY,
    MAX_REJECT_RATIO,
    MAX_DROP_RATIO,
    CHUNK_ROWS,
    PARTITION_BY,
    FULL_CONSISTENT,
    FORGET_AFTER,
    COLUMNS,
    HANDS_ON,
];

/// What can be said of all tables.
pub(super) const DEFAULTS: [Key; 16] = [
    CURSORS,
    DELETED_ROWS,
    LAG,
    FULL_MAX_ROWS,
    RECONCILE,
    RECONCILE_BY,
    LATEST,
    EVOLVE,
    SPECIALS,
    KEEP_RUNS,
    BOOKMARK_EVERY,
    MAX_REJECT_RATIO,
    MAX_DROP_RATIO,
    CHUNK_ROWS,
    FULL_CONSISTENT,
    FORGET_AFTER,
];

/// A source.
pub(super) const SOURCE: [Key; 18] = [
    Key::new("engine", Form::Word(&["mysql", "mariadb", "postgres", "dynamodb"]), "What kind of server it is")
        .required(),
    Key::new("address", Form::Text, "HOST:PORT, or the path of a socket of this machine; of every engine but dynamodb"),
    Key::new(
        "secret",
        Form::Keys(&SECRET),
        "Where user and password are kept, as {\"username\", \"password\"} or user:password; of DynamoDB only a `hash_key`, where masks need one",
    ),
    Key::new("region", Form::Like("^[a-z0-9-]+$"), "The region of DynamoDB; that of the environment unless set"),
    Key::new(
        "capacity",
        Form::Number(0.01, 1.0),
        "The share of a table's read capacity that a scan of DynamoDB may take",
    )
    .or(Preset::Number(0.25)),
    Key::new("postgres_database", Form::Text, "The database of PostgreSQL whose schemas are loaded")
        .or(Preset::Text("postgres")),
    Key::new("tls", Form::Keys(&TLS), "How connections are encrypted"),
    Key::new("replica", Form::Boolean, "Whether it is a replica").or(Preset::Boolean(false)),
    Key::new("zone", Form::Text, "The zone of columns without one, where the server's own setting does not say it"),
    Key::new("max_connections", Form::Whole(1, 64), "Connections over all functions and runs at once")
        .or(Preset::Whole(4)),
    Key::new("statement_timeout", SPAN, "How long a statement may take").or(Preset::Text("15m")),
    Key::new(
        "pause_when",
        Form::Keys(&PAUSE_WHEN),
        "When the server is so busy that nothing is read of it for a while",
    ),
    Key::new(
        "schedule",
        Form::Like("^(rate\\([0-9]+ (minutes?|hours?|days?)\\)|never)$"),
        "How often it is loaded by itself",
    )
    .or(Preset::Text("rate(1 hour)")),
    Key::new("max_staleness", SPAN, "How old its last good load may be").or(Preset::Text("1d")),
    Key::new(
        "databases",
        Form::Map(&Form::Word(&["shared", "tenant"])),
        "Which databases, and whose they are; all, and everybody's, unless set",
    ),
    Key::new("tables", Form::Keys(&TABLES), "Which of their tables"),
    Key::new("dynamic", Form::Keys(&DYNAMIC), "Tables of users, which only the catalogue of the source knows"),
    Key::new("overrides", Form::Map(&Form::Keys(&SETTINGS)), "What is said of tables, by DATABASE.TABLE"),
];

/// How busy is too busy.
pub(super) const PAUSE_WHEN: [Key; 2] = [
    Key::new("replica_lag", SPAN, "A replica is behind by more than this"),
    Key::new("running", Form::Whole(1, 100_000), "More statements than these run that are not of loads"),
];

/// Which tables.
pub(super) const TABLES: [Key; 2] = [
    Key::new("include", NAMES, "Patterns of names; all unless set"),
    Key::new("exclude", NAMES, "Patterns of names that are left out"),
];

/// Dynamic tables.
pub(super) const DYNAMIC: [Key; 6] = [
    Key::new("databases", NAMES, "Which databases they are in, as regular expressions"),
    Key::new("include", NAMES, "Patterns of names; all unless set"),
    Key::new("exclude", NAMES, "Patterns of names that are left out"),
    Key::new("registry", Form::Text, "A SELECT that answers database, table and tenant of each"),
    Key::new("max_connections", Form::Whole(1, 64), "Connections that they may take").or(Preset::Whole(1)),
    Key::new("max_tables", Form::Whole(1, 100_000), "The most of them that are loaded").or(Preset::Whole(500)),
];
