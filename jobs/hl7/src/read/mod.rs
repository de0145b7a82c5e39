//! A message from its bytes: as text, its header, its segments in their groups, its JSON.

mod charset;
mod envelope;
mod foreign;
mod frame;
mod header;
mod whole;

use carelake_er7::{Message, MessageError, Room};
use encoding_rs::Encoding;

pub(crate) use self::charset::is_charset;
pub use self::envelope::Envelope;
pub(crate) use self::foreign::Foreign;
pub use self::header::Header;
pub use self::whole::Whole;
use crate::json::{self, Form};
use crate::place::Placing;
use crate::reason::{Reason, Refusal};
use crate::structure::{self, FoundBy, GENERIC};
use crate::tables::Version;
use crate::warning::{Warning, Warnings};

/// How messages are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// As the original (`compat: original`): structures by MSH-9.3, else by code and event; a list of one text is the text; what
    /// varies stays as it was sent.
    pub is_original: bool,
    /// The version that holds where a message says none.
    pub default_version: Version,
}

impl Default for Options {
    fn default() -> Self {
        Self { is_original: false, default_version: Version::DEFAULT }
    }
}

/// Reads messages, one after the other. It keeps its memory for the next one.
///
/// ```
/// use carelake_hl7::{Options, Reader};
/// let mut reader = Reader::new(Options::default());
/// let read = reader.read(b"MSH|^~\\&|LAB||||||ACK^A01|7|P|2.5\rMSA|AA|6\r", None).unwrap();
/// assert_eq!(read.structure, "ACK");
/// assert!(read.json.ends_with(br#""MSA":{"MSA_1":"AA","MSA_2":"6"}}"#));
/// ```
#[derive(Debug, Default)]
pub struct Reader {
    options: Options,
    room: Room,
    placing: Placing,
    json: Vec<u8>,
}

/// A message that was read.
#[derive(Debug)]
pub struct Read<'r> {
    /// What its header says.
    pub header: Header,
    /// The version whose tables hold.
    pub tables: Version,
    /// The name of its structure, [`GENERIC`] where it has none.
    pub structure: &'static str,
    /// How that was found.
    pub found_by: FoundBy,
    /// How many segments it has.
    pub segments: usize,
    /// What was odd.
    pub warnings: Warnings,
    /// Its JSON, in UTF-8.
    pub json: &'r [u8],
}

impl Reader {
    /// Reads messages in this way.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self { options, ..Self::default() }
    }

    /// Reads a message; `encoding` is the name of the character set that the request says, if it says one.
    ///
    /// # Errors
    /// [`Refusal`]: each reason as it says.
    pub fn read(&mut self, bytes: &[u8], encoding: Option<&str>) -> Result<Read<'_>, Refusal> {
        self.read_and(bytes, encoding, |_| ()).map(|(read, ())| read)
    }

    /// Reads a message as [`Reader::read`] does, and has its segments looked at.
    ///
    /// # Errors
    /// [`Refusal`]: each reason as it says.
    pub fn read_and<T>(
        &mut self,
        bytes: &[u8],
        encoding: Option<&str>,
        look: impl FnOnce(&Whole<'_, '_>) -> T,
    ) -> Result<(Read<'_>, T), Refusal> {
        if frame::trim_bytes(bytes).is_empty() {
            return Err(Reason::Empty.into());
        }
        let decoded = charset::decode(bytes, encoding)?;
        let framed = frame::message(&decoded.text)?;
        let mut warnings = Warnings::default();
        decoded.warning.into_iter().for_each(|warning| warnings.note_header(warning, 18));
        let stood_in = foreign::stand_in(framed.text);
        let (text, foreign) = stood_in.as_ref().map_or((framed.text, &[][..]), |it| (&it.text, &it.foreign));
        let room = std::mem::take(&mut self.room);
        let message = Message::parse_in(room, text, decoded.encoding).map_err(|error| refusal(error, &framed))?;
        let result = self.message(&message, (decoded.encoding, foreign), warnings, look);
        self.room = message.into_room();
        result.map(|(read, seen)| (Read { json: &self.json, ..read }, seen)).map_err(Refusal::from)
    }

    /// Reads a message whose segments are found; the JSON is left in place.
    fn message<T>(
        &mut self,
        message: &Message<'_>,
        (encoding, foreign): (&'static Encoding, &[Foreign]),
        mut warnings: Warnings,
        look: impl FnOnce(&Whole<'_, '_>) -> T,
    ) -> Result<(Read<'static>, T), Reason> {
        let names = || message.segments().map(|segment| segment.name());
        // A batch around it ends after it.
        let after = names().rev().take_while(|name| matches!(name, b"BTS" | b"FTS")).count();
        let segments = names().len() - after;
        if names().skip(1).any(|name| name == *b"MSH") {
            return Err(Reason::SeveralMessages);
        }
        let header = Header::of(message, foreign)?;
        let tables = header.tables(self.options.default_version, &mut warnings)?;
        if message.separators().subcomponent.is_none() {
            warnings.note_header(Warning::SeparatorsShort, 2);
        }
        if let Some(segment) = message.continued() {
            warnings.note(Warning::LineContinued, crate::warning::At { segment: segment + 1, field: 0 });
        }
        let (group, found_by) = if self.options.is_original {
            structure::find_as_original(&header, tables).map(|(group, by)| (Some(group), by))?
        } else {
            structure::find(&header, tables)
        };
        match found_by {
            FoundBy::Older => warnings.note_header(Warning::StructureOlder, 9),
            FoundBy::Generic => warnings.note_header(Warning::StructureUnknown, 9),
            FoundBy::Stated | FoundBy::Event | FoundBy::Code => {}
        }
        let tree = self.placing.place(group, names().take(segments), &mut warnings);
        self.json.clear();
        let form = Form { version: tables, encoding, foreign, is_original: self.options.is_original };
        json::write(message, tree, form, &mut warnings, &mut self.json);
        let structure = group.map_or(GENERIC, |group| group.name().text());
        let seen = look(&Whole { message, segments, foreign, header: &header, tables, structure, tree });
        Ok((Read { header, tables, structure, found_by, segments, warnings, json: &[] }, seen))
    }
}

fn refusal(error: MessageError, framed: &frame::Framed<'_>) -> Refusal {
    match error {
        MessageError::Separators(_) => Reason::Separators.into(),
        MessageError::SegmentName { line } => {
            Refusal { reason: Reason::SegmentName, line: Some(framed.lines_before + line) }
        }
        MessageError::TooLarge => Reason::TooLarge.into(),
    }
}
