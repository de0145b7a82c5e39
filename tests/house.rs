//! The house: who uses whom, that nobody keeps what nobody uses, and that files stay small. The arrows are in `house.txt`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Lines of a file, its tests left out where they are in the file.
const MOST_LINES: usize = 400;

type Arrows = BTreeMap<String, BTreeSet<String>>;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the crates with their folders; the command is the root itself.
fn crates() -> BTreeMap<String, PathBuf> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let members = manifest.split_once("members = [").unwrap().1.split_once(']').unwrap().0;
    let members = members.split(',').map(|member| member.trim().trim_matches('"')).filter(|member| !member.is_empty());
    let mut crates: BTreeMap<_, _> =
        members.map(|member| (member.rsplit('/').next().unwrap().to_owned(), root().join(member))).collect();
    crates.insert("command".to_owned(), root().to_owned());
    crates
}

/// Returns the Rust files below a folder, with what they hold.
fn code(folder: &Path) -> Vec<(PathBuf, String)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| match path.extension() {
            _ if path.is_dir() => code(&path),
            Some(extension) if extension == "rs" => vec![(path.clone(), fs::read_to_string(&path).unwrap())],
            _ => Vec::new(),
        })
        .collect()
}

/// Returns the names under the headings of a manifest that end with this word.
fn dependencies(crate_folder: &Path, heading: &str) -> Vec<String> {
    let manifest = fs::read_to_string(crate_folder.join("Cargo.toml")).unwrap();
    let mut found = Vec::new();
    let mut is_under = false;
    for line in manifest.lines() {
        if let Some(title) = line.strip_prefix('[') {
            let title = title.trim_end_matches(']');
            is_under = title.rsplit('.').next() == Some(heading) && !title.starts_with("workspace");
        } else if is_under && let Some((name, _)) = line.split_once(['.', ' ']) {
            found.extend((!name.is_empty() && !name.starts_with('#')).then(|| name.to_owned()));
        }
    }
    found
}

/// Reads the arrows under a heading of `house.txt`, and checks that each points to what stands above.
fn allowed(heading: &str) -> Arrows {
    let text = fs::read_to_string(root().join("tests/house.txt")).unwrap();
    let mut arrows = Arrows::new();
    let lines = text.lines().skip_while(|line| *line != heading).skip(1).take_while(|line| !line.is_empty());
    for line in lines.filter(|line| !line.trim_start().starts_with('#')) {
        let (name, used) = line.trim().split_once(':').unwrap();
        let used: BTreeSet<String> = used.split_whitespace().map(str::to_owned).collect();
        for name in used.iter().filter(|name| !name.ends_with('!')) {
            assert!(arrows.contains_key(name), "{heading}: `{line}` names what does not stand above it");
        }
        arrows.insert(name.to_owned(), used.into_iter().map(|name| name.trim_end_matches('!').to_owned()).collect());
    }
    assert!(!arrows.is_empty(), "{heading}");
    arrows
}

/// Returns which folders and files at the top of a crate use which, tests left out.
fn folders(crate_folder: &Path) -> Arrows {
    let source = crate_folder.join("src");
    let mut arrows = Arrows::new();
    for (path, text) in code(&source) {
        let path = path.strip_prefix(&source).unwrap();
        let top = path.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        if path.iter().any(|part| part == "tests" || part == "tests.rs") || top == "lib" {
            continue;
        }
        let used = arrows.entry(top.to_owned()).or_default();
        let product = text.split("#[cfg(test)]").next().unwrap();
        for line in product.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for after in line.split("crate::").skip(1).filter(|_| !line.contains("$crate")) {
                let name: String = after.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
                let is_ours = source.join(&name).is_dir() || source.join(format!("{name}.rs")).is_file();
                used.extend((name != top && is_ours).then_some(name));
            }
        }
    }
    arrows
}

#[test]
fn crates_use_only_what_they_may() {
    let mut found = Arrows::new();
    for (name, folder) in crates() {
        let used = dependencies(&folder, "dependencies");
        found.insert(name, used.iter().filter_map(|name| name.strip_prefix("carelake-")).map(str::to_owned).collect());
    }
    assert_eq!(found, allowed("crates"));
}

#[test]
fn folders_use_only_what_they_may() {
    for (name, folder) in crates().into_iter().filter(|(name, _)| ["core", "tabular"].contains(&name.as_str())) {
        let allowed = allowed(&format!("folders of {name}"));
        let mut found = folders(&folder);
        // What is one function for everybody needs no arrow.
        found.retain(|folder, _| allowed.contains_key(folder));
        found.values_mut().for_each(|used| used.retain(|folder| allowed.contains_key(folder)));
        assert_eq!(found, allowed, "{name}");
        let tops =
            fs::read_dir(folder.join("src")).unwrap().map(|entry| entry.unwrap()).filter(|entry| entry.path().is_dir());
        for top in tops.map(|entry| entry.file_name().into_string().unwrap()) {
            assert!(allowed.contains_key(&top), "{name}: `{top}` is not in house.txt");
        }
    }
}

#[test]
fn every_dependency_is_used() {
    let mut unused = Vec::new();
    for (name, folder) in crates() {
        for (heading, places) in
            [("dependencies", &["src"][..]), ("dev-dependencies", &["src", "tests", "benches", "examples"])]
        {
            let texts: Vec<(PathBuf, String)> = places.iter().flat_map(|place| code(&folder.join(place))).collect();
            for dependency in dependencies(&folder, heading) {
                // The one package whose library has another name.
                let library = if dependency == "md-5" { "md5".to_owned() } else { dependency.replace('-', "_") };
                if !texts.iter().any(|(_, text)| text.contains(&library)) {
                    unused.push(format!("{name}: {dependency}"));
                }
            }
        }
    }
    assert_eq!(unused, [] as [String; 0]);
}

#[test]
fn no_file_is_too_long_to_be_read_at_once() {
    for (_, folder) in crates() {
        for (path, text) in ["src", "tests", "benches"].iter().flat_map(|place| code(&folder.join(place))) {
            let lines = text.lines().count();
            assert!(lines <= MOST_LINES, "{}: {lines} lines", path.display());
        }
    }
}
