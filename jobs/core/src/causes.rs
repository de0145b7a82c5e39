//! An error as one line.

use std::error::Error;

/// Returns the message of an error with those of its causes, as one line. A cause whose words an outer message has already is left out.
///
/// ```
/// use std::io::{Error, ErrorKind};
/// let error = Error::new(ErrorKind::NotFound, "the file is gone");
/// assert_eq!(carelake_core::causes(&error), "the file is gone");
/// ```
#[must_use]
pub fn causes(error: &dyn Error) -> String {
    let (mut text, mut next) = (error.to_string(), error.source());
    while let Some(cause) = next {
        let more = cause.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Layer {
        text: &'static str,
        source: Option<Box<Layer>>,
    }

    fn layers(texts: &[&'static str]) -> Option<Box<Layer>> {
        let (text, rest) = texts.split_first()?;
        Some(Box::new(Layer { text, source: layers(rest) }))
    }

    #[test]
    fn each_cause_is_told_once() {
        let told = |texts: &[&'static str]| causes(layers(texts).unwrap().as_ref());
        assert_eq!(
            told(&["no answer", "connection refused", "os error 111"]),
            "no answer: connection refused: os error 111"
        );
        assert_eq!(told(&["no answer: refused (111)", "refused", "port 80"]), "no answer: refused (111): port 80");
    }
}
