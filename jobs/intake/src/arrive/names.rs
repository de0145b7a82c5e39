//! Names that are never taken: what programs write on the way to a file, and what they keep beside it.

/// How names end that are never taken.
const ENDS: [&str; 7] = [".part", ".partial", ".filepart", ".tmp", ".crdownload", ".swp", ".writing"];
/// How names begin that are never taken; `.` has `.~lock.x` among them.
const STARTS: [&str; 2] = [".", "~$"];

/// Why a file is ignored, as it is told.
pub const TEMPORARY: &str = "temporary name";

/// Returns whether a file is taken, by its name from the partner's folder. Nor is anything taken in a folder with such a name, nor
/// the mark `x/` that consoles put for a folder.
///
/// ```
/// use carelake_intake::arrive::is_taken;
/// assert!(is_taken("2026/PAT_20260803.csv"));
/// assert!(!is_taken("2026/~$PAT_20260803.xlsx"));
/// ```
#[must_use]
pub fn is_taken(name: &str) -> bool {
    name.split('/').all(is_lasting)
}

fn is_lasting(part: &str) -> bool {
    let lower = part.to_ascii_lowercase();
    !part.is_empty()
        && !STARTS.iter().any(|start| lower.starts_with(start))
        && !ENDS.iter().any(|end| lower.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_write_on_the_way_is_never_taken() {
        let never = [
            ".PAT.csv",
            "~$census.xlsx",
            ".~lock.census.ods#",
            "a.part",
            "a.csv.partial",
            "a.filepart",
            "a.tmp",
            "a.TMP",
            "a.crdownload",
            ".a.swp",
            "a.swp",
            "a.csv.writing",
            "in/.hidden/a.csv",
            "in/",
            "",
            "a//b",
        ];
        for name in never {
            assert!(!is_taken(name), "{name}");
        }
        for name in ["a.csv", "in/a.csv", "a.part.csv", "~a.csv", "partial", "a b+c.csv", "é.csv", "a.csv.done"] {
            assert!(is_taken(name), "{name}");
        }
    }
}
