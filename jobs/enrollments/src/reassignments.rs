//! Reassignments: which enrollments bill through which groups.

use std::sync::Arc;

use carelake_core::value::EnrollmentId;
use carelake_tabular::inputs::OpenSource;
use carelake_tabular::job::{JobError, Reading};
use carelake_tabular::source::Fate;

use crate::known::Known;
use crate::merged;

carelake_tabular::columns! {
    /// The columns of the reassignments that are counted.
    pub(crate) struct Columns {
        always enrollment_id: EnrollmentId,
        must group_enrollment_id: EnrollmentId,
    }
}

/// How many distinct groups each enrollment reassigns to, and how many distinct enrollments reassign to it.
#[derive(Debug)]
pub(crate) struct Reassignments {
    pub gives: Vec<u32>,
    pub receives: Vec<u32>,
}

/// The group of a row whose group id is not valid.
const NO_GROUP: u64 = u64::MAX;

impl Reassignments {
    pub(crate) fn gather(file: &Arc<OpenSource>, known: &Known, readings: &mut Vec<Reading>) -> Result<Self, JobError> {
        let Columns { enrollment_id: id, group_enrollment_id: group } = Columns::of(&file.source)?;
        let scan = file.source.scan(Vec::new, move |pairs: &mut Vec<(u64, u64)>, row| {
            let group = row.get(group).map_or(NO_GROUP, EnrollmentId::packed);
            pairs.extend(row.get(id).map(|id| (id.packed(), group)));
            Fate::Kept
        })?;
        let (mut gives, mut receives) = (known.slots(), known.slots());
        let mut received: Vec<(u64, u64)> = Vec::new();
        let (pairs, tally) = scan.into_list();
        let orphans = known.join(
            pairs,
            |pair| pair.0,
            |at, pairs| {
                let before = received.len();
                let distinct = pairs.chunk_by(|left, right| left == right).filter_map(<[_]>::first);
                received.extend(distinct.filter(|pair| pair.1 != NO_GROUP).map(|(id, group)| (*group, *id)));
                if let Some(groups) = gives.get_mut(at) {
                    *groups = (received.len() - before) as u32;
                }
            },
        );
        // Groups that are no enrollment themselves are not asked for.
        known.join(
            received,
            |pair| pair.0,
            |at, pairs| {
                if let Some(enrollments) = receives.get_mut(at) {
                    *enrollments = pairs.len() as u32;
                }
            },
        );
        readings.push(merged(Arc::clone(file), tally, orphans));
        Ok(Self { gives, receives })
    }
}
