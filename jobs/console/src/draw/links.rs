//! Where pages lie: on a server, and as files that open from a disk.

use std::collections::BTreeMap;

use carelake_pipeline::page::To;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What a part of a path does not hold as it is.
const PART: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'&')
    .add(b'\\');

/// How pages name each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Links {
    /// By paths of this server.
    Served,
    /// By files: a page of this path, so many folders below the top.
    Filed {
        /// Folders between the page and the top.
        depth: usize,
    },
}

impl Links {
    /// Returns the address of a page that has this path, which begins with `/`.
    pub(crate) fn to(&self, path: &str) -> String {
        match self {
            Self::Served => path.to_owned(),
            Self::Filed { depth } => {
                let path = path.split('?').next().unwrap_or(path);
                format!("{}{}", "../".repeat(*depth), file(path))
            }
        }
    }

    /// Returns the address of a file of this server.
    pub(crate) fn asset(&self, name: &str) -> String {
        match self {
            Self::Served => format!("/{name}"),
            Self::Filed { depth } => format!("{}{name}", "../".repeat(*depth)),
        }
    }

    /// Returns whether something can be asked and done.
    pub(crate) const fn is_served(&self) -> bool {
        matches!(self, Self::Served)
    }
}

/// Returns the file that a page of this path is kept as.
pub(crate) fn file(path: &str) -> String {
    format!("{}/index.html", path.trim_matches('/'))
}

/// Returns the path of what a cell leads to.
pub(crate) fn path(to: &To) -> String {
    match to {
        To::Page { room, page, item: None } => format!("/rooms/{}/{}", part(room), part(page)),
        To::Page { room, page, item: Some(item) } => format!("/rooms/{}/{}/{}", part(room), part(page), part(item)),
        To::Asked { room, page, item, query } => {
            let to = To::Page { room: room.clone(), page: page.clone(), item: item.clone() };
            asked(&path(&to), query)
        }
        To::Execution(id) => format!("/runs/{}", part(id)),
        To::Publication(name) => format!("/datasets/{}", part(name)),
    }
}

/// Returns a path with a query; members that say nothing are left out.
pub(crate) fn asked(path: &str, query: &BTreeMap<String, String>) -> String {
    let said = query.iter().filter(|(_, value)| !value.is_empty());
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(said).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// Returns a part of a path, or several with their slashes.
pub(crate) fn part(text: &str) -> String {
    utf8_percent_encode(text, PART).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_one_path_on_a_server_and_one_file_below_a_folder() {
        let to = To::Page { room: "intake".to_owned(), page: "feeds".to_owned(), item: Some("a b?#".to_owned()) };
        assert_eq!(path(&to), "/rooms/intake/feeds/a%20b%3F%23");
        assert_eq!(path(&To::Publication("hospitals/mercy".to_owned())), "/datasets/hospitals/mercy");
        let filed = Links::Filed { depth: 2 };
        assert_eq!(filed.to("/runs/2026-11-01.1?x=1"), "../../runs/2026-11-01.1/index.html");
        assert_eq!(
            (filed.asset("console.css"), Links::Served.to("/runs")),
            ("../../console.css".to_owned(), "/runs".to_owned())
        );
    }
}
