//! A delimited text as rows of fields.

/// How fields stand in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dialect {
    /// What stands between fields.
    pub delimiter: String,
    /// What stands around fields that hold it.
    pub quote: Option<char>,
    /// Whether a backslash makes the next character another.
    pub has_escapes: bool,
}

/// One row, and the line on which it begins, from 1.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    /// Its fields.
    pub fields: Vec<String>,
    /// Its first line.
    pub line: usize,
}

impl Row {
    /// Tells whether every field is empty.
    pub(super) fn is_blank(&self) -> bool {
        self.fields.iter().all(|field| field.trim().is_empty())
    }
}

/// Splits a text into at most so many rows.
pub(super) fn split(text: &str, dialect: &Dialect, most: usize) -> Vec<Row> {
    let mut reader = Reader { rest: text, dialect, line: 1 };
    let mut rows = Vec::new();
    while rows.len() < most && !reader.rest.is_empty() {
        rows.push(reader.row());
    }
    rows
}

struct Reader<'a> {
    rest: &'a str,
    dialect: &'a Dialect,
    line: usize,
}

impl Reader<'_> {
    fn row(&mut self) -> Row {
        let mut row = Row { fields: Vec::new(), line: self.line };
        loop {
            let (field, is_last) = self.field();
            row.fields.push(field);
            if is_last {
                return row;
            }
        }
    }

    /// Reads a field, and tells whether it is the last of its row.
    fn field(&mut self) -> (String, bool) {
        let mut field = String::new();
        if let Some(quote) = self.dialect.quote
            && let Some(inner) = self.rest.strip_prefix(quote)
        {
            self.rest = inner;
            self.quoted(quote, &mut field);
        }
        loop {
            if let Some(rest) = self.rest.strip_prefix(self.dialect.delimiter.as_str()) {
                self.rest = rest;
                return (field, false);
            }
            let mut letters = self.rest.chars();
            let letter = letters.next();
            self.rest = letters.as_str();
            match letter {
                None => return (field, true),
                Some('\n') => {
                    self.line += 1;
                    return (field, true);
                }
                Some('\r') => {
                    self.rest = self.rest.strip_prefix('\n').unwrap_or(self.rest);
                    self.line += 1;
                    return (field, true);
                }
                Some('\\') if self.dialect.has_escapes => self.escaped(&mut field),
                Some(letter) => field.push(letter),
            }
        }
    }

    /// Reads up to the closing quote; a doubled one is one.
    fn quoted(&mut self, quote: char, field: &mut String) {
        loop {
            let mut letters = self.rest.chars();
            let letter = letters.next();
            self.rest = letters.as_str();
            match letter {
                None => return,
                Some(letter) if letter == quote => match self.rest.strip_prefix(quote) {
                    Some(rest) => {
                        self.rest = rest;
                        field.push(quote);
                    }
                    None => return,
                },
                Some('\\') if self.dialect.has_escapes => self.escaped(field),
                Some(letter) => {
                    self.line += usize::from(letter == '\n');
                    field.push(letter);
                }
            }
        }
    }

    fn escaped(&mut self, field: &mut String) {
        let mut letters = self.rest.chars();
        match letters.next() {
            Some('t') => field.push('\t'),
            Some('n' | 'r') => field.push(' '),
            // MySQL and Hive write null so.
            Some('N') => field.push_str("\\N"),
            Some(letter) => field.push(letter),
            None => {}
        }
        self.rest = letters.as_str();
    }
}
