//! What a map of the configuration may have: the one declaration that the reader and the schema for editors follow.

/// One key of a map.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// The key.
    pub name: &'static str,
    /// What it may be set to.
    pub form: Form,
    /// What it means, in a few words.
    pub meaning: &'static str,
    /// Whether it must be set.
    pub is_required: bool,
    /// What holds where it is not set, if that can be said in a word or a number.
    pub preset: Option<Preset>,
}

/// What a value may be.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// A text that is not empty.
    Text,
    /// A text of a form that a regular expression tells.
    Like(&'static str),
    /// A whole number, from and to.
    Whole(i64, i64),
    /// A number, from and to.
    Number(f64, f64),
    /// `true` or `false`.
    Boolean,
    /// One of a few words; where one holds that is not set, it is the first.
    Word(&'static [&'static str]),
    /// A list of distinct values.
    List(&'static Form),
    /// A map of any keys.
    Map(&'static Form),
    /// A map of these keys.
    Keys(&'static [Key]),
    /// Two whole numbers, the smaller first, from and to.
    Range(i64, i64),
    /// One of several forms.
    Either(&'static [Form]),
    /// Whatever its reader takes.
    Any,
}

/// What holds where nothing is set.
#[derive(Debug, Clone, Copy)]
pub enum Preset {
    /// A whole number.
    Whole(i64),
    /// A number.
    Number(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// A word, or a text.
    Text(&'static str),
}

impl Key {
    /// A key that may be set.
    #[must_use]
    pub const fn new(name: &'static str, form: Form, meaning: &'static str) -> Self {
        Self { name, form, meaning, is_required: false, preset: None }
    }

    /// The same key, which must be set.
    #[must_use]
    pub const fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    /// The same key, with what holds where it is not set.
    #[must_use]
    pub const fn or(self, preset: Preset) -> Self {
        Self { preset: Some(preset), ..self }
    }
}
