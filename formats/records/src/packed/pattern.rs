//! Names of members, and the patterns that they fit.

/// Returns whether a name, without its folders unless the pattern has some, fits a pattern in which `*` stands for any text.
pub(super) fn fits(name: &str, pattern: &str) -> bool {
    let name = if pattern.contains('/') { name } else { name.rsplit('/').next().unwrap_or(name) };
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part).and_then(|at| rest.get(at + part.len()..)) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, fitting, others) in [
            ("a.csv", &["a.csv", "out/a.csv"][..], &["a.csv2", "xa.csv", "A.csv", "a.csv/b"][..]),
            ("*.csv", &["a.csv", ".csv", "x/y.b.csv"], &["a.csv.gz", "csv"]),
            ("a*b*c", &["abc", "a1b2c", "abbcc"], &["ab", "acb", "abcd", "xabc"]),
            ("a*a", &["aa", "aba"], &["a", "ab"]),
            ("*", &["a", "b/c"], &[]),
            ("out/*.csv", &["out/a.csv"], &["a.csv", "in/out/a.csv", "out/a.txt"]),
        ] {
            for name in fitting {
                assert!(fits(name, pattern), "{name} {pattern}");
            }
            for name in others {
                assert!(!fits(name, pattern), "{name} {pattern}");
            }
        }
    }
}
