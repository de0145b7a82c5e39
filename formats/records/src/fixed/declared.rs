//! What a file of fixed width says of itself.

use std::io::Read;
use std::ops::ControlFlow;

use super::lines::Lines;
use super::plan::Slice;
use super::slices::Characters;
use crate::format::Fixed;
use crate::limits::Limits;
use crate::malformed::ReadError;
use crate::text::{BLOCK_BYTES, Text};

/// Returns a part of the first record of a type (`H:2-9`), or of the first record of all (`2-9`); `None` where it is empty.
pub(crate) fn declared(
    input: &mut dyn Read,
    format: &Fixed,
    limits: &Limits,
    source: &str,
) -> Result<Option<String>, ReadError> {
    let (wanted, range) = source.split_once(':').map_or((None, source), |(kind, range)| (Some(kind), range));
    let Some(slice) = Slice::parse(range) else { return Ok(None) };
    let mut text = Text::new(input, format.encoding, BLOCK_BYTES)?;
    let mut characters = Characters::default();
    let mut declared = None;
    Lines { text: &mut text, limits }.each(&mut |line| {
        characters.of(&line);
        if wanted.is_some_and(|wanted| wanted.as_bytes() != characters.kind(line.bytes, format)) {
            return ControlFlow::Continue(());
        }
        let (part, _) = characters.part(line.bytes, slice);
        declared = std::str::from_utf8(part).ok().filter(|part| !part.is_empty()).map(str::to_owned);
        ControlFlow::Break(())
    })?;
    Ok(declared)
}
