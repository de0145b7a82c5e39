//! The walk through the rows of a run, part by part and resource by resource: which of them are new, and which are served.

use arrow_array::builder::BooleanBuilder;
use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use arrow_select::filter::filter_record_batch;
use carelake_sorted::{keys, without_key};

use super::head::{Head, Heads};
use super::known::Known;
use super::tally::Tally;
use crate::error::FhirError;
use crate::rows::{
    IDENTITY, RESOURCE_TYPE, Row, Rows, VERSION_ID, Version, bare_of_key, beats, cell, place_of_key, text, time,
};

/// Rows of deletes that are made at once.
const MOST_ROWS: usize = 4096;

/// The walk through one part.
pub(super) struct Walk<'w, 'h> {
    pub(super) heads: Heads<'h>,
    pub(super) known: Known,
    pub(super) tally: &'w mut Tally,
    /// Whether what is not in the run is gone, by type.
    pub(super) is_truth: &'w dyn Fn(&str) -> bool,
    /// The time of deletes.
    pub(super) time: i64,
    /// Deletes of what a full export lacks.
    absent: Rows,
    group: Option<Group>,
}

/// What is known of the resource that the walk is at.
struct Group {
    bare: Vec<u8>,
    resource_type: String,
    served: Option<Head>,
    /// The file of the version that is served, of one of this run.
    winner: Option<u32>,
    is_present: bool,
    is_deleted: bool,
}

impl<'w, 'h> Walk<'w, 'h> {
    pub(super) fn new(
        heads: Heads<'h>,
        known: Known,
        tally: &'w mut Tally,
        (is_truth, time): (&'w dyn Fn(&str) -> bool, i64),
        buckets: u8,
    ) -> Self {
        let absent = Rows::new(buckets, u32::MAX, "");
        Self { heads, known, tally, is_truth, time, absent, group: None }
    }

    /// Leaves of a batch the rows that are new. Rows come in the order of their keys.
    pub(super) fn pass(&mut self, batch: &RecordBatch, put: &mut Put<'_>) -> Result<(), FhirError> {
        let keys = keys(batch)?;
        let (types, versions, times) = (text(batch, RESOURCE_TYPE)?, text(batch, VERSION_ID)?, time(batch)?);
        let identities = batch.column_by_name(IDENTITY).and_then(|column| column.as_fixed_size_binary_opt());
        let identities = identities.ok_or_else(|| FhirError::Damaged { key: IDENTITY.to_owned() })?;
        let mut is_new = BooleanBuilder::with_capacity(batch.num_rows());
        for row in 0..batch.num_rows() {
            let (key, resource_type) = (keys.value(row), types.value(row));
            let bare = bare_of_key(key);
            if self.group.as_ref().is_none_or(|group| group.bare != bare) {
                self.close();
                self.open(bare, resource_type, put)?;
            }
            let Some(group) = &mut self.group else { continue };
            let version = Version { time: times.value(row), id: cell(versions, row) };
            let file = place_of_key(key);
            is_new.append_value(if identities.is_null(row) {
                delete(group, self.tally, version)
            } else {
                group.is_present = true;
                let identity = identities.value(row).try_into().unwrap_or_default();
                let is_known = self.known.is_published(&identity);
                let is_double = is_known || !self.known.note(identity);
                if is_double {
                    self.tally.again(file, resource_type, is_known);
                } else {
                    group.fold(version, Some(file));
                }
                !is_double
            });
        }
        put(&without_key(&filter_record_batch(batch, &is_new.finish())?)?)
    }

    /// Ends the part: what is left of it was not in the run.
    pub(super) fn end(mut self, put: &mut Put<'_>) -> Result<Known, FhirError> {
        self.close();
        self.upto(None, put)?;
        self.flush(put)?;
        Ok(self.known)
    }

    fn open(&mut self, bare: &[u8], resource_type: &str, put: &mut Put<'_>) -> Result<(), FhirError> {
        let served = self.upto(Some(bare), put)?;
        if served.as_ref().is_some_and(|head| head.is_live) && (self.is_truth)(resource_type) {
            *self.tally.there.entry(resource_type.to_owned()).or_default() += 1;
        }
        self.group = Some(Group {
            bare: bare.to_vec(),
            resource_type: resource_type.to_owned(),
            served,
            winner: None,
            is_present: false,
            is_deleted: false,
        });
        Ok(())
    }

    fn close(&mut self) {
        if let Some(Group { winner: Some(file), resource_type, .. }) = self.group.take() {
            self.tally.won(file, &resource_type);
        }
    }

    /// Passes over what is known up to a key, and answers what is known of that.
    fn upto(&mut self, bare: Option<&[u8]>, put: &mut Put<'_>) -> Result<Option<Head>, FhirError> {
        while let Some(head) = self.heads.next_upto(bare)? {
            if bare == Some(head.bare.as_slice()) {
                return Ok(Some(head));
            }
            let mut parts = head.bare.get(1..).unwrap_or_default().split(|byte| *byte == 0);
            let mut part = || parts.next().and_then(|part| std::str::from_utf8(part).ok()).unwrap_or_default();
            let (resource_type, id) = (part(), part());
            if !head.is_live || !(self.is_truth)(resource_type) {
                continue;
            }
            for counts in [&mut self.tally.there, &mut self.tally.absent] {
                *counts.entry(resource_type.to_owned()).or_default() += 1;
            }
            self.absent.push(Row { resource_type, id, version: None, time: self.time, resource: None, line: 0 })?;
            if self.absent.count() >= MOST_ROWS {
                self.flush(put)?;
            }
        }
        Ok(None)
    }

    fn flush(&mut self, put: &mut Put<'_>) -> Result<(), FhirError> {
        match self.absent.take()? {
            Some(batch) => put(&without_key(&batch)?),
            None => Ok(()),
        }
    }
}

/// Takes rows that are new.
pub(super) type Put<'p> = dyn FnMut(&RecordBatch) -> Result<(), FhirError> + 'p;

impl Group {
    /// Finds whether a version is served now.
    fn fold(&mut self, version: Version<'_>, file: Option<u32>) {
        let before = self.served.as_ref().map(|head| Version { time: head.time, id: head.version.as_deref() });
        if before.is_none_or(|before| beats(version, before)) {
            let (bare, is_live) = (Vec::new(), file.is_some());
            self.served = Some(Head { bare, time: version.time, version: version.id.map(str::to_owned), is_live });
            self.winner = file;
        }
    }
}

/// Returns whether a delete is one: the export may hold the resource, too, or it was deleted before. Deletes come after versions.
fn delete(group: &mut Group, tally: &mut Tally, version: Version<'_>) -> bool {
    let is_gone = group.served.as_ref().is_some_and(|head| !head.is_live);
    let counts = match (group.is_deleted, group.is_present, is_gone) {
        (true, ..) => return false,
        (false, true, _) => &mut tally.deleted_and_present,
        (false, false, true) => &mut tally.deleted_again,
        (false, false, false) => &mut tally.deleted,
    };
    *counts.entry(group.resource_type.clone()).or_default() += 1;
    group.is_deleted = true;
    let is_new = !group.is_present && !is_gone;
    if is_new {
        group.fold(version, None);
    }
    is_new
}
