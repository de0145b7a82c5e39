//! Values by their types: text, components, sub-components.

use super::Writer;
use super::parts::{COMPONENT, FILLED, SUBCOMPONENT};
use crate::tables::{Kind, TypeName};
use crate::warning::Warning;

/// What keys begin with where a type is not known.
const VARIES: &[u8] = b"\"VARIES_";

impl Writer<'_> {
    /// Writes a repetition of a field.
    pub(super) fn value(&mut self, kind: Kind, raw: &str, classes: u8) {
        match kind {
            Kind::Simple if classes & (COMPONENT | SUBCOMPONENT) != 0 => {
                self.warn(Warning::ExtraComponents);
                self.sent(raw);
            }
            // Blanks are no text, but a place in a list.
            Kind::Simple | Kind::Unknown if classes & FILLED == 0 => self.out.extend_from_slice(b"\"\""),
            Kind::Simple => self.text(raw, classes),
            Kind::Composite(name) => self.components(name, raw, classes),
            Kind::Unknown if classes & (COMPONENT | SUBCOMPONENT) == 0 => self.text(raw, classes),
            Kind::Unknown => {
                self.parts((raw, classes), COMPONENT, VARIES, |writer, _, part, classes| writer.varying(part, classes));
            }
        }
    }

    /// Writes a value of a composite type.
    fn components(&mut self, name: TypeName, raw: &str, classes: u8) {
        let version = self.form.version;
        let components = version.components(name).unwrap_or_default();
        self.parts((raw, classes), COMPONENT, name.key().as_bytes(), |writer, number, part, classes| match components
            .get(number - 1)
            .and_then(|typed| version.kind(typed))
        {
            None => {
                writer.warn(Warning::BeyondType);
                writer.varying(part, classes);
            }
            Some(Kind::Unknown) => writer.varying(part, classes),
            Some(Kind::Simple) if classes & SUBCOMPONENT != 0 => {
                writer.warn(Warning::ExtraComponents);
                writer.sent(part);
            }
            Some(Kind::Simple) => writer.text(part, classes),
            Some(Kind::Composite(inner)) => writer.subcomponents(inner, part, classes),
        });
    }

    /// Writes a component of a composite type: whatever the parts of that are, here they are text.
    fn subcomponents(&mut self, name: TypeName, raw: &str, classes: u8) {
        let components = self.form.version.components(name).unwrap_or_default();
        self.parts((raw, classes), SUBCOMPONENT, name.key().as_bytes(), |writer, number, part, classes| {
            if components.get(number - 1).is_none_or(|typed| writer.form.version.kind(typed).is_none()) {
                writer.warn(Warning::BeyondType);
            }
            writer.text(part, classes);
        });
    }

    /// Writes a component whose type is not known.
    fn varying(&mut self, raw: &str, classes: u8) {
        if classes & SUBCOMPONENT == 0 {
            return self.text(raw, classes);
        }
        self.parts((raw, classes), SUBCOMPONENT, VARIES, |writer, _, part, classes| writer.text(part, classes));
    }

    /// Writes an object of those parts that are not blank.
    #[inline]
    fn parts(
        &mut self,
        (raw, classes): (&str, u8),
        separator: u8,
        before: &[u8],
        write: impl Fn(&mut Self, usize, &str, u8),
    ) {
        self.out.push(b'{');
        if classes & separator == 0 {
            // It is the only one.
            if classes & FILLED != 0 {
                self.key(before, 1);
                write(self, 1, raw, classes);
            }
        } else {
            let classes = self.classes;
            let parts = classes.parts(raw, separator).enumerate();
            let mut is_first = true;
            for (at, (part, classes)) in parts.filter(|(_, (_, classes))| classes & FILLED != 0) {
                if !std::mem::take(&mut is_first) {
                    self.out.push(b',');
                }
                self.key(before, at + 1);
                write(self, at + 1, part, classes);
            }
        }
        self.out.push(b'}');
    }
}
