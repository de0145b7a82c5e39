//! The closed set of ways a job can fail: one name in Rust, in the state machine, on the wire and in the runbook.
//!
//! Each module has its own error type that says where and what; every one of them answers with an [`ErrorKind`].
//! A bad row is not an error: it is counted and written to the rejects.

use std::fmt;

/// Why a job failed, as the state machine, exit codes and the runbook know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ErrorKind {
    /// `pipeline_config.yaml` or an argument is wrong; nothing was read.
    InvalidConfig,
    /// An input file is not there, is empty or cannot be read.
    InputMissing,
    /// The input is not in a layout the configuration knows.
    SchemaDrift,
    /// More rows were refused than `max_reject_ratio` allows.
    RejectThreshold,
    /// Fewer rows than `min_rows`, or far fewer than in the last published run.
    VolumeDrop,
    /// Another run published first, or holds the lease.
    PublishConflict,
    /// Reading or writing storage or the ledger failed.
    Storage,
    /// A defect in carelake itself.
    Internal,
    /// Values, partners of a join, or a partition that were there last time are gone, though the rows are not.
    ContentLoss,
}

impl ErrorKind {
    /// Every kind, in the order of the exit codes.
    pub const ALL: [Self; 9] = [
        Self::InvalidConfig,
        Self::InputMissing,
        Self::SchemaDrift,
        Self::RejectThreshold,
        Self::VolumeDrop,
        Self::PublishConflict,
        Self::Storage,
        Self::Internal,
        Self::ContentLoss,
    ];

    /// Returns the name used in `ErrorEquals`, in task results, alerts and the runbook.
    ///
    /// ```
    /// use carelake_core::ErrorKind;
    /// assert_eq!(ErrorKind::SchemaDrift.name(), "SchemaDrift");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidConfig => "InvalidConfig",
            Self::InputMissing => "InputMissing",
            Self::SchemaDrift => "SchemaDrift",
            Self::RejectThreshold => "RejectThreshold",
            Self::VolumeDrop => "VolumeDrop",
            Self::PublishConflict => "PublishConflict",
            Self::Storage => "Storage",
            Self::Internal => "Internal",
            Self::ContentLoss => "ContentLoss",
        }
    }

    /// Returns the kind with this wire name, if it is one of ours.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Returns the exit code of the command: 10 to 18. 0 is success, 1 several kinds at once, 2 wrong usage, 130 aborted.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::InvalidConfig => 10,
            Self::InputMissing => 11,
            Self::SchemaDrift => 12,
            Self::RejectThreshold => 13,
            Self::VolumeDrop => 14,
            Self::PublishConflict => 15,
            Self::Storage => 16,
            Self::Internal => 17,
            Self::ContentLoss => 18,
        }
    }

    /// Returns whether trying again cannot help, because the same input gives the same answer.
    #[must_use]
    pub const fn is_permanent(self) -> bool {
        matches!(
            self,
            Self::InvalidConfig | Self::SchemaDrift | Self::RejectThreshold | Self::VolumeDrop | Self::ContentLoss
        )
    }

    /// Returns whether trying again in a moment may help on one machine: a folder does not fill by itself as a bucket does,
    /// and a defect shows again.
    #[must_use]
    pub const fn may_heal_here(self) -> bool {
        !self.is_permanent() && !matches!(self, Self::InputMissing | Self::Internal)
    }

    /// Returns what the operator should do, as one sentence fragment.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::InvalidConfig => "mend pipeline_config.yaml and run `carelake validate`",
            Self::InputMissing => "put the file in place, or correct the source's pattern, and rerun the dataset",
            Self::SchemaDrift => {
                "if the file is damaged or no CSV, fetch it again; if columns are new, add their names to pipeline_config.yaml; then rerun"
            }
            Self::RejectThreshold => "look at `carelake rejects`, mend the input or the rules, and rerun",
            Self::VolumeDrop => "check that the input is whole; if it is, rerun with --accept-loss",
            Self::PublishConflict => "see `carelake runs` for the other run, let it end, and rerun",
            Self::Storage => "check space and permissions of the output (`carelake doctor`), and rerun",
            Self::Internal => "keep the log and report it; what is published is untouched",
            Self::ContentLoss => {
                "fetch the file again, or mend the source's columns; if the values are rightly gone, rerun with --accept-loss"
            }
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_exit_codes_are_distinct_and_names_read_back() {
        let mut codes: Vec<u8> = ErrorKind::ALL.iter().map(|kind| kind.exit_code()).collect();
        codes.dedup();
        assert_eq!(codes, (10..19).collect::<Vec<u8>>());
        for kind in ErrorKind::ALL {
            assert_eq!(ErrorKind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(ErrorKind::from_name("States.Timeout"), None);
    }
}
