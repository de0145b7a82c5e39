//! The versions of the format: what differs between them, and how the text of one becomes that of the next.
//!
//! Version 2 has the sections that rooms share, and one spelling for the password of mail. Everything else is as it was.

use super::reader::{Mistakes, Node, Place, Spot};

/// The version that is written today.
pub const LATEST: u32 = 2;
/// The key.
const VERSION: &str = "version";
/// Sections that version 1 has not.
pub(super) const SINCE_2: [&str; 6] = ["places", "tenants", "secrets", "lineage", "serve", "network"];

/// Reads the version, and checks that nothing is there of another one.
pub fn check_version(root: &Spot<'_>, mistakes: &mut Mistakes) {
    let Some(spot) = root.child(VERSION) else { return };
    let given: Option<u32> = spot.raw_text().filter(|_| !spot.is_quoted()).and_then(|text| text.parse().ok());
    match given {
        Some(1) => {
            for spot in SINCE_2.iter().filter_map(|name| root.child(name)) {
                mistakes.add(&spot, "needs `version: 2`; `carelake config --upgrade --write` makes it of this file");
            }
        }
        Some(LATEST) => {
            if let Some(spot) = old_password(root) {
                mistakes.add(&spot, "is written `password: { env: NAME }` since version 2");
            }
        }
        Some(newer) if newer > LATEST => {
            let message = format!(
                "`{newer}` is newer than this carelake, which reads 1 and {LATEST}; take the carelake that it was written for"
            );
            mistakes.add(&spot, message);
        }
        _ => spot.expected(format_args!("1 or {LATEST}"), mistakes),
    }
}

/// Returns where the password of mail is named as it was in version 1.
fn old_password<'a>(root: &Spot<'a>) -> Option<Spot<'a>> {
    root.child("notify")?.child("smtp")?.child("password_env")
}

/// The change of one piece of one file.
struct Edit {
    at: Place,
    from: String,
    to: String,
}

/// Brings texts of a configuration of version 1 to the latest version: the same lines, but for what is written otherwise. `root` is
/// the tree of all of them, and `texts` are those of its files, in their order. Answers `None` where it is of that version already.
#[must_use]
pub fn upgraded(root: &Node, texts: &[String]) -> Option<Vec<String>> {
    let root = Spot::root(root);
    let version = root.child(VERSION)?;
    if version.raw_text() != Some("1") {
        return None;
    }
    let mut edits = vec![Edit { at: version.at, from: "1".to_owned(), to: LATEST.to_string() }];
    if let (Some(value), Some(smtp)) = (old_password(&root), root.child("notify").and_then(|it| it.child("smtp"))) {
        let name = value.raw_text().unwrap_or_default();
        let quoted = [name.to_owned(), format!("\"{name}\""), format!("'{name}'")];
        let is_there =
            |written: &&String| piece(texts, value.at).is_some_and(|rest| rest.starts_with(written.as_str()));
        let written = quoted.iter().rev().find(is_there)?;
        edits.push(Edit { at: value.at, from: written.clone(), to: format!("{{ env: {written} }}") });
        let at = smtp.place_of_key("password_env")?;
        edits.push(Edit { at, from: "password_env".to_owned(), to: "password".to_owned() });
    }
    // From the end, so that what stands before is where it was.
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.at));
    let mut texts = texts.to_vec();
    for Edit { at, from, to } in edits {
        let start = offset(&texts, at)?;
        let text = texts.get_mut(at.file)?;
        let (before, rest) = text.split_at_checked(start)?;
        // A key may stand in quotes.
        let (quote, rest) =
            rest.strip_prefix(['"', '\'']).map_or(("", rest), |bare| (rest.get(..1).unwrap_or(""), bare));
        let (quote, rest) = if from.starts_with(['"', '\'']) { ("", text.get(start..)?) } else { (quote, rest) };
        let after = rest.strip_prefix(from.as_str())?;
        *text = format!("{before}{quote}{to}{after}");
    }
    Some(texts)
}

/// Returns the text from a place on.
fn piece(texts: &[String], at: Place) -> Option<&str> {
    texts.get(at.file)?.get(offset(texts, at)?..)
}

/// Returns how many bytes stand before a place.
fn offset(texts: &[String], at: Place) -> Option<usize> {
    let text = texts.get(at.file)?;
    // A byte order mark counts as nothing.
    let mark = if text.starts_with('\u{feff}') && at.line == 1 { '\u{feff}'.len_utf8() } else { 0 };
    let start: usize = text.split_inclusive('\n').take(at.line - 1).map(str::len).sum();
    let line = text.get(start + mark..)?;
    Some(start + mark + line.chars().take(at.column - 1).map(char::len_utf8).sum::<usize>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::reader::parse;

    fn upgrade(text: &str) -> Option<String> {
        let root = parse(text, &mut Mistakes::default()).unwrap();
        upgraded(&root, &[text.to_owned()])?.pop()
    }

    #[test]
    fn comments_order_and_spaces_stay() {
        for (one, two) in [
            ("# é\nversion:  1 # one\nb: [ 1 ]\n", "# é\nversion:  2 # one\nb: [ 1 ]\n"),
            ("\u{feff}version: 1\r\nb: 1\r\n", "\u{feff}version: 2\r\nb: 1\r\n"),
            (
                "notify: { smtp: { x: é, password_env: A_B, y: 1 } } # c\nversion: 1",
                "notify: { smtp: { x: é, password: { env: A_B }, y: 1 } } # c\nversion: 2",
            ),
            (
                "version: 1\nnotify:\n  smtp:\n    'password_env':  \"A\"   # d\n",
                "version: 2\nnotify:\n  smtp:\n    'password':  { env: \"A\" }   # d\n",
            ),
        ] {
            assert_eq!(upgrade(one).as_deref(), Some(two));
            assert_eq!(upgrade(two), None, "{two}");
        }
    }

    #[test]
    fn what_is_said_in_an_included_file_is_changed_there() {
        let texts = ["version: 1\n".to_owned(), "notify: { smtp: { password_env: A } }\n".to_owned()];
        let mut mistakes = Mistakes::default();
        let mut root = parse(&texts[0], &mut mistakes).unwrap();
        let more = super::super::reader::parse_file(&texts[1], 1, &mut mistakes).unwrap();
        if let (super::super::reader::Value::Map(into), super::super::reader::Value::Map(more)) =
            (&mut root.value, more.value)
        {
            into.extend(more);
        }
        let expected = ["version: 2\n".to_owned(), "notify: { smtp: { password: { env: A } } }\n".to_owned()];
        assert_eq!(upgraded(&root, &texts).as_deref(), Some(expected.as_slice()));
    }

    #[test]
    fn a_version_is_refused_that_is_not_known_or_has_what_another_has() {
        for (text, expected) in [
            ("version: 1", ""),
            ("version: 2", ""),
            (
                "version: 3",
                "1:10: version: `3` is newer than this carelake, which reads 1 and 2; take the carelake that it was written for",
            ),
            ("version: '2'", "1:10: version: must be 1 or 2, not the text \"2\""),
            ("version: 0", "1:10: version: must be 1 or 2, not `0`"),
            ("version: two", "1:10: version: must be 1 or 2, not `two`"),
            (
                "version: 1\ntenants: {}",
                "2:1: tenants: needs `version: 2`; `carelake config --upgrade --write` makes it of this file",
            ),
            (
                "version: 2\nnotify: { smtp: { password_env: A } }",
                "2:33: notify.smtp.password_env: is written `password: { env: NAME }` since version 2",
            ),
        ] {
            let mut mistakes = Mistakes::default();
            let root = parse(text, &mut mistakes).unwrap();
            check_version(&Spot::root(&root), &mut mistakes);
            let told: Vec<String> = mistakes.into_problems().iter().map(ToString::to_string).collect();
            assert_eq!(told.join("\n"), expected, "{text}");
        }
    }
}
