//! Finds the line of every place in a JSON text, and the keys that occur twice in one object.
//!
//! serde_json keeps neither. The text has been read by it before, so it is well-formed and its nesting is bounded.

use std::collections::BTreeMap;

/// The places of a JSON text, by their path such as `/States/Load/Next` or `/States/Pick/Choices[0]`.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// The line of each place, and the number of places before it in the text.
    found: BTreeMap<String, (usize, usize)>,
    doubles: Vec<String>,
}

enum Frame {
    Object { place: String, key: Option<String> },
    Array { place: String, next: usize },
}

impl Places {
    pub(super) fn of(text: &str) -> Self {
        let mut places = Self::default();
        let mut stack: Vec<Frame> = Vec::new();
        let mut line = 1;
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            let after = rest.get(letter.len_utf8()..).unwrap_or_default();
            rest = match letter {
                '"' => {
                    let (literal, after) = string(rest);
                    match stack.last_mut() {
                        Some(Frame::Object { key: slot @ None, .. }) => {
                            *slot = Some(serde_json::from_str(literal).unwrap_or_default());
                        }
                        _ => {
                            places.value(&mut stack, line);
                        }
                    }
                    after
                }
                '{' => {
                    let place = places.value(&mut stack, line);
                    stack.push(Frame::Object { place, key: None });
                    after
                }
                '[' => {
                    let place = places.value(&mut stack, line);
                    stack.push(Frame::Array { place, next: 0 });
                    after
                }
                '}' | ']' => {
                    stack.pop();
                    after
                }
                '\n' => {
                    line += 1;
                    after
                }
                letter if letter.is_whitespace() || matches!(letter, ',' | ':') => after,
                _ => {
                    places.value(&mut stack, line);
                    after.trim_start_matches(|letter: char| {
                        letter.is_ascii_alphanumeric() || matches!(letter, '+' | '-' | '.')
                    })
                }
            };
        }
        places
    }

    /// Notes a value and returns its place.
    fn value(&mut self, stack: &mut [Frame], line: usize) -> String {
        let place = match stack.last_mut() {
            None => "/".to_owned(),
            Some(Frame::Object { place, key }) => join(place, &key.take().unwrap_or_default()),
            Some(Frame::Array { place, next }) => {
                *next += 1;
                format!("{place}[{}]", *next - 1)
            }
        };
        let order = self.found.len();
        if self.found.insert(place.clone(), (line, order)).is_some() {
            self.doubles.push(place.clone());
        }
        place
    }

    pub(super) fn line(&self, place: &str) -> Option<usize> {
        self.get(place).map(|(line, _)| line)
    }

    /// Returns where a place stands among all places of the text.
    pub(super) fn order(&self, place: &str) -> usize {
        self.get(place).map_or(usize::MAX, |(_, order)| order)
    }

    fn get(&self, place: &str) -> Option<(usize, usize)> {
        self.found.get(if place.is_empty() { "/" } else { place }).copied()
    }

    /// Returns the places whose key occurs twice in its object.
    pub(super) fn doubles(&self) -> &[String] {
        &self.doubles
    }
}

fn join(place: &str, key: &str) -> String {
    if place == "/" { format!("/{key}") } else { format!("{place}/{key}") }
}

/// Splits a string literal, its quotes included, from what follows it.
fn string(text: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return text.split_at_checked(at + 1).unwrap_or((text, "")),
            _ => {}
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_knows_its_line() {
        let places = Places::of("{\n \"a\": [1,\n {\"b\\\"c\": null}],\n \"d\": \"x\\\"y\"\n}");
        for (place, line) in [("", 1), ("/a", 2), ("/a[0]", 2), ("/a[1]", 3), ("/a[1]/b\"c", 3), ("/d", 4)] {
            assert_eq!(places.line(place), Some(line), "{place}");
        }
    }

    #[test]
    fn a_key_that_occurs_twice_is_found() {
        assert_eq!(Places::of(r#"{"a": {"x": 1, "x": 2}, "b": {"x": 3}}"#).doubles(), ["/a/x"]);
    }
}
