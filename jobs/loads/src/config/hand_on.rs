//! Texts of a table that other rooms take as files.

use carelake_core::config::reader::{Form, Key, Mistakes, Preset, Spot};

/// What stands for the digest of a text in the names of files.
pub(crate) const DIGEST: char = '*';

const COLUMN: &str = "column";
const TO: &str = "to";
const NAME: &str = "name";
const PRESET: &str = "*.txt";
const A_FOLDER: &str = "a folder among the inputs, such as hl7/drop: letters, digits, `.`, `_`, `-`, and `/` between";
const A_NAME: &str = "a name with one `*`, such as adt-*.hl7: letters, digits, `.`, `_`, `-`";

/// What is said of such texts.
pub(super) const HAND_ON: [Key; 3] = [
    Key::new(COLUMN, Form::Text, "The column whose texts are handed on").required(),
    Key::new(
        TO,
        Form::Like("^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$"),
        "The folder among the inputs where another room looks for files",
    )
    .required(),
    Key::new(
        NAME,
        Form::Like("^([A-Za-z0-9_-][A-Za-z0-9._-]*)?\\*[A-Za-z0-9._-]*$"),
        "What the files are called; `*` is the digest of the text",
    )
    .or(Preset::Text(PRESET)),
];

/// A column whose texts are handed on to another room: a file for each that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOn {
    /// The column of the source.
    pub column: String,
    /// The folder among the inputs.
    pub to: String,
    /// What the files are called, with `*` for the digest of the text.
    pub name: String,
}

impl HandOn {
    pub(super) fn read(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let fields = spot.keyed(&HAND_ON, mistakes);
        let column = fields.required(COLUMN, "a column", mistakes).and_then(|spot| spot.text("a column", mistakes));
        let to = fields.required(TO, A_FOLDER, mistakes).and_then(|spot| checked(&spot, A_FOLDER, is_folder, mistakes));
        let name = match fields.get(NAME) {
            Some(spot) => checked(&spot, A_NAME, is_name, mistakes),
            None => Some(PRESET.to_owned()),
        };
        Some(Self { column: column?, to: to?, name: name? })
    }
}

fn checked(spot: &Spot<'_>, what: &str, is_right: fn(&str) -> bool, mistakes: &mut Mistakes) -> Option<String> {
    let text = spot.text(what, mistakes)?;
    if !is_right(&text) {
        spot.expected(what, mistakes);
        return None;
    }
    Some(text)
}

fn is_folder(text: &str) -> bool {
    text.split('/').all(|step| !step.is_empty() && !step.starts_with('.') && step.chars().all(is_plain))
}

fn is_name(text: &str) -> bool {
    let is_once = text.matches(DIGEST).count() == 1;
    is_once && !text.starts_with('.') && text.chars().all(|letter| letter == DIGEST || is_plain(letter))
}

const fn is_plain(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-')
}
