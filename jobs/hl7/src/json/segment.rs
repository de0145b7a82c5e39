//! A segment as an object of its fields.

use carelake_er7::Segment;

use super::Writer;
use super::parts::{Parts, REPETITION};
use crate::tables::{Kind, Most, SegmentName, Typed};
use crate::warning::{At, Warning};

/// How a field is written.
#[derive(Debug, Clone, Copy)]
struct Field {
    kind: Kind,
    is_list: bool,
    /// As the original: it stays as it was sent.
    is_sent: bool,
}

impl Writer<'_> {
    pub(super) fn segment(&mut self, segment: Segment<'_, '_>) {
        let name = segment.name();
        let key = key(name);
        let declared = SegmentName::of(name).and_then(|name| self.form.version.fields(name));
        let is_header = matches!(&name, b"MSH" | b"FHS" | b"BHS");
        let mut is_first = true;
        let mut more = None;
        self.out.push(b'{');
        for (number, raw) in segment.fields() {
            if is_blank(raw) {
                continue;
            }
            self.at = At { field: number, ..self.at };
            if !std::mem::take(&mut is_first) {
                self.out.push(b',');
            }
            self.key(&key, number);
            if is_header && number <= 2 {
                self.sent(raw);
                continue;
            }
            let field = self.declared(segment, declared, number);
            if declared.is_some_and(|declared| is_beyond(declared, number)) {
                self.warn(Warning::BeyondSegment);
            }
            if self.field(field, raw) {
                more.get_or_insert(number);
            }
        }
        more.into_iter().for_each(|from| self.more(segment, declared, from));
        self.out.push(b'}');
    }

    /// Answers how a field is written.
    fn declared(&self, segment: Segment<'_, '_>, declared: Option<&'static [Typed]>, number: usize) -> Field {
        let version = self.form.version;
        let typed = declared.and_then(|declared| declared.get(number - 1));
        let Some((typed, kind)) = typed.and_then(|typed| Some((typed, version.kind(typed)?))) else {
            return Field { kind: Kind::Unknown, is_list: true, is_sent: false };
        };
        let said_in = match (&segment.name(), number) {
            (b"OBX", 5) if typed.varies() => Some(2),
            (b"MFE", 4) if typed.varies() => Some(5),
            _ => None,
        };
        let kind = said_in.map_or(kind, |said_in| {
            let said = segment.field(said_in).and_then(|it| it.repetition(1)).and_then(|it| it.component(1));
            said.map_or(Kind::Unknown, |said| version.kind_named(said.text().trim_ascii()))
        });
        let is_list = typed.varies() || typed.most() != Most::Times(1);
        let is_sent = self.form.is_original && typed.varies();
        Field { kind, is_list, is_sent }
    }

    /// Writes a field; answers whether it has more repetitions than are written.
    fn field(&mut self, field: Field, raw: &str) -> bool {
        self.switched = None;
        if field.is_sent {
            self.sent(raw);
            return false;
        }
        let classes = self.classes;
        let mut repetitions = classes.parts(raw, REPETITION);
        if !field.is_list {
            let (first, classes) = repetitions.next().unwrap_or_default();
            self.value(field.kind, first, classes);
            return repetitions.has_more();
        }
        let start = self.out.len();
        let count = self.list(field.kind, repetitions);
        if self.form.is_original && count == 1 && self.out.get(start + 1) == Some(&b'"') {
            // A list of one text is the text.
            self.out.pop();
            self.out.remove(start);
        }
        false
    }

    /// Writes a list, and answers how many are in it.
    fn list(&mut self, kind: Kind, repetitions: Parts<'_, '_>) -> usize {
        self.out.push(b'[');
        let mut count = 0;
        for (repetition, classes) in repetitions {
            if count > 0 {
                self.out.push(b',');
            }
            self.value(kind, repetition, classes);
            count += 1;
        }
        self.out.push(b']');
        count
    }

    /// Writes what no maximum allows of this field and those after it, of which the first repetition stands in its place.
    fn more(&mut self, segment: Segment<'_, '_>, declared: Option<&'static [Typed]>, from: usize) {
        self.out.extend_from_slice(b",\"_more\":{");
        let (key, classes) = (key(segment.name()), self.classes);
        let mut is_first = true;
        for (number, raw) in segment.fields().skip_while(|(number, _)| *number < from) {
            let field = self.declared(segment, declared, number);
            let mut repetitions = classes.parts(raw, REPETITION);
            let _ = repetitions.next();
            if field.is_list || field.is_sent || !repetitions.has_more() || is_blank(raw) {
                continue;
            }
            self.at = At { field: number, ..self.at };
            self.warn(Warning::BeyondMaximum);
            if !std::mem::take(&mut is_first) {
                self.out.push(b',');
            }
            self.key(&key, number);
            self.list(field.kind, repetitions);
        }
        self.out.push(b'}');
    }
}

/// Returns what the keys of fields begin with.
const fn key([first, second, third]: [u8; 3]) -> [u8; 5] {
    [b'"', first, second, third, b'_']
}

fn is_blank(raw: &str) -> bool {
    raw.bytes().all(|byte| byte.is_ascii_whitespace())
}

/// Returns whether a segment has no field of a number. What varies at its end goes on: QPD-3 stands for those after it, too.
fn is_beyond(declared: &[Typed], number: usize) -> bool {
    match declared.get(number - 1) {
        Some(typed) => !typed.is_there(),
        None => !declared.last().is_some_and(Typed::varies),
    }
}
