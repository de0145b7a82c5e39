//! What was odd about a message that could be read: a closed list, with the first place of each.

/// What was odd.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Warning {
    /// A field has more repetitions, or a group more segments of a name, than one.
    BeyondMaximum,
    /// A segment has more fields than the version knows.
    BeyondSegment,
    /// A value has more components than its type.
    BeyondType,
    /// No character set is named, and the bytes are not ASCII.
    CharsetGuessed,
    /// The character set that is named is not known; the bytes are UTF-8.
    CharsetUnknown,
    /// An escape whose bytes are no text of the character set.
    EscapeUndecodable,
    /// An escape that is not known or not closed.
    EscapeUnknown,
    /// A simple value holds separators.
    ExtraComponents,
    /// A segment goes on in a further line.
    LineContinued,
    /// Its identifiers are those of two patients: nobody was merged.
    PatientConflict,
    /// A segment stands where the structure has it elsewhere.
    SegmentOrder,
    /// A segment that the structure has no place for.
    SegmentUnexpected,
    /// A segment of the sender's own.
    SegmentZ,
    /// MSH-2 has fewer than four characters.
    SeparatorsShort,
    /// The structure is of an older version.
    StructureOlder,
    /// No version has a structure for it.
    StructureUnknown,
    /// MSH-12 is empty.
    VersionMissing,
    /// MSH-12 says a version that has no tables.
    VersionUnknown,
}

impl Warning {
    /// Every warning, by name.
    pub const ALL: [Self; 18] = [
        Self::BeyondMaximum,
        Self::BeyondSegment,
        Self::BeyondType,
        Self::CharsetGuessed,
        Self::CharsetUnknown,
        Self::EscapeUndecodable,
        Self::EscapeUnknown,
        Self::ExtraComponents,
        Self::LineContinued,
        Self::PatientConflict,
        Self::SegmentOrder,
        Self::SegmentUnexpected,
        Self::SegmentZ,
        Self::SeparatorsShort,
        Self::StructureOlder,
        Self::StructureUnknown,
        Self::VersionMissing,
        Self::VersionUnknown,
    ];

    /// Returns its name in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BeyondMaximum => "beyond_maximum",
            Self::BeyondSegment => "beyond_segment",
            Self::BeyondType => "beyond_type",
            Self::CharsetGuessed => "charset_guessed",
            Self::CharsetUnknown => "charset_unknown",
            Self::EscapeUndecodable => "escape_undecodable",
            Self::EscapeUnknown => "escape_unknown",
            Self::ExtraComponents => "extra_components",
            Self::LineContinued => "line_continued",
            Self::PatientConflict => "patient_conflict",
            Self::SegmentOrder => "segment_order",
            Self::SegmentUnexpected => "segment_unexpected",
            Self::SegmentZ => "segment_z",
            Self::SeparatorsShort => "separators_short",
            Self::StructureOlder => "structure_older",
            Self::StructureUnknown => "structure_unknown",
            Self::VersionMissing => "version_missing",
            Self::VersionUnknown => "version_unknown",
        }
    }
}

/// Where it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// The segment, from 1.
    pub segment: usize,
    /// The field of it, from 1; 0 for the segment as a whole.
    pub field: usize,
}

/// The warnings about one message: each once, at its first place, so that they stay few however long the message is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Warnings([Option<At>; Warning::ALL.len()]);

impl Warnings {
    /// Notes a warning.
    #[inline]
    pub(crate) fn note(&mut self, warning: Warning, at: At) {
        if let Some(place) = self.0.get_mut(warning as usize) {
            place.get_or_insert(at);
        }
    }

    /// Notes a warning about a field of the header.
    pub(crate) fn note_header(&mut self, warning: Warning, field: usize) {
        self.note(warning, At { segment: 1, field });
    }

    /// Returns what was noted, by name.
    pub fn iter(&self) -> impl Iterator<Item = (Warning, At)> {
        Warning::ALL.into_iter().zip(self.0).filter_map(|(warning, at)| Some((warning, at?)))
    }
}
