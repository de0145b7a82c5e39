//! The files of a configuration: the one that is named, and those that it includes, read and joined.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::ConfigError;
use super::reader::{Mistakes, Node, Place, Spot, Value, join, parse, parse_file, to_yaml};

/// The key that names the files that belong to this one.
const INCLUDE: &str = "include";
/// The keys that only the file that is named may have.
const OF_THE_WHOLE: [&str; 2] = [INCLUDE, "version"];
const A_PATTERN: &str = "the files to include, such as feeds/*.yaml";
/// Names that begin with a dot are those of editors and systems.
const MATCHING: glob::MatchOptions =
    glob::MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// A configuration as one tree, as far as it could be read.
#[derive(Debug)]
pub struct Files {
    /// The files: first the one that was named, then those that it includes, in the order of their names.
    pub names: Vec<PathBuf>,
    /// All of them as one tree, without `include`; none where the first is no YAML.
    pub root: Option<Node>,
    /// The configuration as one file: the text of the only one as it stands, or of all as they are joined.
    pub text: String,
}

impl Files {
    /// Reads a configuration file and those that it includes.
    ///
    /// # Errors
    /// [`ConfigError`] when the file itself cannot be read. What is wrong with those that it includes is added to the mistakes.
    pub fn read(path: &Path, mistakes: &mut Mistakes) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path).map_err(|cause| ConfigError::unreadable(path, cause))?;
        let mut files = Self { names: vec![path.to_path_buf()], root: parse(&text, mistakes), text };
        let Some(mut root) = files.root.take() else { return Ok(files) };
        if let Some(include) = Spot::root(&root).child(INCLUDE) {
            for (found, at) in found(&include, path, mistakes) {
                files.add(&mut root, found, at, mistakes);
            }
            if let Value::Map(entries) = &mut root.value {
                let is_said_twice = entries.iter().filter(|entry| entry.key == INCLUDE).count() > 1;
                // Those that are there twice stay, to be told as any other key is.
                entries.retain(|entry| is_said_twice || entry.key != INCLUDE);
            }
            files.text = to_yaml(&root);
        }
        files.root = Some(root);
        Ok(files)
    }

    /// Joins one of the included files.
    fn add(&mut self, root: &mut Node, name: PathBuf, at: Place, mistakes: &mut Mistakes) {
        let text = match fs::read_to_string(&name) {
            Ok(text) => text,
            Err(error) => {
                return mistakes.at_place(at, INCLUDE, format!("{}: cannot be read: {error}", name.display()));
            }
        };
        let file = self.names.len();
        self.names.push(name);
        let Some(mut included) = parse_file(&text, file, mistakes) else { return };
        let Value::Map(entries) = &mut included.value else {
            return Spot::root(&included).expected("a map of sections, as in the file that includes it", mistakes);
        };
        let including = self.names.first().map_or_else(String::new, |name| name.display().to_string());
        entries.retain(|entry| {
            let is_of_the_whole = OF_THE_WHOLE.contains(&entry.key.as_str());
            if is_of_the_whole {
                let message = format!("is said in {including} alone, for all files that it includes");
                mistakes.at_place(entry.at, &entry.key, message);
            }
            !is_of_the_whole
        });
        if let Value::Map(into) = &mut root.value {
            join(into, std::mem::take(entries), "", &self.names, mistakes);
        }
    }
}

/// Returns the files that patterns name, each once and in the order of their names, and where the pattern stands.
fn found(include: &Spot<'_>, including: &Path, mistakes: &mut Mistakes) -> Vec<(PathBuf, Place)> {
    let patterns = if include.is_list() {
        include.texts(A_PATTERN, mistakes)
    } else {
        include.text(A_PATTERN, mistakes).map(|text| (text, include.clone())).into_iter().collect()
    };
    let mut found: Vec<(PathBuf, Place)> = Vec::new();
    for (pattern, spot) in patterns {
        for path in matching(&pattern, &spot, including, mistakes) {
            if !found.iter().any(|(other, _)| *other == path) {
                found.push((path, spot.at));
            }
        }
    }
    found.sort();
    found
}

/// Returns the files below the folder of the including one that match a pattern.
fn matching(pattern: &str, spot: &Spot<'_>, including: &Path, mistakes: &mut Mistakes) -> Vec<PathBuf> {
    let folder = including.parent().unwrap_or(Path::new(""));
    let is_below = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    if !Path::new(pattern).components().all(is_below) || pattern.contains("://") || pattern.contains("**") {
        mistakes.add(spot, "must be files below the folder of this one, without `..` or `**`, such as feeds/*.yaml");
        return Vec::new();
    }
    let whole = Path::new(&glob::Pattern::escape(&folder.to_string_lossy())).join(pattern);
    let paths = match glob::glob_with(&whole.to_string_lossy(), MATCHING) {
        Ok(paths) => paths,
        Err(error) => {
            mistakes.add(spot, format!("is not a file name pattern: {}", error.msg));
            return Vec::new();
        }
    };
    let mut found = Vec::new();
    for path in paths {
        match path.map_err(|error| (error.path().to_path_buf(), std::io::Error::from(error))).and_then(|path| {
            let leads_to = path.canonicalize().map_err(|error| (path.clone(), error))?;
            Ok((path, leads_to))
        }) {
            Err((path, error)) => mistakes.add(spot, format!("{}: cannot be read: {error}", path.display())),
            Ok((path, leads_to)) if is_outside(&leads_to, folder) => {
                let outside = format!("{} leads out of the folder of this file; copy it there", path.display());
                mistakes.add(spot, outside);
            }
            Ok((path, leads_to)) if including.canonicalize().is_ok_and(|own| own == leads_to) => {
                mistakes.add(spot, format!("{} is this file itself; give what it includes a folder", path.display()));
            }
            Ok((path, _)) => found.push(path),
        }
    }
    if found.is_empty() {
        mistakes.add(spot, "matches no file; correct it, or remove it");
    }
    found
}

/// Returns whether what a path leads to is outside of a folder.
fn is_outside(leads_to: &Path, folder: &Path) -> bool {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    folder.canonicalize().map_or(true, |folder| !leads_to.starts_with(folder))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    const MAIN: &str = "version: 1\ninclude: feeds/*.yaml\nsources:\n  dac: { file: a, columns: { npi: x } }\n";

    /// Returns the text of a configuration in a folder of these files, or what is wrong with it, a line each.
    fn read(files: &[(&str, &str)]) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("outside.yaml"), "a: 1").unwrap();
        let main = folder.path().join("conf/main.yaml");
        for (name, text) in files {
            let path = folder.path().join("conf").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            match text.strip_prefix("-> ") {
                Some(there) => symlink(there, path).unwrap(),
                None => fs::write(path, text).unwrap(),
            }
        }
        let mut mistakes = Mistakes::default();
        let read = Files::read(&main, &mut mistakes).unwrap();
        let problems = mistakes.into_problems();
        if problems.is_empty() {
            return Ok(read.text);
        }
        let told = ConfigError::new(read.names, problems).to_string();
        Err(told.replace(&format!("{}/", folder.path().join("conf").display()), ""))
    }

    #[test]
    fn a_file_without_include_is_what_it_is() {
        assert_eq!(read(&[("main.yaml", "version: 1 # one\n")]).as_deref(), Ok("version: 1 # one\n"));
    }

    #[test]
    fn included_files_are_joined_in_the_order_of_their_names_map_by_map() {
        let joined = read(&[
            ("main.yaml", MAIN),
            ("feeds/b.yaml", "datasets: { hospitals: { feeds: { b: { key: [id] } } } }"),
            ("feeds/a.yaml", "sources: { a: { file: '007' } }\ndatasets: { hospitals: { keep_runs: 2, feeds: {} } }"),
            ("feeds/.b.yaml", "an editor's"),
            ("feeds/c.yml", "of no pattern"),
        ]);
        let expected = "version: 1\nsources:\n  dac:\n    file: a\n    columns:\n      npi: x\n  a:\n    file: \"007\"\n\
                        datasets:\n  hospitals:\n    keep_runs: 2\n    feeds:\n      b:\n        key:\n          - id\n";
        assert_eq!(joined.as_deref(), Ok(expected));
    }

    #[test]
    fn several_patterns_may_name_one_file_and_links_within_the_folder_are_followed() {
        let main = "include: [feeds/a.yaml, './feeds/*', more/*.yaml]\nb: 1";
        let joined =
            read(&[("main.yaml", main), ("feeds/a.yaml", "a: 1"), ("more/c.yaml", "-> ../kept/c"), ("kept/c", "c: 1")]);
        assert_eq!(joined.as_deref(), Ok("b: 1\na: 1\nc: 1\n"));
    }

    #[test]
    fn what_stands_twice_is_told_with_both_places() {
        let refused = read(&[
            ("main.yaml", MAIN),
            ("feeds/a.yaml", "\nsources:\n  dac:\n    file: b\n    exclude: c\n  new: {}\n  new: {}"),
            ("feeds/b.yaml", "sources: { new: {}, dac: { exclude: d, columns: [npi] } }"),
        ]);
        let expected = "\
feeds/a.yaml:4:5: sources.dac.file: stands in main.yaml:4:10 as well; keep one of the two
feeds/a.yaml:7:3: sources.new: the key is already set in line 6; keep one of the two
feeds/b.yaml:1:12: sources.new: stands in feeds/a.yaml:6:3 as well; keep one of the two
feeds/b.yaml:1:28: sources.dac.exclude: stands in feeds/a.yaml:5:5 as well; keep one of the two
feeds/b.yaml:1:40: sources.dac.columns: stands in main.yaml:4:19 as well; keep one of the two";
        assert_eq!(read_lines(refused), read_lines(Err(expected.to_owned())));
    }

    fn read_lines(refused: Result<String, String>) -> Vec<String> {
        refused.unwrap_err().lines().map(str::to_owned).collect()
    }

    #[test]
    fn mistakes_of_all_files_are_told_at_once_each_with_its_file() {
        let refused = read(&[
            ("main.yaml", MAIN),
            ("feeds/a.yaml", "a: [1\nb: 2"),
            ("feeds/b.yaml", ""),
            ("feeds/c.yaml", "- a"),
            ("feeds/d.yaml", "version: 1\ninclude: deeper/*.yaml\nsources: 1"),
            ("feeds/e.yaml/f", "a folder"),
        ]);
        let expected = [
            "main.yaml:2:10: include: feeds/e.yaml: cannot be read: Is a directory (os error 21)",
            "feeds/a.yaml:2:2: not valid YAML: illegal placement of ':' indicator, in `b: 2`",
            "feeds/b.yaml:1:1: the file is empty; give it a section, or remove it",
            "feeds/c.yaml:1:1: must be a map of sections, as in the file that includes it, not a list",
            "feeds/d.yaml:1:1: version: is said in main.yaml alone, for all files that it includes",
            "feeds/d.yaml:2:1: include: is said in main.yaml alone, for all files that it includes",
            "feeds/d.yaml:3:1: sources: stands in main.yaml:3:1 as well; keep one of the two",
        ];
        assert_eq!(read_lines(refused), expected);
    }

    #[test]
    fn only_files_below_the_folder_can_be_included() {
        let below = "must be files below the folder of this one, without `..` or `**`, such as feeds/*.yaml";
        for (pattern, expected) in [
            ("../outside.yaml", below),
            ("feeds/../../outside.yaml", below),
            ("/etc/passwd", below),
            ("s3://bucket/a.yaml", below),
            ("'**/*.yaml'", below),
            ("'[a'", "is not a file name pattern: invalid range pattern"),
            ("nothing/*.yaml", "matches no file; correct it, or remove it"),
            ("link.yaml", "link.yaml leads out of the folder of this file; copy it there"),
            ("folder/outside.yaml", "folder/outside.yaml leads out of the folder of this file; copy it there"),
            ("main.yaml", "main.yaml is this file itself; give what it includes a folder"),
        ] {
            let main = format!("include: {pattern}");
            let refused =
                read(&[("main.yaml", main.as_str()), ("link.yaml", "-> ../outside.yaml"), ("folder", "-> ..")]);
            let first = refused.unwrap_err().lines().next().unwrap().to_owned();
            assert_eq!(first, format!("main.yaml:1:10: include: {expected}"), "{pattern}");
        }
    }
}
