//! A message in its groups as JSON: keys in the order of first appearance, no blanks.

mod parts;
mod segment;
mod text;
mod value;

use carelake_er7::{Message, Switched};
use encoding_rs::Encoding;

use self::parts::Classes;
use crate::place::{Instance, Key, Node, Tree};
use crate::read::Foreign;
use crate::tables::Version;
use crate::warning::{At, Warning, Warnings};

/// What it is written by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form<'f> {
    /// The version whose fields and types hold.
    pub(crate) version: Version,
    /// What the bytes of escapes are in.
    pub(crate) encoding: &'static Encoding,
    /// Separators that are not ASCII.
    pub(crate) foreign: &'f [Foreign],
    /// As the original: a list of one text is the text, and what varies stays as it was sent.
    pub(crate) is_original: bool,
}

/// Writes one message.
struct Writer<'w> {
    out: &'w mut Vec<u8>,
    form: Form<'w>,
    classes: &'w Classes,
    warnings: &'w mut Warnings,
    /// The character set that an escape of the field switched to.
    switched: Option<Switched>,
    /// What is being written.
    at: At,
}

/// Appends a message as JSON.
pub(crate) fn write(message: &Message<'_>, tree: &Tree, form: Form<'_>, warnings: &mut Warnings, out: &mut Vec<u8>) {
    let classes = Classes::new(message.separators());
    let mut writer = Writer { out, form, classes: &classes, warnings, switched: None, at: At { segment: 0, field: 0 } };
    writer.instance(message, tree, Tree::ROOT);
}

impl Writer<'_> {
    fn instance(&mut self, message: &Message<'_>, tree: &Tree, instance: Instance) {
        self.out.push(b'{');
        for (number, (key, is_list, nodes)) in tree.members(instance).enumerate() {
            if number > 0 {
                self.out.push(b',');
            }
            self.out.push(b'"');
            match &key {
                Key::Segment(name) => self.out.extend_from_slice(name),
                Key::Group(name) => self.out.extend_from_slice(name.text().as_bytes()),
                Key::More => self.out.extend_from_slice(b"_more"),
            }
            self.out.extend_from_slice(if is_list { b"\":[" } else { b"\":" });
            for (number, node) in nodes.enumerate() {
                if number > 0 {
                    self.out.push(b',');
                }
                match node {
                    Node::Segment(segment) => self.numbered(message, segment as usize),
                    Node::Instance(instance) => self.instance(message, tree, instance),
                }
            }
            if is_list {
                self.out.push(b']');
            }
        }
        self.out.push(b'}');
    }

    fn numbered(&mut self, message: &Message<'_>, number: usize) {
        self.at = At { segment: number + 1, field: 0 };
        if let Some(segment) = message.segment(number) {
            self.segment(segment);
        }
    }

    fn warn(&mut self, warning: Warning) {
        self.warnings.note(warning, self.at);
    }
}
