//! Every value of a message, in long form: the smallest parts of its fields, with where they stand and of what type they are.

use carelake_er7::{Segment, Value};

use super::builder::Cell;
use super::rows::{Rows, cut};
use crate::place::{Instance, Key, Node, Tree};
use crate::tables::{Kind, SegmentName, TypeName, Typed};

impl<'m, 'a> Rows<'_, 'm, 'a> {
    pub(super) fn leaves(&mut self) {
        let mut groups = vec![String::new(); self.whole.segments().count()];
        groups_of(self.whole.tree, Tree::ROOT, "", &mut groups);
        let mut pid = 0;
        for (position, (segment, group)) in self.whole.segments().zip(groups).enumerate() {
            pid += usize::from(segment.name() == *b"PID");
            // A row is of the patient that stands above it.
            self.pid = pid;
            self.fields(&segment, position + 1, &group);
        }
        self.pid = 0;
    }

    fn fields(&mut self, segment: &Segment<'m, 'a>, position: usize, group: &str) {
        let name = segment.name();
        let is_header = matches!(&name, b"MSH" | b"FHS" | b"BHS");
        let numbers: Vec<usize> = segment.fields().map(|(number, _)| number).collect();
        for number in numbers {
            let Some(field) = segment.field(number).filter(|field| !field.is_absent()) else { continue };
            let at = |repetition, component, sub| [number, repetition, component, sub];
            if is_header && number <= 2 {
                let raw = self.whole.restored(field.raw().to_owned());
                self.leaf((segment, position, group), at(1, 1, 1), Some(raw));
                continue;
            }
            let mut leaves: Vec<([usize; 4], Option<String>)> = Vec::new();
            for (repetition, value) in field.repetitions().enumerate() {
                each(value, Value::component, |component, value| {
                    each(value, Value::subcomponent, |sub, value| {
                        leaves.push((at(repetition + 1, component, sub), self.whole.text(Some(value))));
                    });
                });
            }
            for (at, text) in leaves {
                self.leaf((segment, position, group), at, text);
            }
        }
    }

    fn leaf(
        &mut self,
        (segment, position, group): (&Segment<'m, 'a>, usize, &str),
        [field, repetition, component, sub]: [usize; 4],
        text: Option<String>,
    ) {
        let Some((text, is_cut)) = text.map(cut) else { return };
        let mut row = self.begin();
        let whole = |number: usize| Cell::Whole(i64::try_from(number).unwrap_or(i64::MAX));
        for (name, number) in [
            ("segment", position),
            ("field", field),
            ("repetition", repetition),
            ("component", component),
            ("sub", sub),
        ] {
            row.set(name, whole(number));
        }
        row.set("name", Cell::Text(String::from_utf8_lossy(&segment.name()).into_owned()));
        row.text("group", (!group.is_empty()).then(|| group.to_owned()));
        row.text("type", self.type_of(segment, field, component, sub));
        // What is to be deleted is a value here: without it the message could not be made again.
        row.set("value", Cell::Text(text));
        if is_cut {
            row.set("truncated", Cell::Flag(true));
        }
        self.push("segments", row);
    }

    /// Returns the type of a value, as far as the tables have one.
    fn type_of(&self, segment: &Segment<'m, 'a>, field: usize, component: usize, sub: usize) -> Option<String> {
        let version = self.whole.tables;
        let typed = version.fields(SegmentName::of(segment.name())?)?.get(field.checked_sub(1)?)?;
        let named = match &segment.name() {
            b"OBX" if field == 5 && typed.varies() => self.value(segment, 2),
            b"MFE" if field == 4 && typed.varies() => self.value(segment, 5),
            _ => None,
        };
        let parts = |name: TypeName, number: usize| version.components(name)?.get(number.checked_sub(1)?);
        let of = |typed: &Typed| match version.kind(typed) {
            Some(Kind::Composite(name)) => Some(name),
            _ => None,
        };
        let composite = match &named {
            Some(named) => match version.kind_named(named) {
                Kind::Composite(name) => Some(name),
                _ => return Some(named.clone()),
            },
            None => of(typed),
        };
        let Some(composite) = composite else { return Some(typed.name().to_owned()) };
        let part = parts(composite, component)?;
        match of(part) {
            Some(inner) => Some(parts(inner, sub)?.name().to_owned()),
            None => Some(part.name().to_owned()),
        }
    }
}

/// Does something with each part of a value, from 1.
fn each<'a>(
    value: Value<'a>,
    part: impl Fn(&Value<'a>, usize) -> Option<Value<'a>>,
    mut work: impl FnMut(usize, Value<'a>),
) {
    for number in 1.. {
        match part(&value, number) {
            Some(part) => work(number, part),
            None => break,
        }
    }
}

/// Finds the groups that each segment stands in.
fn groups_of(tree: &Tree, instance: Instance, path: &str, groups: &mut [String]) {
    for (key, _, nodes) in tree.members(instance) {
        let inner = match &key {
            Key::Group(name) if path.is_empty() => name.text().to_owned(),
            Key::Group(name) => format!("{path}/{}", name.text()),
            Key::Segment(_) | Key::More => path.to_owned(),
        };
        for node in nodes {
            match node {
                Node::Segment(segment) => {
                    if let Some(group) = groups.get_mut(segment as usize) {
                        *group = path.to_owned();
                    }
                }
                Node::Instance(instance) => groups_of(tree, instance, &inner, groups),
            }
        }
    }
}
