//! A value that an XML file says of itself.

use std::io::Read;

use super::event::{Event, Events};
use super::names_of;
use super::way::Way;
use crate::limits::Limits;
use crate::malformed::ReadError;

/// Returns the value at a path from the top, the first there is that is not empty. The path may begin with the root element, or
/// below it.
///
/// # Errors
/// [`Malformed`](crate::Malformed), if it is not XML up to the value, or beyond the limits; an I/O error of the input.
pub(crate) fn declared(input: &mut dyn Read, path: &str, limits: &Limits) -> Result<Option<String>, ReadError> {
    let mut names = names_of(path);
    let attribute = names.pop_if(|name| name.starts_with('@'));
    let mut below = Way::new(names.clone());
    let mut whole = None;
    let mut events = Events::new(input, *limits)?;
    let mut text: Option<(usize, String)> = None;
    let mut depth = 0;
    loop {
        events.text().mark();
        match events.next()? {
            Event::Open(element) => {
                depth += 1;
                if depth == 1 && names.first().is_some_and(|root| root == element.name()) {
                    whole = Some(Way::new(names.get(1..).unwrap_or_default().to_vec()));
                }
                let is_below = below.open(element.name());
                let is_whole = whole.as_mut().is_some_and(|way| way.open(element.name()));
                if !is_below && !is_whole || text.is_some() {
                    continue;
                }
                let Some(attribute) = &attribute else {
                    text = Some((depth, String::new()));
                    continue;
                };
                let mut value = None;
                element.attributes(limits.columns, |name, text| {
                    if attribute.strip_prefix('@') == Some(name) && !text.is_empty() {
                        value = Some(text.to_owned());
                    }
                })?;
                if value.is_some() {
                    return Ok(value);
                }
            }
            Event::Text(part) => match &mut text {
                Some((at, text)) if *at == depth => text.push_str(&part),
                _ => {}
            },
            Event::Close => {
                match text.take_if(|(at, _)| *at == depth) {
                    Some((_, text)) if !text.trim().is_empty() => return Ok(Some(text)),
                    _ => {}
                }
                depth -= 1;
                below.close();
                if let Some(way) = &mut whole {
                    way.close();
                }
            }
            Event::Nothing => {}
            Event::End => return Ok(None),
        }
    }
}
