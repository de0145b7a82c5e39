//! Small files that a section names, put into the configuration itself: what is deployed is one file.

use std::collections::BTreeMap;

use super::reader::{Entry, Node, Value, to_yaml};

/// The key of a section that has the texts of files by their names.
pub const FILES: &str = "files";

/// Returns the text of a configuration of which a section has these files, by their names; what it had of them before is replaced.
/// `None` where there is no such section.
#[must_use]
pub fn with_files(root: &Node, section: &str, files: &BTreeMap<String, String>) -> Option<String> {
    let mut root = root.clone();
    let Value::Map(sections) = &mut root.value else { return None };
    let section = sections.iter_mut().find(|entry| entry.key == section)?;
    let at = section.at;
    let Value::Map(entries) = &mut section.value.value else { return None };
    let entry = |key: &str, value| Entry { key: key.to_owned(), at, value: Node { at, value } };
    let texts = files.iter().map(|(name, text)| entry(name, Value::Text { text: text.clone(), quoted: true }));
    let texts = Value::Map(texts.collect());
    entries.retain(|entry| entry.key != FILES);
    entries.push(entry(FILES, texts));
    Some(to_yaml(&root))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::reader::{Mistakes, Spot, parse};

    #[test]
    fn the_text_of_a_file_comes_back_byte_for_byte() {
        let root = parse("version: 2\nrooms: { a: 1, files: { old.csv: x } }\n", &mut Mistakes::default()).unwrap();
        let text = "\u{feff}code,name\r\n\"1\",\"a \"\"b\"\": #c\"\r\n2,\té\u{1}\u{85}\u{2028}\n  # three\n\n";
        let files = BTreeMap::from([("codes/payers.csv".to_owned(), text.to_owned())]);
        let written = with_files(&root, "rooms", &files).unwrap();
        let mut mistakes = Mistakes::default();
        let again = parse(&written, &mut mistakes).unwrap();
        let files = Spot::root(&again).child("rooms").unwrap().child(FILES).unwrap();
        assert_eq!(files.keys().collect::<Vec<_>>(), ["codes/payers.csv"]);
        assert_eq!(files.child("codes/payers.csv").unwrap().raw_text(), Some(text));
        assert_eq!(Spot::root(&again).child("rooms").unwrap().child("a").unwrap().raw_text(), Some("1"));
        assert!(mistakes.into_problems().is_empty());
        assert_eq!(with_files(&root, "none", &BTreeMap::new()), None);
    }
}
