//! Reads the text of a path.

use super::{Function, Path, PathSyntax, Root, Step, filter};

/// A reader over the characters of a path.
pub(super) struct Cursor<'a> {
    text: &'a str,
    rest: &'a str,
    depth: usize,
}

/// The deepest nesting of filters, parentheses and `!` that is read; no text can exhaust the stack.
const MAX_DEPTH: usize = 32;

/// The most steps of a path, far above the deepest JSON that is read (128); putting a result goes one call deeper per step.
const MAX_STEPS: usize = 256;

impl<'a> Cursor<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, rest: text, depth: 0 }
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub(super) fn eat(&mut self, wanted: &str) -> bool {
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    pub(super) fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    pub(super) fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'a str {
        let tail = self.rest.trim_start_matches(keep);
        let taken = self.rest.strip_suffix(tail).unwrap_or(self.rest);
        self.rest = tail;
        taken
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let next = chars.next();
        self.rest = chars.as_str();
        next
    }

    pub(super) fn fail(&self, reason: &'static str) -> PathSyntax {
        let read = self.text.chars().count().saturating_sub(self.rest.chars().count());
        PathSyntax { path: self.text.to_owned(), at: read + 1, reason }
    }

    /// Notes that reading goes one level deeper.
    pub(super) fn descend(&mut self) -> Result<(), PathSyntax> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(self.fail("the filter is nested too deeply")) } else { Ok(()) }
    }

    /// Notes that reading comes back up.
    pub(super) const fn ascend(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    pub(super) fn expect(&mut self, wanted: &str, reason: &'static str) -> Result<(), PathSyntax> {
        if self.eat(wanted) { Ok(()) } else { Err(self.fail(reason)) }
    }

    /// Reads a quoted text; a backslash takes the next character as it is.
    pub(super) fn quoted(&mut self) -> Result<String, PathSyntax> {
        let quote = match self.next() {
            Some(quote @ ('\'' | '"')) => quote,
            _ => return Err(self.fail("a quoted text was expected")),
        };
        let mut text = String::new();
        loop {
            match self.next() {
                Some(end) if end == quote => return Ok(text),
                Some('\\') => text.push(self.next().ok_or_else(|| self.fail("the quoted text does not end"))?),
                Some(letter) => text.push(letter),
                None => return Err(self.fail("the quoted text does not end")),
            }
        }
    }

    pub(super) fn integer(&mut self) -> Option<i64> {
        let before = self.rest;
        let sign = if self.eat("-") { "-" } else { "" };
        let digits = self.take_while(|letter| letter.is_ascii_digit());
        let number = format!("{sign}{digits}").parse().ok();
        if number.is_none() {
            self.rest = before;
        }
        number
    }
}

pub(super) fn path(text: &str) -> Result<Path, PathSyntax> {
    let mut cursor = Cursor::new(text);
    cursor.expect("$", "a path starts with $")?;
    let root = if cursor.eat("$") {
        Root::Context
    } else {
        let name = cursor.take_while(|letter| letter.is_alphanumeric() || letter == '_');
        if name.is_empty() { Root::Data } else { Root::Variable(name.to_owned()) }
    };
    let steps = steps(&mut cursor)?;
    if cursor.peek().is_some() {
        return Err(cursor.fail("'.' or '[' was expected"));
    }
    Ok(Path { text: text.to_owned(), root, steps })
}

/// Reads steps until something that is none, which is left for the caller.
pub(super) fn steps(cursor: &mut Cursor<'_>) -> Result<Vec<Step>, PathSyntax> {
    let mut steps = Vec::new();
    loop {
        if matches!(steps.last(), Some(Step::Function(_))) {
            return Ok(steps);
        }
        if steps.len() > MAX_STEPS {
            return Err(cursor.fail("the path has too many steps"));
        }
        if cursor.eat("..") {
            steps.push(Step::Descend);
            match cursor.peek() {
                Some('[') => {}
                _ => steps.push(member(cursor)?),
            }
        } else if cursor.eat(".") {
            if cursor.peek() != Some('[') {
                steps.push(member(cursor)?);
            }
        } else if cursor.eat("[") {
            cursor.skip_space();
            steps.push(bracket(cursor)?);
            cursor.skip_space();
            cursor.expect("]", "']' was expected")?;
        } else {
            return Ok(steps);
        }
    }
}

fn member(cursor: &mut Cursor<'_>) -> Result<Step, PathSyntax> {
    if cursor.eat("*") {
        return Ok(Step::All);
    }
    let name = cursor.take_while(|letter| {
        !letter.is_whitespace()
            && !matches!(letter, '.' | '[' | ']' | '(' | ')' | '\'' | '"' | ',' | '=' | '<' | '>' | '!' | '&' | '|')
    });
    if name.is_empty() {
        return Err(cursor.fail("a name was expected"));
    }
    if cursor.eat("(") {
        cursor.expect(")", "functions with arguments are not supported")?;
        return function(name).map(Step::Function).ok_or_else(|| cursor.fail("this function is not supported"));
    }
    Ok(Step::Names(vec![name.to_owned()]))
}

fn function(name: &str) -> Option<Function> {
    Some(match name {
        "length" | "size" => Function::Length,
        "min" => Function::Min,
        "max" => Function::Max,
        "avg" => Function::Avg,
        "sum" => Function::Sum,
        "keys" => Function::Keys,
        _ => return None,
    })
}

fn bracket(cursor: &mut Cursor<'_>) -> Result<Step, PathSyntax> {
    match cursor.peek() {
        Some('\'' | '"') => {
            let mut names = vec![cursor.quoted()?];
            while comma(cursor) {
                names.push(cursor.quoted()?);
            }
            Ok(Step::Names(names))
        }
        Some('*') => {
            cursor.next();
            Ok(Step::All)
        }
        Some('?') => {
            cursor.next();
            cursor.skip_space();
            cursor.expect("(", "'(' was expected")?;
            let test = filter::parse(cursor)?;
            cursor.skip_space();
            cursor.expect(")", "')' was expected")?;
            Ok(Step::Filter(test))
        }
        _ => numbers(cursor),
    }
}

fn numbers(cursor: &mut Cursor<'_>) -> Result<Step, PathSyntax> {
    let first = cursor.integer();
    cursor.skip_space();
    if cursor.eat(":") {
        cursor.skip_space();
        let to = cursor.integer();
        if first.is_none() && to.is_none() {
            return Err(cursor.fail("a slice needs a number on one side of ':'"));
        }
        return Ok(Step::Slice(first, to));
    }
    let mut indexes = vec![first.ok_or_else(|| cursor.fail("an index, a quoted name, '*' or '?' was expected"))?];
    while comma(cursor) {
        indexes.push(cursor.integer().ok_or_else(|| cursor.fail("an index was expected"))?);
    }
    Ok(Step::Indexes(indexes))
}

fn comma(cursor: &mut Cursor<'_>) -> bool {
    cursor.skip_space();
    let found = cursor.eat(",");
    if found {
        cursor.skip_space();
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_kind_of_step_is_read() {
        let read = path("$.a['b c'][0,-1][1:][*]..d").unwrap();
        assert_eq!(
            read.steps(),
            [
                Step::Names(vec!["a".to_owned()]),
                Step::Names(vec!["b c".to_owned()]),
                Step::Indexes(vec![0, -1]),
                Step::Slice(Some(1), None),
                Step::All,
                Step::Descend,
                Step::Names(vec!["d".to_owned()]),
            ]
        );
    }

    #[test]
    fn roots_are_told_apart() {
        assert_eq!(path("$").unwrap().root(), &Root::Data);
        assert_eq!(path("$$.Execution").unwrap().root(), &Root::Context);
        assert_eq!(path("$total.sum").unwrap().root(), &Root::Variable("total".to_owned()));
    }

    #[test]
    fn mistakes_name_the_place() {
        assert_eq!(path("$.a[").unwrap_err().at, 5);
        let deep = format!("$.a{}", "[?(@".repeat(100_000));
        let long = "$".to_owned() + &".a".repeat(100_000);
        for wrong in [
            deep.as_str(),
            long.as_str(),
            "",
            "a",
            "$.",
            "$.a[0",
            "$.a['b]",
            "$.a b",
            "$.a[?(@.b == )]",
            "$[:]",
            "$.f(1)",
            "$.f()",
        ] {
            assert!(path(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn reading_any_text_never_panics(text in "[$@.a-c\\[\\]'\"*?()!&|=<>0-2:, -]{0,24}") {
            drop(path(&format!("${text}")));
        }
    }
}
