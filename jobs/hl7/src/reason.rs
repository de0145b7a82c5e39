//! Why a message cannot be read: a closed list.

use std::fmt;

/// Why a message cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Nothing is there but blanks.
    Empty,
    /// It does not begin with a header.
    NotEr7,
    /// It is more than one message.
    SeveralMessages,
    /// MSH-1 and MSH-2 are no separators.
    Separators,
    /// A line is neither a segment nor the rest of one.
    SegmentName,
    /// MSH-9.1 is empty.
    TypeMissing,
    /// MSH-12 is no version 2.
    VersionUnsupported,
    /// The character set is not known, and the bytes are not UTF-8.
    CharsetUnknown,
    /// The bytes are not text of the character set that is named.
    CharsetInvalid,
    /// As the original: the structure is not one of the version.
    StructureUnsupported,
    /// It is larger than can be read.
    TooLarge,
    /// MSH-11 is none that may be sent here.
    ProcessingId,
    /// MSH-10 is empty, and must not be.
    ControlIdMissing,
    /// Its sender has sent something else with the same MSH-10.
    ControlIdConflict,
    /// Reading it failed here.
    Internal,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 15] = [
        Self::Empty,
        Self::NotEr7,
        Self::SeveralMessages,
        Self::Separators,
        Self::SegmentName,
        Self::TypeMissing,
        Self::VersionUnsupported,
        Self::CharsetUnknown,
        Self::CharsetInvalid,
        Self::StructureUnsupported,
        Self::TooLarge,
        Self::ProcessingId,
        Self::ControlIdMissing,
        Self::ControlIdConflict,
        Self::Internal,
    ];

    /// Returns the reason of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }

    /// Returns its name in answers, rows and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NotEr7 => "not_er7",
            Self::SeveralMessages => "several_messages",
            Self::Separators => "separators",
            Self::SegmentName => "segment_name",
            Self::TypeMissing => "type_missing",
            Self::VersionUnsupported => "version_unsupported",
            Self::CharsetUnknown => "charset_unknown",
            Self::CharsetInvalid => "charset_invalid",
            Self::StructureUnsupported => "structure_unsupported",
            Self::TooLarge => "too_large",
            Self::ProcessingId => "processing_id",
            Self::ControlIdMissing => "control_id_missing",
            Self::ControlIdConflict => "control_id_conflict",
            Self::Internal => "internal",
        }
    }

    /// Returns what is wrong, without a value of the message.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Empty => "there is nothing but blanks",
            Self::NotEr7 => "it does not begin with `MSH` and a separator",
            Self::SeveralMessages => "there is more than one message",
            Self::Separators => "MSH-1 and MSH-2 do not say separators",
            Self::SegmentName => "a line is neither a segment nor the rest of the one before it",
            Self::TypeMissing => "MSH-9.1 says no type",
            Self::VersionUnsupported => "MSH-12 says no version 2",
            Self::CharsetUnknown => "its character set is not known, and it is not UTF-8",
            Self::CharsetInvalid => "its bytes are not text of the character set that is named",
            Self::StructureUnsupported => "the version has no structure of that name",
            Self::TooLarge => "it is larger than is taken here",
            Self::ProcessingId => "MSH-11 is none that may be sent here",
            Self::ControlIdMissing => "MSH-10 is empty",
            Self::ControlIdConflict => "its sender has sent something else with the same MSH-10",
            Self::Internal => "reading it failed here",
        }
    }

    /// Returns what the sender must do.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Empty => "send a message",
            Self::NotEr7 => {
                "send HL7 v2 as text with separators (ER7), beginning with the segment MSH; neither XML nor JSON"
            }
            Self::SeveralMessages => {
                "send each message by itself; a second MSH at the start of a line begins another one"
            }
            Self::Separators => {
                "begin as in `MSH|^~\\&|`: one character, then one to five others, none a letter, a digit or a blank"
            }
            Self::SegmentName => {
                "begin each segment with its name of three characters and the separator of MSH-1; break no line within text"
            }
            Self::TypeMissing => {
                "say what it is in MSH-9, such as `ADT^A01`; MSH may have been cut or shifted by a field"
            }
            Self::VersionUnsupported => {
                "say the version in MSH-12, such as `2.5.1`; MSH may have been shifted by a field"
            }
            Self::CharsetUnknown => {
                "name the character set in MSH-18 as in table 0211, such as `UNICODE UTF-8` or `8859/1`"
            }
            Self::CharsetInvalid => "send the bytes in the character set that MSH-18, or the request, names",
            Self::StructureUnsupported => {
                "name the structure in MSH-9.3, such as `ADT_A01`, or leave `compat: original`"
            }
            Self::TooLarge => "send the documents in it by another way",
            Self::ProcessingId => "send test messages to a test system; MSH-11 of real ones is `P`",
            Self::ControlIdMissing => "give each message a control id of its own in MSH-10",
            Self::ControlIdConflict => {
                "give each message a control id of its own in MSH-10; send one again unchanged, or with another MSH-7 only"
            }
            Self::Internal => "nothing; the message is kept, and is tried again once carelake is mended",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A message that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// The line, from 1, where one is to blame; empty ones and what stands around the message count.
    pub line: Option<usize>,
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self { reason, line: None }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.reason.meaning())?;
        self.line.map_or(Ok(()), |line| write!(f, " (line {line})"))
    }
}

impl std::error::Error for Refusal {}
