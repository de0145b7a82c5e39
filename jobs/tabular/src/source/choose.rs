//! Which of several files is read: the newest full one, and the increments after it.

use super::error::{SourceError, SourceFault, Unclear};
use super::locate::{Candidate, Located};
use super::release::Release;
use crate::config::SourceSpec;

/// Chooses among the files that match; at least one does.
///
/// A name with two dates is a range. Where the source declares `increment_days`, a range of at most so many days, or one that
/// starts after another, is an increment: it never stands for a full file. Without the key such names are not compared. Of the
/// corrections of a file the last is read.
pub(super) fn choose(spec: &SourceSpec, mut found: Vec<Candidate>) -> Result<Located, SourceError> {
    let fail = |fault: SourceFault| SourceError::new(&spec.name, None, fault);
    let unclear = |of: &[Candidate], why| {
        let mut files: Vec<String> = of.iter().map(Candidate::told).collect();
        files.sort();
        fail(SourceFault::Ambiguous { pattern: spec.pattern.clone(), files, why })
    };
    let notes = drop_packed_twins(&mut found);
    let mut increments = take_increments(spec, &mut found);
    if found.is_empty() {
        let files = increments.iter().map(Candidate::shown).collect();
        return Err(fail(SourceFault::OnlyIncrements { pattern: spec.pattern.clone(), files }));
    }
    if let ([first, rest @ ..], true) = (found.as_slice(), found.len() + increments.len() > 1) {
        if found.iter().any(|file| file.release.is_none()) {
            return Err(unclear(&[found, increments].concat(), Unclear::NoDate));
        }
        if rest.iter().any(|file| file.from() != first.from()) {
            return Err(unclear(&found, Unclear::Ranges));
        }
    }
    found.sort_by_key(|file| file.release.map(|release| (release.to, release.correction)));
    let twins =
        |files: &[Candidate]| files.windows(2).any(|two| matches!(two, [one, other] if one.release == other.release));
    if found.len() > 1 && twins(found.get(found.len() - 2..).unwrap_or_default()) {
        return Err(unclear(found.get(found.len() - 2..).unwrap_or_default(), Unclear::Equal));
    }
    let Some(file) = found.pop() else { return Err(fail(SourceFault::Undeclared)) };
    let mut older: Vec<String> = found.iter().map(Candidate::shown).collect();
    increments.sort_by_key(|file| file.release.map(|release| (release.to, release.from, release.correction)));
    older.extend(drop_corrected(&mut increments));
    let is_newer =
        |increment: &Candidate| increment.release.map(|release| release.to) > file.release.map(|release| release.to);
    let (increments, covered): (Vec<Candidate>, Vec<Candidate>) = increments.into_iter().partition(is_newer);
    if twins(&increments) {
        return Err(unclear(&increments, Unclear::Equal));
    }
    older.extend(covered.iter().map(Candidate::shown));
    let mut located = Located { file, increments, older, notes };
    located.notes.extend(gaps(&located));
    match std::iter::once(&located.file).chain(&located.increments).find_map(|file| Some((file, file.odd.clone()?))) {
        Some((file, odd)) => Err(fail(SourceFault::NotAFile { name: file.key.clone(), odd })),
        None => Ok(located),
    }
}

/// Leaves out archives whose file lies unpacked beside them.
fn drop_packed_twins(found: &mut Vec<Candidate>) -> Vec<String> {
    let unpacked: Vec<(String, u64)> = found
        .iter()
        .filter(|file| file.member.is_none() && file.odd.is_none())
        .map(|file| (file.name().to_owned(), file.size_bytes))
        .collect();
    let is_twin = |file: &Candidate| {
        let twin = |(name, size): &(String, u64)| name == file.name() && *size == file.size_bytes;
        file.member.is_some() && unpacked.iter().any(twin)
    };
    let notes = found
        .iter()
        .filter(|file| is_twin(file))
        .map(|file| format!("{} is read unpacked; passed over {}", file.name(), file.shown()));
    let notes = notes.collect();
    found.retain(|file| !is_twin(file));
    notes
}

/// Takes the increments out of the files that match.
fn take_increments(spec: &SourceSpec, found: &mut Vec<Candidate>) -> Vec<Candidate> {
    let Some(most) = spec.increment_days else { return Vec::new() };
    let is_short = |file: &Candidate| file.release.and_then(|release| release.days()).is_some_and(|days| days <= most);
    let first = found.iter().filter(|file| !is_short(file)).filter_map(Candidate::from).min();
    let is_increment = |file: &Candidate| is_short(file) || first.is_some() && file.from() > first;
    let (increments, full) = std::mem::take(found).into_iter().partition(is_increment);
    *found = full;
    increments
}

/// Leaves out increments that a correction beside them replaces; they are in order.
fn drop_corrected(increments: &mut Vec<Candidate>) -> Vec<String> {
    let last: Vec<Release> = increments.iter().filter_map(|file| file.release).collect();
    let is_corrected = |file: &Candidate| {
        let later = |release: &Release, last: &Release| {
            (last.from, last.to) == (release.from, release.to) && last.correction > release.correction
        };
        file.release.is_some_and(|release| last.iter().any(|last| later(&release, last)))
    };
    let (corrected, kept) = std::mem::take(increments).into_iter().partition(is_corrected);
    *increments = kept;
    corrected.iter().map(Candidate::shown).collect()
}

/// Tells of days between the files that none of them covers.
fn gaps(located: &Located) -> Vec<String> {
    let mut notes = Vec::new();
    let mut covered: Option<Release> = located.file.release;
    for increment in &located.increments {
        let gap = covered.zip(increment.release).and_then(|(covered, release)| release.gap_after(&covered));
        if let Some(gap) = gap {
            notes.push(format!(
                "no file covers {gap}, before {}; fetch the increment that is missing",
                increment.shown()
            ));
        }
        covered = increment.release;
    }
    notes
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Config;

    fn chosen(increment_days: Option<u32>, names: &[&str]) -> Result<Located, String> {
        let text = include_str!("../../../../pipeline_config.yaml");
        let config = Config::parse(text, Path::new("pipeline_config.yaml")).unwrap();
        let spec = SourceSpec { increment_days, ..config.source("nppes").unwrap().clone() };
        choose(&spec, names.iter().map(|name| Candidate::plain(name, 1)).collect()).map_err(|error| error.to_string())
    }

    fn read(located: &Located) -> Vec<String> {
        std::iter::once(&located.file).chain(&located.increments).map(Candidate::shown).collect()
    }

    const FULL: &str = "n_20050523-20260712.csv";
    const WEEK_1: &str = "n_20260713-20260719.csv";
    const WEEK_2: &str = "n_20260720-20260726.csv";
    const OLD_FULL: &str = "n_20050523-20260614.csv";
    const OLD_WEEK: &str = "n_20260706-20260712.csv";

    #[test]
    fn increments_follow_the_newest_full_file_in_order_and_older_ones_are_passed_over() {
        let located = chosen(Some(31), &[WEEK_2, OLD_WEEK, FULL, OLD_FULL, WEEK_1]).unwrap();
        assert_eq!(read(&located), [FULL, WEEK_1, WEEK_2]);
        assert_eq!((located.older, located.notes), (vec![OLD_FULL.to_owned(), OLD_WEEK.to_owned()], vec![]));
    }

    #[test]
    fn the_last_correction_of_a_file_and_of_an_increment_is_read() {
        let corrected = ["n_20050523-20260712_correction_2.csv", "n_20260713-20260719_correction_1.csv"];
        let names = [FULL, corrected[1], "n_20050523-20260712_correction_1.csv", WEEK_1, corrected[0]];
        let located = chosen(Some(31), &names).unwrap();
        assert_eq!(read(&located), corrected);
        assert_eq!(located.older, [FULL, "n_20050523-20260712_correction_1.csv", WEEK_1]);
    }

    #[test]
    fn a_week_that_is_missing_between_files_is_told() {
        let located = chosen(Some(31), &[FULL, WEEK_2]).unwrap();
        assert_eq!(read(&located), [FULL, WEEK_2]);
        assert!(located.notes.concat().starts_with("no file covers 2026.07.13 to 2026.07.19"), "{:?}", located.notes);
    }

    #[test]
    fn a_range_that_starts_later_is_an_increment_however_long_it_is() {
        let later = "n_20250101-20261231.csv";
        assert_eq!(read(&chosen(Some(31), &[later, FULL]).unwrap()), [FULL, later]);
    }

    #[test]
    fn increments_alone_are_refused() {
        assert!(chosen(Some(31), &[WEEK_1]).unwrap_err().contains("only increments"));
        assert!(chosen(Some(31), &[WEEK_1, WEEK_2]).unwrap_err().contains("only increments"));
    }

    #[test]
    fn what_names_leave_open_is_refused_with_what_they_say() {
        for (days, names, wanted) in [
            (None, vec![FULL, WEEK_1], "n_20260713-20260719.csv (2026.07.13 to 2026.07.19)"),
            (Some(31), vec![FULL, "m_20050523-20260712.csv"], "the same date"),
            (Some(31), vec![FULL, WEEK_1, "m_20260713-20260719.csv"], "the same date"),
            (Some(31), vec!["n_latest.csv", WEEK_1], "no date"),
            (None, vec!["n_a.csv", "n_2026.01.01.csv"], "no date"),
            (None, vec![FULL, "n_2026.08.01.csv"], "range"),
        ] {
            let reason = chosen(days, &names).unwrap_err();
            assert!(reason.contains(wanted), "{names:?}: {reason}");
        }
    }
}
