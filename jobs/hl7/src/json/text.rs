//! Texts as JSON strings, and keys.

use std::io::Write as _;

use carelake_er7::{Escapes, join_lines, unescape};

use super::Writer;
use super::parts::{MEANT, QUOTED};
use crate::read::Foreign;
use crate::warning::Warning;

impl Writer<'_> {
    /// Writes what a text stands for; `classes` are its own, or those of what it is a part of.
    #[inline]
    pub(super) fn text(&mut self, raw: &str, classes: u8) {
        let classes = if self.switched.is_some() { classes | MEANT } else { classes };
        if classes & (MEANT | QUOTED) == 0 {
            self.out.push(b'"');
            self.out.extend_from_slice(raw.as_bytes());
            self.out.push(b'"');
            return;
        }
        if classes & MEANT == 0 {
            return string(self.out, raw, self.form.foreign);
        }
        let mut met = Escapes { switched: self.switched, ..Escapes::default() };
        let text = unescape(raw, &self.classes.separators, self.form.encoding, &mut met);
        self.switched = met.switched;
        if met.unknown {
            self.warn(Warning::EscapeUnknown);
        }
        if met.undecodable {
            self.warn(Warning::EscapeUndecodable);
        }
        string(self.out, &text, self.form.foreign);
    }

    /// Writes a text as it was sent.
    pub(super) fn sent(&mut self, raw: &str) {
        string(self.out, &join_lines(raw), self.form.foreign);
    }

    /// Writes a key such as `"PID_3":`, of which what stands before the number is given.
    #[inline]
    pub(super) fn key(&mut self, before: &[u8], number: usize) {
        self.out.extend_from_slice(before);
        match number {
            0..10 => self.out.extend_from_slice(&[b'0' + number as u8, b'"', b':']),
            10..100 => {
                let (tens, ones) = (number / 10, number % 10);
                self.out.extend_from_slice(&[b'0' + tens as u8, b'0' + ones as u8, b'"', b':']);
            }
            // Memory takes everything.
            _ => drop(write!(self.out, "{number}\":")),
        }
    }
}

/// Writes a text as a JSON string.
fn string(out: &mut Vec<u8>, text: &str, foreign: &[Foreign]) {
    out.push(b'"');
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)) {
        out.extend_from_slice(rest.get(..at).unwrap_or_default().as_bytes());
        match rest.as_bytes().get(at) {
            Some(b'\n') => out.extend_from_slice(b"\\n"),
            Some(b'\r') => out.extend_from_slice(b"\\r"),
            Some(b'\t') => out.extend_from_slice(b"\\t"),
            Some(byte @ (b'"' | b'\\')) => out.extend_from_slice(&[b'\\', *byte]),
            Some(byte) => match foreign.iter().find(|foreign| foreign.stand_in == *byte) {
                Some(foreign) => drop(write!(out, "{}", foreign.separator)),
                None => drop(write!(out, "\\u{byte:04x}")),
            },
            None => {}
        }
        rest = rest.get(at + 1..).unwrap_or_default();
    }
    out.extend_from_slice(rest.as_bytes());
    out.push(b'"');
}
