//! What has a name like an object and is none.

use std::fmt;

/// Something that has a name in a store and cannot be read as an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Odd {
    /// A folder.
    Folder {
        /// The files in it, without those that a program keeps for itself.
        parts: usize,
    },
    /// A link whose target is not there.
    DeadLink {
        /// The target.
        target: String,
    },
    /// A link to a folder.
    LinkToFolder {
        /// The target.
        target: String,
    },
    /// A pipe, a socket or a device, or a link that cannot be followed.
    Other,
}

impl fmt::Display for Odd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder { parts: 0 } => f.write_str("is an empty folder; put the file in its place"),
            Self::Folder { parts } => {
                let plural = if *parts == 1 { "" } else { "s" };
                write!(
                    f,
                    "is a folder with {parts} part{plural}; join the parts to one file, or name one with --source"
                )
            }
            Self::DeadLink { target } => {
                write!(f, "is a link to {target}, which is not there; put it there or mend the link")
            }
            Self::LinkToFolder { target } => write!(f, "is a link to {target}, which is a folder; link to the file"),
            Self::Other => f.write_str("is no file that can be read; put a file in its place"),
        }
    }
}
