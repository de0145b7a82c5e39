//! Elements and texts of an XML file, one after the other; anything else is refused or passed by.

use std::borrow::Cow;
use std::io::Read;

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::BytesStart;

use super::text::Text;
use super::token::{Leaf, Stop, Token, leaf, token};
use crate::limits::Limits;
use crate::malformed::{Malformed, ReadError, Reason};

/// Something in an XML file.
#[derive(Debug)]
pub(super) enum Event<'b> {
    /// An element begins.
    Open(Element<'b>),
    /// Text of the element that is open.
    Text(Cow<'b, str>),
    /// The element that is open ends.
    Close,
    /// Something that is no part of a record: a comment, an instruction, blanks around the root.
    Nothing,
    /// The file ends.
    End,
}

/// The tag that an element begins with, without its brackets.
#[derive(Debug)]
pub(super) struct Element<'b> {
    tag: &'b str,
    name: usize,
}

/// Reads events.
pub(super) struct Events<'a> {
    text: Text<'a>,
    limits: Limits,
    /// The names of the elements that are open, one after the other, and where each begins.
    names: String,
    open: Vec<usize>,
    has_root: bool,
    /// Whether there was anything but blanks.
    has_any: bool,
    /// Whether the element that was opened last has no content.
    is_empty: bool,
}

impl<'a> Events<'a> {
    pub(super) fn new(input: &'a mut dyn Read, limits: Limits) -> Result<Self, ReadError> {
        let text = Text::new(input)?;
        let text =
            text.map_err(|_| Malformed::new(Reason::NotTheFormat, "the encoding that the file declares is not known"))?;
        Ok(Self {
            text,
            limits,
            names: String::new(),
            open: Vec::new(),
            has_root: false,
            has_any: false,
            is_empty: false,
        })
    }

    /// Returns the text that is read from.
    pub(super) const fn text(&mut self) -> &mut Text<'a> {
        &mut self.text
    }

    /// Returns what comes next. Elements are closed in the order in which they were opened, and text is in one of them.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Event<'_>, ReadError> {
        if std::mem::take(&mut self.is_empty) {
            self.pop();
            return Ok(Event::Close);
        }
        let Some(token) = self.token()? else {
            return if self.open.is_empty() && self.has_root == self.has_any {
                Ok(Event::End)
            } else {
                Err(truncated())
            };
        };
        match token {
            Token::Nothing(length) => {
                self.has_any = true;
                self.text.take(length);
                Ok(Event::Nothing)
            }
            Token::DocumentType(length) => Err(declares(self.text.take(length))),
            Token::Text(length) if self.open.is_empty() => match self.text.take(length).trim_ascii() {
                "" => Ok(Event::Nothing),
                _ => Err(not_xml("there is text outside of its root element")),
            },
            Token::Data(_) | Token::Reference(_) if self.open.is_empty() => {
                Err(not_xml("there is text outside of its root element"))
            }
            Token::Text(length) => Ok(Event::Text(lines(self.text.take(length)))),
            Token::Data(length) => {
                let data = self.text.take(length).strip_prefix("<![CDATA[").and_then(|data| data.strip_suffix("]]>"));
                data.map(|data| Event::Text(lines(data)))
                    .ok_or_else(|| not_xml("a section of text is not written as it must be"))
            }
            Token::Reference(length) => referred(self.text.take(length).trim_matches(['&', ';'])).map(Event::Text),
            Token::Open { length, name, is_empty } => self.opened(length, name, is_empty),
            Token::Close(length) => self.closed(length),
        }
    }

    /// Returns the element that comes next, if it is a leaf in an element, and within the limits. It is yet to be taken from the
    /// text; events tell of it too.
    #[inline]
    pub(super) fn leaf(&self) -> Option<Leaf<'_>> {
        let is_in = !self.is_empty && !self.open.is_empty() && self.open.len() < self.limits.depth;
        leaf(self.text.rest()).filter(|leaf| is_in && leaf.text.len() <= self.limits.value_bytes)
    }

    /// Returns the next token, whole in the text; nothing at the end of the file.
    #[inline]
    fn token(&mut self) -> Result<Option<Token>, ReadError> {
        loop {
            match token(self.text.rest(), self.text.is_ended()) {
                Ok(token) => return Ok(Some(token)),
                Err(Stop::NotXml) => return Err(not_xml("its elements are not as they must be")),
                Err(Stop::More) if self.text.rest().len() > most(&self.limits) => {
                    return Err(Malformed::new(Reason::TooWide, "a tag, text or comment is longer than is read").into());
                }
                Err(Stop::More) if !self.text.is_ended() => self.text.fill()?,
                Err(Stop::More) if self.text.rest().is_empty() => return Ok(None),
                Err(Stop::More) => return Err(truncated()),
            }
        }
    }

    #[inline]
    fn opened(&mut self, length: usize, name: usize, is_empty: bool) -> Result<Event<'_>, ReadError> {
        if self.open.is_empty() && self.has_root {
            return Err(not_xml("there is something after its root element"));
        }
        if self.open.len() >= self.limits.depth {
            return Err(Malformed::new(Reason::TooDeep, "elements are nested deeper than is read").into());
        }
        (self.has_root, self.has_any) = (true, true);
        self.is_empty = is_empty;
        let tag = self.text.take(length).get(1..length - 1 - usize::from(is_empty)).unwrap_or_default();
        let element = Element { tag, name: name - 1 };
        self.open.push(self.names.len());
        self.names.push_str(element.whole_name());
        Ok(Event::Open(element))
    }

    #[inline]
    fn closed(&mut self, length: usize) -> Result<Event<'_>, ReadError> {
        let name = self.text.take(length).get(2..length - 1).unwrap_or_default().trim_ascii_end();
        if self.open.last().and_then(|start| self.names.get(*start..)) != Some(name) {
            return Err(not_xml("an element ends that did not begin"));
        }
        self.pop();
        Ok(Event::Close)
    }

    fn pop(&mut self) {
        if let Some(start) = self.open.pop() {
            self.names.truncate(start);
        }
    }
}

impl Element<'_> {
    /// Returns its name without a prefix.
    #[inline]
    pub(super) fn name(&self) -> &str {
        local(self.whole_name())
    }

    fn whole_name(&self) -> &str {
        self.tag.get(..self.name).unwrap_or_default()
    }

    /// Hands over its attributes: names without prefixes, and values.
    #[inline]
    pub(super) fn attributes(&self, most: usize, mut take: impl FnMut(&str, &str)) -> Result<(), ReadError> {
        if self.tag.len() == self.name {
            return Ok(());
        }
        let tag = BytesStart::from_content(self.tag, self.name);
        let mut attributes = tag.attributes();
        // Whoever repeats an attribute is read all the same: to compare each with all others takes a time without bounds.
        for (index, attribute) in attributes.with_checks(false).enumerate() {
            let attribute = attribute.map_err(|_| not_xml("an attribute is not written as it must be"))?;
            if index >= most {
                return Err(Malformed::new(Reason::TooWide, "an element has more attributes than are read").into());
            }
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| undeclared())?;
            take(local(attribute.key.0), &value);
        }
        Ok(())
    }
}

#[inline]
fn local(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}

/// Returns a text with the line ends of XML.
#[inline]
fn lines(text: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\r', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
}

/// Returns the character that a reference stands for.
fn referred(name: &str) -> Result<Cow<'static, str>, ReadError> {
    let Some(number) = name.strip_prefix('#') else {
        return resolve_xml_entity(name).map(Cow::Borrowed).ok_or_else(undeclared);
    };
    let code = match number.strip_prefix('x') {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
        None => number.parse(),
    };
    let character = code.ok().and_then(char::from_u32).filter(|character| *character != '\0');
    character
        .map(|character| Cow::Owned(character.to_string()))
        .ok_or_else(|| not_xml("a reference stands for no character"))
}

/// How much one tag, text or comment may have: a value, and what is around it.
const fn most(limits: &Limits) -> usize {
    limits.value_bytes.saturating_mul(2)
}

fn truncated() -> ReadError {
    Malformed::new(Reason::Truncated, "the XML text ends before its root element does").into()
}

fn not_xml(message: &str) -> ReadError {
    Malformed::new(Reason::NotTheFormat, format!("the text is not XML: {message}")).into()
}

fn undeclared() -> ReadError {
    Malformed::new(Reason::Entity, "the file refers to an entity; only the five of XML are read").into()
}

fn declares(declared: &str) -> ReadError {
    if declared.to_ascii_lowercase().contains("html") {
        return not_xml("it is an HTML page");
    }
    Malformed::new(Reason::Entity, "the file declares a document type; send it without").into()
}
