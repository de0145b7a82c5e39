//! Attempts at publications.

use jiff::civil::date;

use super::{Broken, Clause, Pair, at, ensure, new_run};
use crate::ErrorKind;
use crate::ledger::{DatasetRun, DatasetRunEnd, LedgerError, Status};
use crate::names::Publication;

pub(super) const CLAUSES: [(&str, Clause); 2] = [
    ("keeps every attempt at a publication", keeps_dataset_runs),
    ("knows the last success of a publication", knows_last_success),
];

fn dataset_end(status: Status) -> DatasetRunEnd {
    DatasetRunEnd { status, error: None, reason: None, rows: None, previous_run_id: None, now: at(9) }
}

fn keeps_dataset_runs(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let run_id = one.start_run(&new_run(date(2026, 1, 1)))?;
    let feed = Publication::of_feed("hospitals", "kept");
    let plain = Publication::of_dataset("clinicians");
    one.start_dataset_run(&run_id, &feed, 1, at(1))?;
    one.start_dataset_run(&run_id, &feed, 1, at(2))?;
    let failed =
        DatasetRunEnd { error: Some(ErrorKind::STORAGE), reason: Some("disk".into()), ..dataset_end(Status::Failed) };
    other.finish_dataset_run(&run_id, &feed, 1, &failed)?;
    other.start_dataset_run(&run_id, &feed, 2, at(3))?;
    one.start_dataset_run(&run_id, &plain, 1, at(4))?;
    let done = DatasetRunEnd { rows: Some(7), previous_run_id: Some(run_id.clone()), ..dataset_end(Status::Succeeded) };
    one.finish_dataset_run(&run_id, &plain, 1, &done)?;
    let blank = DatasetRun {
        run_id: run_id.clone(),
        publication: feed.clone(),
        attempt: 2,
        status: Status::Running,
        started_at: at(3),
        finished_at: None,
        error: None,
        reason: None,
        rows: None,
        previous_run_id: None,
    };
    let expected = [
        DatasetRun {
            publication: plain,
            attempt: 1,
            status: Status::Succeeded,
            started_at: at(4),
            finished_at: Some(at(9)),
            rows: Some(7),
            previous_run_id: Some(run_id.clone()),
            ..blank.clone()
        },
        DatasetRun {
            attempt: 1,
            status: Status::Failed,
            started_at: at(2),
            finished_at: Some(at(9)),
            error: failed.error.map(|kind| kind.name.to_owned()),
            reason: failed.reason,
            ..blank.clone()
        },
        blank,
    ];
    ensure(other.dataset_runs(&run_id)? == expected, "attempts are lost or changed")?;
    let never = other.finish_dataset_run(&run_id, &feed, 3, &dataset_end(Status::Failed));
    ensure(matches!(never, Err(LedgerError::NoSuchRun { .. })), "an attempt that never started ends")
}

fn knows_last_success(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let publication = Publication::of_dataset("last_success");
    ensure(one.last_success(&publication)?.is_none(), "a success before the first run")?;
    let mut last = None;
    for status in [Status::Succeeded, Status::Succeeded, Status::Failed] {
        let run_id = one.start_run(&new_run(date(2025, 12, 1)))?;
        one.start_dataset_run(&run_id, &publication, 1, at(1))?;
        one.finish_dataset_run(&run_id, &publication, 1, &dataset_end(status))?;
        if status == Status::Succeeded {
            last = Some(run_id);
        }
    }
    ensure(other.last_success(&publication)?.map(|run| run.run_id) == last, "not the success that came last")
}
