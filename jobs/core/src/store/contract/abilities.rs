//! What a store keeps beside bytes under a key: labels, states, what comes piece by piece, what is shown later.

use super::{Broken, RACERS, ensure, is_conflict, keys, race};
use crate::store::{Creation, Edition, Label, Store};

pub(super) fn keeps(store: &dyn Store, at: &str) -> Result<(), Broken> {
    let key = format!("{at}/a/object");
    ensure(store.keep(&key, b"one")? == Creation::Created, "the first")?;
    ensure(store.keep(&key, b"one")? == Creation::AlreadyIdentical, "the same bytes again")?;
    ensure(is_conflict(&store.keep(&key, b"two")), "other bytes")?;
    let together = race(|racer| store.keep(&format!("{at}/b/{racer}"), &[racer]).map(drop))?;
    ensure(together == usize::from(RACERS), "several at once")?;
    let won = race(|racer| store.keep(&format!("{at}/c"), &[racer]).map(drop))?;
    ensure(won == 1, "not exactly one of several with one key won")?;
    store.settle()?;
    ensure(store.read(&key)? == b"one", "what was kept is read when it is settled")?;
    ensure(
        store.list(&format!("{at}/b/"))?.len() == usize::from(RACERS),
        "what was kept is listed when it is settled",
    )?;
    ensure(store.keep(&key, b"one")? == Creation::AlreadyIdentical, "the same bytes after settling")?;
    ensure(is_conflict(&store.keep(&key, b"two")), "other bytes after settling")?;
    store.settle().map_err(Broken::from)
}

pub(super) fn labels(store: &dyn Store, at: &str) -> Result<(), Broken> {
    let of = |pairs: &[(&str, &str)]| pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    let (key, plain) = (format!("{at}/a/object"), format!("{at}/a/plain"));
    let label =
        Label { tags: of(&[("data_src", "raw/a b=1.er7"), ("zone", "raw")]), metadata: of(&[("received-at", "2026")]) };
    ensure(store.create_labelled(&key, b"one", &label)? == Creation::Created, "the first creation")?;
    ensure(store.label(&key)? == label, "the label")?;
    ensure(store.create_labelled(&key, b"one", &Label::default())? == Creation::AlreadyIdentical, "the same bytes")?;
    ensure(is_conflict(&store.create_labelled(&key, b"two", &Label::default())), "other bytes")?;
    ensure(store.label(&key)? == label && store.read(&key)? == b"one", "label and bytes stay")?;
    store.create(&plain, b"two")?;
    ensure(store.label(&plain)? == Label::default(), "an object without a label")?;
    ensure(store.label(&format!("{at}/none")).is_err_and(|error| error.is_not_found()), "the label of nothing")?;
    ensure(keys(&store.list(&format!("{at}/"))?) == [key.as_str(), plain.as_str()], "a label is no object")?;
    store.delete(&key)?;
    ensure(keys(&store.list(&format!("{at}/"))?) == [plain.as_str()], "the label goes with its object")?;
    store.create(&key, b"three")?;
    ensure(store.label(&key)? == Label::default(), "the label of an object that was deleted")?;
    store.delete(&key)?;
    ensure(store.create_labelled(&key, b"four", &label)? == Creation::Created, "a label again")?;
    ensure(store.label(&key)? == label, "the label of an object that is there again")
}

pub(super) fn labels_later(store: &dyn Store, at: &str) -> Result<(), Broken> {
    let label = |by: &str| Label {
        tags: [("data_src".into(), "raw/a.er7".into())].into(),
        metadata: [("received-by".into(), by.into())].into(),
    };
    let (kept, staged) = (format!("{at}/kept/object"), format!("{at}/staged/object"));
    ensure(store.keep_labelled(&kept, b"one", &label("first"))? == Creation::Created, "the first that is kept")?;
    ensure(store.keep_labelled(&kept, b"one", &label("second"))? == Creation::AlreadyIdentical, "the same bytes")?;
    ensure(is_conflict(&store.keep_labelled(&kept, b"two", &label("first"))), "other bytes that are kept")?;
    ensure(store.stage_labelled(&staged, b"one", &label("first"))? == Creation::Created, "the first that is staged")?;
    ensure(store.stage_labelled(&staged, b"one", &label("first"))? == Creation::AlreadyIdentical, "staged again")?;
    ensure(is_conflict(&store.stage_labelled(&staged, b"two", &label("first"))), "other bytes that are staged")?;
    store.settle()?;
    ensure(store.label(&kept)? == label("first") && store.read(&kept)? == b"one", "what was kept has its label")?;
    ensure(store.label(&staged)? == label("first") && store.read(&staged)? == b"one", "what was staged has its label")?;
    ensure(keys(&store.list(&format!("{at}/"))?) == [kept.as_str(), staged.as_str()], "a label is no object")
}

pub(super) fn uploads(store: &dyn Store, at: &str) -> Result<(), Broken> {
    let upload = |key: &str, pieces: &[&[u8]]| -> Result<Creation, Broken> {
        let mut upload = store.upload(key)?;
        for piece in pieces {
            upload.write_all(piece).map_err(|_| Broken::Unmet("writing a piece"))?;
        }
        upload.finish().map_err(Broken::from)
    };
    let conflicts =
        |result: Result<Creation, Broken>| matches!(result, Err(Broken::Failed(error)) if error.is_conflict());
    let (key, empty, large) = (format!("{at}/a/object"), format!("{at}/empty"), format!("{at}/large"));
    ensure(upload(&key, &[b"one", b"", b" two"])? == Creation::Created, "the first")?;
    ensure(store.read(&key)? == b"one two", "the pieces in order")?;
    ensure(upload(&key, &[b"one two"])? == Creation::AlreadyIdentical, "the same bytes in other pieces")?;
    ensure(conflicts(upload(&key, &[b"one", b"two"])), "other bytes")?;
    ensure(upload(&empty, &[])? == Creation::Created && store.read(&empty)?.is_empty(), "nothing at all")?;
    let piece: Vec<u8> = (0..=255).cycle().take(3_000_001).collect();
    let pieces = [piece.as_slice(); 7];
    ensure(upload(&large, &pieces)? == Creation::Created, "one of several parts")?;
    ensure(store.read(&large)? == pieces.concat(), "the bytes of several parts")?;
    ensure(upload(&large, &[&pieces.concat()])? == Creation::AlreadyIdentical, "the same large one again")?;
    let mut other = pieces.concat();
    other.extend_from_slice(b"x");
    ensure(conflicts(upload(&large, &[&other])), "another large one")?;
    let mut given_up = store.upload(&format!("{at}/given-up"))?;
    given_up.write_all(&piece).map_err(|_| Broken::Unmet("writing a piece"))?;
    ensure(keys(&store.list(&format!("{at}/given-up"))?).is_empty(), "a reader sees what is not finished")?;
    drop(given_up);
    ensure(store.sweep(at, true)?.is_empty(), "what is given up is swept by the writer")?;
    ensure(store.list(at)?.len() == 3, "more or less than was finished")
}

pub(super) fn reads_editions(store: &dyn Store, at: &str) -> Result<(), Broken> {
    let key = format!("{at}/object");
    let read = |edition: &Edition| -> Result<Option<Vec<u8>>, Broken> {
        let file = tempfile::NamedTempFile::new().map_err(|_| Broken::Unmet("a temporary file"))?;
        match store.fetch_edition(&key, edition, file.path()) {
            Ok(arrival) => arrival.wait(u64::MAX)?,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        std::fs::read(file.path()).map(Some).map_err(|_| Broken::Unmet("the copy"))
    };
    ensure(store.edition(&key).is_err_and(|error| error.is_not_found()), "the state of nothing")?;
    let before = store.replace(&key, None, b"first")?;
    let first = store.edition(&key)?;
    ensure(read(&first)?.as_deref() == Some(b"first"), "the present state")?;
    store.replace(&key, Some(&before), b"second!")?;
    let second = store.edition(&key)?;
    ensure(first != second && read(&second)?.as_deref() == Some(b"second!"), "the state after a change")?;
    ensure(matches!(read(&first)?.as_deref(), None | Some(b"first")), "a former state is gone, or what it was")
}
