//! Takes off what a file is packed in, layer by layer, and hands out what is inside.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::Path;
use std::rc::Rc;

use super::archive::{self, Member};
use super::limited::{Blamed, Fault, Limited, Local};
use super::members::Members;
use super::pattern::fits;
use crate::format::Packed;
use crate::limits::Limits;
use crate::malformed::{Malformed, ReadError, Reason};
use crate::sniff;

/// Which members of an archive are wanted.
#[derive(Debug, Clone)]
pub(crate) enum Choice {
    /// By each table the members whose names fit its pattern; the first where it has none.
    Tables(Vec<Option<String>>),
    /// Any, until one has what is looked for.
    Any,
}

/// Something inside a file, or the file itself.
pub(crate) struct Content<'c> {
    /// Its bytes.
    pub reader: &'c mut dyn Read,
    /// Its first bytes.
    pub first: &'c [u8],
    /// Its name in an archive.
    pub member: Option<&'c str>,
    /// Which tables want it.
    pub tables: &'c [bool],
    /// Whether it was packed.
    pub is_unpacked: bool,
}

/// What is called with each content; it may break.
pub(crate) type Inside<'i> = dyn FnMut(Content<'_>) -> Result<ControlFlow<()>, ReadError> + 'i;

/// A file that is being unpacked.
pub(crate) struct Unpacking<'u> {
    limits: &'u Limits,
    choice: Choice,
    fault: Fault,
    unpacked_bytes: Rc<Cell<u64>>,
    ignored_members: u64,
}

/// Where a layer is read from.
enum Layer<'l> {
    File(File),
    Stream(Box<dyn Read + 'l>),
}

/// A layer that is about to be read.
struct Opened<'o> {
    layer: Layer<'o>,
    packed_bytes: u64,
    member: Option<&'o str>,
    tables: &'o [bool],
    is_unpacked: bool,
}

impl<'u> Unpacking<'u> {
    pub(crate) fn new(limits: &'u Limits, choice: Choice) -> Self {
        Self { limits, choice, fault: Fault::default(), unpacked_bytes: Rc::default(), ignored_members: 0 }
    }

    /// Returns the bytes that were handed out.
    pub(crate) fn unpacked_bytes(&self) -> u64 {
        self.unpacked_bytes.get()
    }

    /// Returns how many members no table wants.
    pub(crate) const fn ignored_members(&self) -> u64 {
        self.ignored_members
    }

    /// Hands out what is in a file.
    pub(crate) fn open(&mut self, file: &Path, packed: &[Packed], inside: &mut Inside<'_>) -> Result<(), ReadError> {
        let mut file = File::open(file)?;
        let packed_bytes = file.metadata()?.len();
        if packed_bytes > self.limits.unpacked_bytes {
            let message = format!("it has {packed_bytes} bytes; at most {} are read", self.limits.unpacked_bytes);
            return Err(Malformed::new(Reason::TooLarge, message).into());
        }
        if packed.first() == Some(&Packed::Gzip) {
            self.foresee(&mut file, packed_bytes)?;
        }
        let tables = match &self.choice {
            Choice::Tables(parts) => vec![true; parts.len()],
            Choice::Any => Vec::new(),
        };
        let layer = Layer::File(file);
        let opened = Opened { layer, packed_bytes, member: None, tables: &tables, is_unpacked: false };
        self.layer(opened, packed, inside).map(|_| ())
    }

    /// Refuses a stream of gzip that unpacks to too much before anything in it is judged: its last four bytes say how much. Where they
    /// say too much they are not believed, since a stream that was cut off ends with anything, and it is unpacked to see.
    fn foresee(&self, file: &mut File, packed_bytes: u64) -> Result<(), ReadError> {
        let mut said = [0; 4];
        if packed_bytes < said.len() as u64 {
            return Ok(());
        }
        file.seek(SeekFrom::End(-4))?;
        file.read_exact(&mut said)?;
        file.rewind()?;
        if u64::from(u32::from_le_bytes(said)) > self.most(packed_bytes).0 {
            let (first, reader) = self.peek(Layer::File(file.try_clone()?))?;
            sniff::check_packed(&first, Packed::Gzip)?;
            let whole = Box::new(Cursor::new(first).chain(reader));
            let members = Members::new(whole, Packed::Gzip, self.fault.clone())?;
            let unpacked = io::copy(&mut self.limited(members, packed_bytes), &mut io::sink());
            self.fault.settle(unpacked.map_err(ReadError::Io))?;
            file.rewind()?;
        }
        Ok(())
    }

    fn layer(
        &mut self,
        opened: Opened<'_>,
        packed: &[Packed],
        inside: &mut Inside<'_>,
    ) -> Result<ControlFlow<()>, ReadError> {
        match packed.split_first() {
            None => self.hand_out(opened, inside),
            Some((Packed::Zip, rest)) => self.archive(opened, rest, inside),
            Some((stream, rest)) => self.stream(opened, *stream, rest, inside),
        }
    }

    fn stream(
        &mut self,
        opened: Opened<'_>,
        packed: Packed,
        rest: &[Packed],
        inside: &mut Inside<'_>,
    ) -> Result<ControlFlow<()>, ReadError> {
        let (first, reader) = self.peek(opened.layer)?;
        sniff::check_packed(&first, packed)?;
        let members = Members::new(Box::new(Cursor::new(first).chain(reader)), packed, self.fault.clone())?;
        let layer = Layer::Stream(Box::new(self.limited(members, opened.packed_bytes)));
        self.layer(Opened { layer, is_unpacked: true, ..opened }, rest, inside)
    }

    fn archive(
        &mut self,
        opened: Opened<'_>,
        rest: &[Packed],
        inside: &mut Inside<'_>,
    ) -> Result<ControlFlow<()>, ReadError> {
        let mut file = match opened.layer {
            Layer::File(file) => file,
            Layer::Stream(stream) => self.set_down(stream)?,
        };
        let mut first = [0; sniff::SNIFFED_BYTES];
        let length = file.read(&mut first)?;
        file.seek(SeekFrom::Start(0))?;
        sniff::check_packed(first.get(..length).unwrap_or_default(), Packed::Zip)?;
        let file = Local { inner: file, fault: self.fault.clone() };
        let (mut archive, members) = self.fault.clone().settle(archive::open(file, self.limits))?;
        let is_outer = rest.contains(&Packed::Zip);
        let mut wanted = Vec::new();
        for (at, member) in members.iter().enumerate() {
            let tables = self.tables(member, at == 0, is_outer, opened.tables);
            match tables {
                Some(tables) => wanted.push((member, tables)),
                None => self.ignored_members += 1,
            }
        }
        if wanted.is_empty() {
            return Err(nothing_wanted(&members, |member| {
                let mut first = Vec::new();
                let entry = archive.by_index(member.index).ok()?;
                entry.take(4).read_to_end(&mut first).ok()?;
                Some(sniff::is_zip(&first))
            }));
        }
        for (member, tables) in wanted {
            member.check()?;
            let entry = archive.by_index(member.index).map_err(archive::blame)?;
            let entry = Blamed { inner: entry, fault: self.fault.clone() };
            let packed_bytes = member.packed_bytes.min(opened.packed_bytes);
            let layer = Layer::Stream(Box::new(self.limited(entry, packed_bytes)));
            let opened = Opened { layer, packed_bytes, member: Some(&member.name), tables: &tables, is_unpacked: true };
            if self.layer(opened, rest, inside)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Returns which tables want a member; `None` if none does. Of an archive with archives in it, the first member is wanted.
    fn tables(&self, member: &Member, is_first: bool, is_outer: bool, above: &[bool]) -> Option<Vec<bool>> {
        let Choice::Tables(parts) = &self.choice else { return Some(Vec::new()) };
        let wants = |(part, is_wanted): (&Option<String>, &bool)| match part {
            _ if is_outer => is_first,
            Some(pattern) => *is_wanted && fits(&member.name, pattern),
            None => *is_wanted && is_first,
        };
        let tables: Vec<bool> = parts.iter().zip(above).map(wants).collect();
        tables.contains(&true).then_some(tables)
    }

    fn hand_out(&mut self, opened: Opened<'_>, inside: &mut Inside<'_>) -> Result<ControlFlow<()>, ReadError> {
        let (first, reader) = self.peek(opened.layer)?;
        let mut reader = Limited {
            inner: Cursor::new(first.clone()).chain(reader),
            read: self.unpacked_bytes.clone(),
            most: self.limits.unpacked_bytes,
            reason: Reason::TooLarge,
            fault: self.fault.clone(),
        };
        let content = Content {
            reader: &mut reader,
            first: &first,
            member: opened.member,
            tables: opened.tables,
            is_unpacked: opened.is_unpacked,
        };
        let result = inside(content);
        self.fault.settle(result)
    }

    /// Reads the first bytes of a layer.
    fn peek<'l>(&self, layer: Layer<'l>) -> Result<(Vec<u8>, Box<dyn Read + 'l>), ReadError> {
        let mut reader: Box<dyn Read + 'l> = match layer {
            Layer::File(file) => Box::new(Local { inner: file, fault: self.fault.clone() }),
            Layer::Stream(stream) => stream,
        };
        let mut first = Vec::with_capacity(sniff::SNIFFED_BYTES);
        let read = reader.by_ref().take(sniff::SNIFFED_BYTES as u64).read_to_end(&mut first);
        self.fault.settle(read.map_err(ReadError::Io))?;
        Ok((first, reader))
    }

    /// Stops at the bytes that so many packed ones may unpack to.
    fn limited<R: Read>(&self, inner: R, packed_bytes: u64) -> Limited<R> {
        let (most, reason) = self.most(packed_bytes);
        Limited { inner, read: Rc::default(), most, reason, fault: self.fault.clone() }
    }

    /// Returns how many bytes so many packed ones may unpack to, and what more would be.
    fn most(&self, packed_bytes: u64) -> (u64, Reason) {
        let most = packed_bytes.saturating_mul(self.limits.ratio).max(self.limits.ratio_from_bytes);
        match self.limits.unpacked_bytes {
            bytes if bytes < most => (bytes, Reason::TooLarge),
            _ => (most, Reason::CompressedTooMuch),
        }
    }

    /// Writes a stream to a file without a name, for formats that are not read from beginning to end.
    fn set_down(&self, mut stream: impl Read) -> Result<File, ReadError> {
        let mut file = tempfile::tempfile()?;
        let copied = io::copy(&mut stream, &mut file);
        self.fault.settle(copied.map_err(ReadError::Io))?;
        file.seek(SeekFrom::Start(0))?;
        Ok(file)
    }
}

/// Tells what to do about an archive without any wanted member.
fn nothing_wanted(members: &[Member], mut is_zip: impl FnMut(&Member) -> Option<bool>) -> ReadError {
    let has_archive = members.first().is_some_and(|member| is_zip(member).unwrap_or_default());
    if has_archive {
        let message = "the archive has another archive in it, deeper than the feed declares";
        return Malformed::new(Reason::TooDeep, message).into();
    }
    let message = format!("none of the {} members of the archive has a name that the feed declares", members.len());
    Malformed::new(Reason::NoRecords, message).into()
}
