//! Where a value is in what has members and items: `address.city`, `tags[0]`.

use std::fmt;

/// A path into what has members and items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    steps: Vec<Step>,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The member of a map.
    Member(String),
    /// The item of a list, from 0.
    Item(usize),
}

impl Path {
    /// Reads a path; none of a text that is none.
    ///
    /// ```
    /// use carelake_conditions::Path;
    /// assert_eq!(Path::parse("address.lines[0]").unwrap().to_string(), "address.lines[0]");
    /// assert!(Path::parse("a..b").is_none() && Path::parse("a[x]").is_none() && Path::parse("").is_none());
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut steps = Vec::new();
        for part in text.split('.') {
            let (name, mut items) =
                part.split_once('[').map_or((part, ""), |(name, _)| (name, part.get(name.len()..).unwrap_or_default()));
            if name.is_empty() || name.contains(']') {
                return None;
            }
            steps.push(Step::Member(name.to_owned()));
            while let Some(rest) = items.strip_prefix('[') {
                let (number, after) = rest.split_once(']')?;
                steps.push(Step::Item(number.parse().ok()?));
                items = after;
            }
            if !items.is_empty() {
                return None;
            }
        }
        Some(Self { steps })
    }

    /// Returns the path of one member, whatever it is called.
    #[must_use]
    pub fn member(name: &str) -> Self {
        Self { steps: vec![Step::Member(name.to_owned())] }
    }

    /// Returns the steps, outermost first.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.steps.iter().enumerate() {
            match step {
                Step::Member(name) if at > 0 => write!(f, ".{name}")?,
                Step::Member(name) => f.write_str(name)?,
                Step::Item(number) => write!(f, "[{number}]")?,
            }
        }
        Ok(())
    }
}
