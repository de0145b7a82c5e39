//! The kinds of ways a job can fail: one name in Rust, in the state machine, on the wire and in the runbook.
//!
//! Each module has its own error type that says where and what; every one of them answers with an [`ErrorKind`], which is a row
//! of a table. The table of this crate is [`ERRORS`]; what other crates add they keep in tables of their own, and whoever
//! reads a name back is handed all of them as [`ErrorKinds`]. A bad row is not an error: it is counted and written to the rejects.

use std::fmt;
use std::hash::{Hash, Hasher};

/// Why a job failed, as the state machine, exit codes and the runbook know it. Two kinds of one name are the same.
#[derive(Debug)]
pub struct ErrorKind {
    /// The name in `ErrorEquals`, in task results, alerts and the runbook.
    pub name: &'static str,
    /// The exit code of the command, from 10 on. 0 is success, 1 several kinds at once, 2 wrong usage, 130 aborted.
    pub exit_code: u8,
    /// Whether trying again cannot help, because the same input gives the same answer.
    pub is_permanent: bool,
    /// Whether trying again in a moment may help on one machine: a folder does not fill by itself as a bucket does, and a
    /// defect shows again.
    pub heals_here: bool,
    /// What it means, as a fragment of at most 60 characters.
    pub meaning: &'static str,
    /// What the operator should do, as one sentence fragment.
    pub advice: &'static str,
}

/// Every kind of this crate, in the order of the exit codes.
pub const ERRORS: &[&ErrorKind] = &[
    ErrorKind::INVALID_CONFIG,
    ErrorKind::INPUT_MISSING,
    ErrorKind::SCHEMA_DRIFT,
    ErrorKind::REJECT_THRESHOLD,
    ErrorKind::VOLUME_DROP,
    ErrorKind::PUBLISH_CONFLICT,
    ErrorKind::STORAGE,
    ErrorKind::INTERNAL,
    ErrorKind::CONTENT_LOSS,
    ErrorKind::SUPERSEDED,
    ErrorKind::UNAVAILABLE,
    ErrorKind::REFUSED,
];

impl ErrorKind {
    /// `pipeline_config.yaml` or an argument is wrong; nothing was read.
    pub const INVALID_CONFIG: &Self = &Self {
        name: "InvalidConfig",
        exit_code: 10,
        is_permanent: true,
        heals_here: false,
        meaning: "the configuration is wrong",
        advice: "mend pipeline_config.yaml and run `carelake validate`",
    };
    /// An input file is not there, is empty or cannot be read.
    pub const INPUT_MISSING: &Self = &Self {
        name: "InputMissing",
        exit_code: 11,
        is_permanent: false,
        heals_here: false,
        meaning: "an input file is not there, is empty or cannot be read",
        advice: "put the file in place, or correct the source's pattern, and rerun the dataset",
    };
    /// The input is not in a layout the configuration knows.
    pub const SCHEMA_DRIFT: &Self = &Self {
        name: "SchemaDrift",
        exit_code: 12,
        is_permanent: true,
        heals_here: false,
        meaning: "an input is not in a layout the configuration knows",
        advice: "if the file is damaged or no CSV, fetch it again; if columns are new, add their names to pipeline_config.yaml; then rerun",
    };
    /// More rows were refused than `max_reject_ratio` allows.
    pub const REJECT_THRESHOLD: &Self = &Self {
        name: "RejectThreshold",
        exit_code: 13,
        is_permanent: true,
        heals_here: false,
        meaning: "more rows were rejected than max_reject_ratio allows",
        advice: "look at `carelake rejects`, mend the input or the rules, and rerun",
    };
    /// Fewer rows than `min_rows`, or far fewer than in the last published run.
    pub const VOLUME_DROP: &Self = &Self {
        name: "VolumeDrop",
        exit_code: 14,
        is_permanent: true,
        heals_here: false,
        meaning: "too few rows, or far fewer than last time",
        advice: "check that the input is whole; if it is, rerun with --accept-loss",
    };
    /// Another run holds the publication, or moved its pointer.
    pub const PUBLISH_CONFLICT: &Self = &Self {
        name: "PublishConflict",
        exit_code: 15,
        is_permanent: false,
        heals_here: true,
        meaning: "another run holds the publication, or moved it meanwhile",
        advice: "see `carelake runs` for the other run, let it end, and rerun",
    };
    /// Reading or writing storage or the ledger failed.
    pub const STORAGE: &Self = &Self {
        name: "Storage",
        exit_code: 16,
        is_permanent: false,
        heals_here: true,
        meaning: "reading or writing our own store or ledger failed",
        advice: "check space and permissions of the output (`carelake doctor`), and rerun",
    };
    /// A defect in carelake itself.
    pub const INTERNAL: &Self = &Self {
        name: "Internal",
        exit_code: 17,
        is_permanent: false,
        heals_here: false,
        meaning: "a defect in carelake",
        advice: "keep the log and report it; what is published is untouched",
    };
    /// Values, partners of a join, or a partition that were there last time are gone, though the rows are not.
    pub const CONTENT_LOSS: &Self = &Self {
        name: "ContentLoss",
        exit_code: 18,
        is_permanent: true,
        heals_here: false,
        meaning: "values that were there last time are gone",
        advice: "fetch the file again, or mend the source's columns; if the values are rightly gone, rerun with --accept-loss",
    };
    /// A newer run serves, or what this run had claimed is over.
    pub const SUPERSEDED: &Self = &Self {
        name: "Superseded",
        exit_code: 19,
        is_permanent: true,
        heals_here: false,
        meaning: "another run is served since this one began",
        advice: "see `carelake runs` for the other run; rerun only if this run's input is to replace its rows",
    };
    /// A system that is not ours did not answer.
    pub const UNAVAILABLE: &Self = &Self {
        name: "Unavailable",
        exit_code: 20,
        is_permanent: false,
        heals_here: true,
        meaning: "a system that is not ours did not answer",
        advice: "see whether that system and the way to it are up, and rerun",
    };
    /// A system that is not ours refused: the login, the right, the certificate, or a name that it does not know.
    pub const REFUSED: &Self = &Self {
        name: "Refused",
        exit_code: 21,
        is_permanent: true,
        heals_here: false,
        meaning: "a system that is not ours refused login, right or name",
        advice: "mend the login, the right, the certificate or the name there, or in pipeline_config.yaml, and rerun",
    };
    /// A file is not what it is declared to be: whoever made it must act. Not among [`ERRORS`]: the rooms that take in what others
    /// make list it as theirs.
    pub const INPUT_MALFORMED: &Self = &Self {
        name: "InputMalformed",
        exit_code: 30,
        is_permanent: true,
        heals_here: false,
        meaning: "a file is not what its feed or source declares",
        advice: "tell whoever sent it the reason, and have it sent or fetch it again; if it is described wrongly, mend that and redrive",
    };
}

impl PartialEq for ErrorKind {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for ErrorKind {}

impl Hash for ErrorKind {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The tables of kinds that a program knows: its own and those of what it is made of.
#[derive(Debug, Clone, Copy)]
pub struct ErrorKinds(pub &'static [&'static [&'static ErrorKind]]);

impl ErrorKinds {
    /// Returns the kinds, table by table.
    pub fn all(self) -> impl Iterator<Item = &'static ErrorKind> + Clone {
        self.0.iter().copied().flatten().copied()
    }

    /// Returns the kind with this wire name, if it is one of these.
    ///
    /// ```
    /// use carelake_core::error::{ERRORS, ErrorKind, ErrorKinds};
    /// let kinds = ErrorKinds(&[ERRORS]);
    /// assert_eq!(kinds.named("SchemaDrift"), Some(ErrorKind::SCHEMA_DRIFT));
    /// assert_eq!(kinds.named("States.Timeout"), None);
    /// ```
    #[must_use]
    pub fn named(self, name: &str) -> Option<&'static ErrorKind> {
        self.all().find(|kind| kind.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_and_exit_codes_follow_each_other_from_ten() {
        let kinds = ErrorKinds(&[ERRORS]);
        let codes: Vec<u8> = kinds.all().map(|kind| kind.exit_code).collect();
        assert_eq!(codes, (10..22).collect::<Vec<u8>>());
        for kind in kinds.all() {
            assert_eq!(kinds.named(kind.name).map(|found| found.exit_code), Some(kind.exit_code));
        }
    }

    #[test]
    fn what_is_permanent_heals_nowhere() {
        for kind in ERRORS {
            assert!(!(kind.is_permanent && kind.heals_here), "{kind}");
            assert!(kind.meaning.chars().count() <= 60, "{kind}");
        }
    }
}
