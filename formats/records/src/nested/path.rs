//! How a path is written.
//!
//! JSON and Parquet:
//!
//! ```text
//! path     = step { "." step }            nothing, or ".", is the record or item itself
//! step     = name { selector } | selector { selector }
//! name     = any characters but . [ "     | '"' any characters, \" and \\ for " and \ '"'
//! selector = "[" number "]"               one item of a list, from 0
//!          | "[*]"                        every item
//!          | "[" name "=" value "]"       the items whose member has this value; the value may be in quotes, too
//! ```
//!
//! A name that meets a list goes on in each of its items, so that `dx` is `dx[*]`; a value that is no list is a list of one.
//!
//! XML: names of elements between `/`, the last may be an attribute, `@id`; prefixes count for nothing. An element that is
//! repeated is a list.
//!
//! Every text is a path. One that is written otherwise leads nowhere, and is told as one that no record has.

use std::iter::Peekable;
use std::str::Chars;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// To a member of a record; of an attribute with `@`.
    Member(String),
    /// To one item of a list, from 0.
    Nth(usize),
    /// To every item of a list.
    Every,
    /// To the items whose member has a value.
    Where(String, String),
}

/// Takes apart a path of JSON or Parquet.
pub(crate) fn dotted(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    if path.is_empty() || path == "." {
        return steps;
    }
    let mut rest = path.chars().peekable();
    loop {
        match rest.peek() {
            Some('[') => {}
            Some('"') => steps.push(Step::Member(quoted(&mut rest))),
            _ => steps.push(Step::Member(bare(&mut rest, &['.', '[']))),
        }
        while rest.next_if_eq(&'[').is_some() {
            steps.push(selector(&mut rest));
        }
        if rest.next_if_eq(&'.').is_none() && rest.peek().is_none() {
            return steps;
        }
    }
}

/// Takes apart a path of XML.
pub(crate) fn slashed(path: &str) -> Vec<Step> {
    let local = |name: &str| name.rsplit_once(':').map_or(name, |(_, local)| local).to_owned();
    path.split('/')
        .filter(|name| !name.is_empty() && *name != ".")
        .map(|name| match name.strip_prefix('@') {
            Some(attribute) => Step::Member(format!("@{}", local(attribute))),
            None => Step::Member(local(name)),
        })
        .collect()
}

/// Returns a name as it is written in a path of JSON or Parquet.
pub(crate) fn written(name: &str) -> String {
    if name.is_empty() || name.contains(['.', '[', '"']) {
        format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        name.to_owned()
    }
}

fn selector(rest: &mut Peekable<Chars<'_>>) -> Step {
    let name = if rest.peek() == Some(&'"') { quoted(rest) } else { bare(rest, &['=', ']']) };
    if rest.next_if_eq(&'=').is_some() {
        let value = if rest.peek() == Some(&'"') { quoted(rest) } else { bare(rest, &[']']) };
        rest.next_if_eq(&']');
        return Step::Where(name, value);
    }
    rest.next_if_eq(&']');
    match name.parse() {
        Ok(nth) => Step::Nth(nth),
        Err(_) if name == "*" => Step::Every,
        Err(_) => Step::Member(name),
    }
}

fn bare(rest: &mut Peekable<Chars<'_>>, ends: &[char]) -> String {
    let mut name = String::new();
    while let Some(character) = rest.next_if(|character| !ends.contains(character)) {
        name.push(character);
    }
    name
}

fn quoted(rest: &mut Peekable<Chars<'_>>) -> String {
    let mut name = String::new();
    rest.next();
    while let Some(character) = rest.next() {
        match character {
            '"' => break,
            '\\' => name.extend(rest.next()),
            other => name.push(other),
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::Step::{Every, Member, Nth, Where};
    use super::*;

    fn member(name: &str) -> Step {
        Member(name.to_owned())
    }

    #[test]
    fn paths_of_json_are_taken_apart() {
        let cases: &[(&str, Vec<Step>)] = &[
            ("", vec![]),
            (".", vec![]),
            ("id", vec![member("id")]),
            ("name.last", vec![member("name"), member("last")]),
            ("name[0].given", vec![member("name"), Nth(0), member("given")]),
            ("dx[*]", vec![member("dx"), Every]),
            (
                "telecom[system=phone].value",
                vec![member("telecom"), Where("system".into(), "phone".into()), member("value")],
            ),
            ("a[b=http://x.y/z]", vec![member("a"), Where("b".into(), "http://x.y/z".into())]),
            (r#"a["b=c"="d]e"].f"#, vec![member("a"), Where("b=c".into(), "d]e".into()), member("f")]),
            (r#""odd.name".x"#, vec![member("odd.name"), member("x")]),
            (r#""a\"b\\c""#, vec![member(r#"a"b\c"#)]),
            ("[2]", vec![Nth(2)]),
            ("m[1][0]", vec![member("m"), Nth(1), Nth(0)]),
        ];
        for (path, steps) in cases {
            assert_eq!(&dotted(path), steps, "{path}");
        }
    }

    #[test]
    fn a_name_that_is_written_in_a_path_is_read_again_as_it_was() {
        for name in ["a", "a b", "a.b", "a[0]", "a\"b", "a\\\"", "", "ä"] {
            assert_eq!(dotted(&format!("{}.x", written(name))), [member(name), member("x")], "{name}");
        }
    }

    #[test]
    fn paths_of_xml_are_taken_apart_without_prefixes() {
        let cases: &[(&str, &[&str])] = &[
            ("Name/Last", &["Name", "Last"]),
            ("@id", &["@id"]),
            ("@p:key", &["@key"]),
            ("p:Encounters/p:Encounter", &["Encounters", "Encounter"]),
            ("Facility/@ccn", &["Facility", "@ccn"]),
            (".", &[]),
            ("", &[]),
        ];
        for (path, names) in cases {
            assert_eq!(slashed(path), names.iter().map(|name| member(name)).collect::<Vec<_>>(), "{path}");
        }
    }
}
