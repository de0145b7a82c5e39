//! Revocations: enrollments that CMS ended. The first line of an enrollment counts.

use std::collections::HashMap;
use std::sync::Arc;

use carelake_core::value::{Day, EnrollmentId};
use carelake_tabular::inputs::OpenSource;
use carelake_tabular::job::{JobError, Reading};
use carelake_tabular::source::Fate;

use crate::known::Known;
use crate::merged;

carelake_tabular::columns! {
    /// The columns that a revocation is made of.
    pub(crate) struct Columns {
        always enrollment_id: EnrollmentId,
        must reason: Text,
        must effective_date: Day,
        must bar_until: Day,
    }
}

/// A revocation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Revocation {
    id: u64,
    offset: u64,
    pub reason: Option<Vec<u8>>,
    pub effective: Option<Day>,
    pub barred_until: Option<Day>,
}

/// The revocations of known enrollments, by slot.
#[derive(Debug, Default)]
pub(crate) struct Revocations(HashMap<usize, Revocation>);

impl Revocations {
    pub(crate) fn gather(file: &Arc<OpenSource>, known: &Known, readings: &mut Vec<Reading>) -> Result<Self, JobError> {
        let source = &file.source;
        let Columns { enrollment_id: id, reason, effective_date, bar_until } = Columns::of(source)?;
        let scan = source.scan(Vec::new, move |revocations, row| {
            revocations.extend(row.get(id).map(|id| Revocation {
                id: id.packed(),
                offset: row.offset(),
                reason: row.text(reason).map(|text| text.into_owned()),
                effective: row.get(effective_date),
                barred_until: row.get(bar_until),
            }));
            Fate::Kept
        })?;
        let mut first = HashMap::new();
        let (revocations, tally) = scan.into_list();
        let orphans = known.join(
            revocations,
            |row| row.id,
            |at, rows| {
                first.extend(rows.first().map(|row| (at, row.clone())));
            },
        );
        readings.push(merged(Arc::clone(file), tally, orphans));
        Ok(Self(first))
    }

    pub(crate) fn of(&self, at: usize) -> Option<&Revocation> {
        self.0.get(&at)
    }
}
