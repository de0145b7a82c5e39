//! What every store must do, as a program that any implementation can be run through.
//!
//! It is compiled always and not for tests only, so that the crates of other stores can call it from their tests.

mod abilities;

use std::path::Path;
use std::thread;

use super::error::StoreError;
use super::{Creation, Edition, Label, Object, Store, Version};
use abilities::{keeps, labels, labels_later, reads_editions, uploads};

/// How many threads race in the clauses about races.
const RACERS: u8 = 8;

/// How a store breaks the contract.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// A call answered something else than it must.
    #[error("{0}")]
    Unmet(&'static str),
    /// A call failed that must succeed.
    #[error("a call failed that must succeed")]
    Failed(#[from] StoreError),
    /// One of these, with the clause it is about.
    #[error("clause broken: {clause}")]
    Clause {
        /// What the store must do.
        clause: &'static str,
        /// How it does not.
        #[source]
        how: Box<Broken>,
    },
}

/// Checks one clause with objects below a prefix.
type Clause = fn(&dyn Store, &str) -> Result<(), Broken>;

/// Every clause, in words and as a program.
const CLAUSES: [(&str, Clause); 18] = [
    ("lists what is under a prefix, sorted by key", lists),
    ("reads whole objects, ranges and tails", reads),
    ("creates without overwriting", creates),
    ("lets one of several creators win", creates_once),
    ("stages as it creates, and settles", stages),
    ("keeps as it creates, and shows what was kept", keeps),
    ("keeps a label with an object", labels),
    ("keeps a label with what is kept or staged", labels_later),
    ("completes what comes piece by piece without overwriting", uploads),
    ("reads the state of an object that is meant", reads_editions),
    ("replaces only the version that was read", replaces),
    ("lets one of several replacers win", replaces_once),
    ("loses no update", loses_nothing),
    ("shows readers whole objects only", shows_whole_objects),
    ("deletes what is there and only that", deletes),
    ("refuses keys that lead elsewhere", refuses_keys),
    ("sweeps and links without touching objects", sweeps_and_links),
    (FOLDERLESS, has_no_folders),
];

/// The clause that a server which keeps objects in folders breaks for as long as it keeps one that was emptied. carelake never gives
/// an object the name of a folder.
pub const FOLDERLESS: &str = "lets an object have the name of a folder that was emptied";

/// Runs a store through the contract, below `contract/`, which must be empty.
///
/// # Errors
/// [`Broken::Clause`] for the first clause that the store breaks.
pub fn check(store: &dyn Store) -> Result<(), Broken> {
    check_except(store, &[])
}

/// As [`check`], without some clauses.
///
/// # Errors
/// As [`check`].
pub fn check_except(store: &dyn Store, left_out: &[&str]) -> Result<(), Broken> {
    for (number, (clause, holds)) in CLAUSES.iter().enumerate().filter(|(_, (clause, _))| !left_out.contains(clause)) {
        holds(store, &format!("contract/{number}")).map_err(|how| Broken::Clause { clause, how: Box::new(how) })?;
    }
    Ok(())
}

fn ensure(met: bool, unmet: &'static str) -> Result<(), Broken> {
    if met { Ok(()) } else { Err(Broken::Unmet(unmet)) }
}

fn keys(objects: &[Object]) -> Vec<&str> {
    objects.iter().map(|object| object.key.as_str()).collect()
}

fn lists(store: &dyn Store, at: &str) -> Result<(), Broken> {
    ensure(store.list(at)?.is_empty(), "an empty prefix lists something")?;
    for name in ["b/2", "b/10/x", "a", "b.c", "ab/1"] {
        store.create(&format!("{at}/{name}"), name.as_bytes())?;
    }
    let all: Vec<String> = ["a", "ab/1", "b.c", "b/10/x", "b/2"].iter().map(|name| format!("{at}/{name}")).collect();
    ensure(keys(&store.list(at)?) == all, "not every object, or not sorted by bytes of the key")?;
    ensure(keys(&store.list(&format!("{at}/b/"))?) == [format!("{at}/b/10/x"), format!("{at}/b/2")], "a folder")?;
    ensure(store.list(&format!("{at}/b"))?.len() == 3, "a prefix that ends within a name")?;
    ensure(store.list(&format!("{at}/b/1"))?.len() == 1, "a prefix that ends within the name of a folder")?;
    ensure(store.list(&format!("{at}/c/"))?.is_empty(), "a folder that is not there")?;
    ensure(store.list(&format!("{at}/b/2/"))?.is_empty(), "an object taken for a folder")?;
    let found = store.list(&format!("{at}/b/10/x"))?;
    ensure(found.iter().map(|object| object.size_bytes).eq([6]), "a whole key, or the size in bytes")
}

fn reads(store: &dyn Store, at: &str) -> Result<(), Broken> {
    let (key, empty) = (format!("{at}/object"), format!("{at}/empty"));
    store.create(&key, b"0123456789")?;
    store.create(&empty, b"")?;
    ensure(store.size(&key)? == 10 && store.size(&empty)? == 0, "sizes")?;
    ensure(store.read(&key)? == b"0123456789" && store.read(&empty)?.is_empty(), "whole objects")?;
    for (start, end, part) in
        [(0, 10, "0123456789"), (2, 5, "234"), (8, 99, "89"), (10, 20, ""), (50, 60, ""), (4, 4, "")]
    {
        ensure(store.read_range(&key, start..end)? == part.as_bytes(), "ranges")?;
    }
    for (length, part) in [(0, ""), (3, "789"), (10, "0123456789"), (99, "0123456789")] {
        ensure(store.read_tail(&key, length)? == (part.as_bytes().to_vec(), 10), "tails")?;
    }
    ensure(store.read_tail(&empty, 8)? == (Vec::new(), 0), "the tail of an empty object")?;
    let missing = |error: Option<StoreError>| error.is_some_and(|error| error.is_not_found());
    for none in [format!("{at}/none"), at.to_owned(), format!("{key}/below")] {
        ensure(missing(store.read(&none).err()), "reading what is not there")?;
        ensure(missing(store.size(&none).err()), "the size of what is not there")?;
        ensure(missing(store.read_range(&none, 0..1).err()), "a range of what is not there")?;
        ensure(missing(store.read_tail(&none, 1).err()), "the tail of what is not there")?;
        ensure(store.read_versioned(&none)?.is_none(), "the version of what is not there")?;
    }
    Ok(())
}

fn is_conflict<T>(result: &Result<T, StoreError>) -> bool {
    result.as_ref().is_err_and(StoreError::is_conflict)
}

fn creates(store: &dyn Store, at: &str) -> Result<(), Broken> {
    let key = format!("{at}/a/b c/é=1/object");
    ensure(store.create(&key, b"one")? == Creation::Created, "the first creation")?;
    ensure(store.create(&key, b"one")? == Creation::AlreadyIdentical, "the same bytes again")?;
    ensure(is_conflict(&store.create(&key, b"two")), "other bytes of the same size")?;
    ensure(is_conflict(&store.create(&key, b"")), "no bytes")?;
    ensure(store.read(&key)? == b"one", "the first bytes stay")
}

/// Lets threads race and returns how many won; the others must have lost to a conflict.
fn race(run: impl Fn(u8) -> Result<(), StoreError> + Sync) -> Result<usize, Broken> {
    let outcomes: Vec<Result<(), StoreError>> = thread::scope(|scope| {
        let racers: Vec<_> = (0..RACERS)
            .map(|racer| {
                scope.spawn({
                    let run = &run;
                    move || run(racer)
                })
            })
            .collect();
        racers.into_iter().filter_map(|racer| racer.join().ok()).collect()
    });
    ensure(outcomes.len() == usize::from(RACERS), "a racer panicked")?;
    let mut won = 0;
    for outcome in outcomes {
        match outcome {
            Ok(()) => won += 1,
            Err(error) if error.is_conflict() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(won)
}

fn creates_once(store: &dyn Store, at: &str) -> Result<(), Broken> {
    for round in 0..8 {
        let key = format!("{at}/{round}/object");
        let won = race(|racer| store.create(&key, &[racer]).map(drop))?;
        ensure(won == 1, "not exactly one creator won")?;
        let same = race(|_| store.create(&format!("{at}/{round}/same"), b"same").map(drop))?;
        ensure(same == usize::from(RACERS), "creators of the same bytes do not all succeed")?;
    }
    Ok(())
}

fn stages(store: &dyn Store, at: &str) -> Result<(), Broken> {
    let key = format!("{at}/a/object");
    ensure(store.stage(&key, b"one")? == Creation::Created, "the first staging")?;
    ensure(store.stage(&key, b"one")? == Creation::AlreadyIdentical, "the same bytes staged again")?;
    ensure(is_conflict(&store.stage(&key, b"two")), "other bytes staged")?;
    ensure(store.read(&key)? == b"one", "staged bytes can be read before they are settled")?;
    store.settle()?;
    ensure(store.create(&key, b"one")? == Creation::AlreadyIdentical, "the same bytes created")?;
    ensure(is_conflict(&store.create(&key, b"two")), "other bytes created")?;
    ensure(keys(&store.list(&format!("{at}/"))?) == [key.as_str()], "one object is left")?;
    store.settle().map_err(Broken::from)
}

fn version(store: &dyn Store, key: &str) -> Result<Version, Broken> {
    store.read_versioned(key)?.map(|(_, version)| version).ok_or(Broken::Unmet("an object has no version"))
}

fn replaces(store: &dyn Store, at: &str) -> Result<(), Broken> {
    let key = format!("{at}/pointer");
    let first = store.replace(&key, None, b"one")?;
    ensure(version(store, &key)? == first, "the version answered is the version read")?;
    ensure(is_conflict(&store.replace(&key, None, b"two")), "replacing nothing where something is")?;
    let second = store.replace(&key, Some(&first), b"two")?;
    ensure(store.read(&key)? == b"two" && first != second, "the new bytes have a new version")?;
    ensure(is_conflict(&store.replace(&key, Some(&first), b"three")), "replacing a version that is gone")?;
    ensure(store.read(&key)? == b"two", "a lost race changes nothing")?;
    store.delete(&key)?;
    ensure(is_conflict(&store.replace(&key, Some(&second), b"three")), "replacing what was deleted")?;
    ensure(store.read_versioned(&key)?.is_none(), "a lost race creates nothing")
}

fn replaces_once(store: &dyn Store, at: &str) -> Result<(), Broken> {
    let key = format!("{at}/pointer");
    for round in 0..16_u8 {
        let last = store.read_versioned(&key)?.map(|(_, version)| version);
        let won = race(|racer| store.replace(&key, last.as_ref(), &[round, racer]).map(drop))?;
        ensure(won == 1, "not exactly one replacer won")?;
    }
    Ok(())
}

fn loses_nothing(store: &dyn Store, at: &str) -> Result<(), Broken> {
    let key = format!("{at}/counter");
    store.replace(&key, None, &[0])?;
    let add_one = || loop {
        let Some((bytes, version)) = store.read_versioned(&key)? else { continue };
        let count = bytes.first().copied().unwrap_or_default();
        match store.replace(&key, Some(&version), &[count + 1]) {
            Err(error) if error.is_conflict() => {}
            added => return added.map(drop),
        }
    };
    ensure(race(|_| (0..4).try_for_each(|_| add_one()))? == usize::from(RACERS), "an adder lost for good")?;
    ensure(store.read(&key)? == [RACERS * 4], "an update was lost")
}

fn shows_whole_objects(store: &dyn Store, at: &str) -> Result<(), Broken> {
    let key = format!("{at}/object");
    let bytes = |letter: u8| vec![letter; 100_000];
    let mut last = store.replace(&key, None, &bytes(0))?;
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            (1..50).try_for_each(|letter| {
                last = store.replace(&key, Some(&last), &bytes(letter))?;
                Ok::<(), StoreError>(())
            })
        });
        while !writer.is_finished() {
            let seen = store.read(&key)?;
            let letter = seen.first().copied().unwrap_or_default();
            ensure(seen == bytes(letter), "a reader saw a part of an object, or a mixture")?;
        }
        writer.join().map_err(|_| Broken::Unmet("the writer panicked"))?.map_err(Broken::from)
    })
}

fn deletes(store: &dyn Store, at: &str) -> Result<(), Broken> {
    for name in ["a/b", "a/bc", "a/d/e"] {
        store.create(&format!("{at}/{name}"), b"x")?;
    }
    for _ in 0..2 {
        store.delete(&format!("{at}/a/b"))?;
        store.delete(&format!("{at}/a/d/e"))?;
    }
    store.delete(&format!("{at}/never/was"))?;
    ensure(keys(&store.list(at)?) == [format!("{at}/a/bc")], "more or less than the object was deleted")?;
    ensure(store.create(&format!("{at}/a/b"), b"y")? == Creation::Created, "a deleted key cannot be used again")
}

fn has_no_folders(store: &dyn Store, at: &str) -> Result<(), Broken> {
    store.create(&format!("{at}/a/b"), b"x")?;
    store.delete(&format!("{at}/a/b"))?;
    ensure(store.create(&format!("{at}/a"), b"z")? == Creation::Created, "an emptied folder is in the way of an object")
}

fn refuses_keys(store: &dyn Store, at: &str) -> Result<(), Broken> {
    let refused = |error: Option<StoreError>| matches!(error, Some(StoreError::Key { .. }));
    for key in ["", "/etc/passwd", "../up", "a/../../up", "a//b", "a/", "./a", "a\0b", ".carelake-lock"] {
        let answers = [
            refused(store.read(key).err()),
            refused(store.size(key).err()),
            refused(store.read_range(key, 0..1).err()),
            refused(store.read_tail(key, 1).err()),
            refused(store.read_versioned(key).err()),
            refused(store.create(key, b"x").err()),
            refused(store.replace(key, None, b"x").err()),
            refused(store.delete(key).err()),
            refused(store.create_labelled(key, b"x", &Label::default()).err()),
            refused(store.label(key).err()),
            refused(store.upload(key).err()),
            refused(store.edition(key).err()),
            refused(store.fetch_edition(key, &Edition::new("x"), Path::new("nowhere")).err()),
            refused(store.link(key, at).err()),
            store.local_path(key).is_none(),
        ];
        ensure(answers.iter().all(|refused| *refused), "a key that leads elsewhere was not refused by every call")?;
    }
    ensure(refused(store.list("../").err()) && refused(store.sweep("../", true).err()), "a prefix that leads elsewhere")
}

fn sweeps_and_links(store: &dyn Store, at: &str) -> Result<(), Broken> {
    store.create(&format!("{at}/runs/1/a"), b"1")?;
    store.create(&format!("{at}/runs/2/a"), b"2")?;
    for run in ["1", "2", "2", "1"] {
        store.link(&format!("{at}/current"), &format!("{at}/runs/{run}"))?;
        if let Some(path) = store.local_path(&format!("{at}/current/a")).filter(|path| path.exists()) {
            let seen = std::fs::read(path).unwrap_or_default();
            ensure(seen == run.as_bytes(), "the link leads to another folder")?;
        }
    }
    ensure(
        store.sweep(at, true)?.is_empty() && store.sweep(at, false)?.is_empty(),
        "something to sweep where nobody was killed",
    )?;
    ensure(store.list(at)?.len() == 2, "sweeping or linking changed what is listed")
}
