//! Synthetic inputs: one file for each source, in the layouts CMS publishes, for trying carelake without real data.
//!
//! Every name and value is invented. The relations that the datasets need are kept: a clinician's enrollments are in the
//! enrollment extract, a group practice is an organization of the extract, clinicians reassign their benefits to the groups
//! they are listed with, additional NPIs belong to enrollments that carry the flag. The same [`Sample`] gives the same bytes on
//! every machine: each record is made from the seed and its own number alone, with integers only, and no table of records is
//! kept in memory.
//!
//! It does not read anything, and it does not know the rules that judge what it writes: which rule a damaged value should meet
//! is written beside each layout as `rejected` or `mended`.

mod country;
mod csv;
mod dac;
mod dirt;
mod error;
mod hospital;
mod hospital_enrollments;
mod hospitals;
mod identifiers;
mod layout;
mod nppes;
mod organizations;
mod people;
mod places;
mod ppef;
mod ppef_parts;
mod revocations;
mod rng;
mod roster;
mod shares;
mod shuffle;
mod states;
mod vocabulary;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{fs, io};

pub use error::SampleError;

use country::Country;
use layout::Layout;
use writer::SourceWriter;

/// Most clinician rows a sample can have: twice the nation. Beyond that the NPIs of one kind would run out.
pub const MAX_ROWS: u64 = 5_600_000;

/// What to make. [`Sample::default`] is the sample that `carelake sample` writes when nothing else is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Clinician rows, 1 to [`MAX_ROWS`]; the other files have as many as the nation has for so many clinicians.
    pub rows: u64,
    /// Share of the rows of every file that are damaged, 0 to 1; 0 leaves every file without a flaw.
    pub dirt_ratio: f64,
    /// Another seed makes another country of the same size.
    pub seed: u64,
    /// Whether the NPI registry is written too: 3.4 rows of 1.2 kB for each clinician row.
    pub nppes: bool,
}

impl Default for Sample {
    fn default() -> Self {
        Self { rows: 200_000, dirt_ratio: 0.002, seed: 7, nppes: false }
    }
}

/// Lets somebody stop the writing of a sample from another thread.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks to stop: the file that is being written is given up and removed.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_asked_for(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleFile {
    /// The source it is a file of, by its name in the configuration.
    pub source: &'static str,
    /// Where it is.
    pub path: PathBuf,
    /// Records after the header: also the damaged, repeated and blank ones.
    pub rows: u64,
    /// Size of the file.
    pub bytes: u64,
}

/// One source: what its file looks like, about how many rows it has, and what writes them.
struct SourcePlan {
    layout: fn() -> Layout,
    expected_rows: fn(&Country) -> u64,
    write_rows: fn(&Country, &mut SourceWriter) -> Result<(), SampleError>,
}

/// Every source, in the order in which the files are written. The last one only when it is asked for.
const SOURCES: [SourcePlan; 10] = [
    SourcePlan { layout: dac::layout, expected_rows: dac::expected_rows, write_rows: dac::write_rows },
    SourcePlan { layout: ppef::layout, expected_rows: ppef::expected_rows, write_rows: ppef::write_rows },
    ppef_parts::REASSIGNMENTS,
    ppef_parts::PRACTICE_LOCATIONS,
    ppef_parts::SECONDARY_SPECIALTIES,
    ppef_parts::ADDITIONAL_NPIS,
    SourcePlan {
        layout: revocations::layout,
        expected_rows: revocations::expected_rows,
        write_rows: revocations::write_rows,
    },
    SourcePlan {
        layout: hospitals::layout,
        expected_rows: hospitals::expected_rows,
        write_rows: hospitals::write_rows,
    },
    SourcePlan {
        layout: hospital_enrollments::layout,
        expected_rows: hospital_enrollments::expected_rows,
        write_rows: hospital_enrollments::write_rows,
    },
    SourcePlan { layout: nppes::layout, expected_rows: nppes::expected_rows, write_rows: nppes::write_rows },
];

impl Sample {
    /// Writes the files into `dir`, which is made if need be, and calls `progress` after each.
    ///
    /// A file appears under its name only when it is complete, and replaces a file of that name. What a killed process left
    /// unfinished is removed.
    ///
    /// # Errors
    /// [`SampleError::Rows`] and [`SampleError::DirtRatio`] before anything is written; [`SampleError::Io`] when the folder or
    /// a file cannot be written, and [`SampleError::Stopped`] when that was asked for. Files finished before that stay.
    pub fn write(
        &self,
        dir: &Path,
        stop: &Stop,
        progress: &mut dyn FnMut(&SampleFile),
    ) -> Result<Vec<SampleFile>, SampleError> {
        if !(1..=MAX_ROWS).contains(&self.rows) {
            return Err(SampleError::Rows { rows: self.rows, most: MAX_ROWS });
        }
        if !(0.0..=1.0).contains(&self.dirt_ratio) {
            return Err(SampleError::DirtRatio { dirt_ratio: self.dirt_ratio });
        }
        fs::create_dir_all(dir).map_err(|source| SampleError::Io { path: dir.to_owned(), source })?;
        for plan in &SOURCES {
            remove_partial(dir, &(plan.layout)())?;
        }
        let country = Country::new(self.seed, self.rows);
        let mut files = Vec::with_capacity(SOURCES.len());
        for plan in &SOURCES {
            let layout = (plan.layout)();
            if layout.source == nppes::SOURCE && !self.nppes {
                continue;
            }
            let mut out = SourceWriter::create(dir, layout, self, (plan.expected_rows)(&country), stop)?;
            (plan.write_rows)(&country, &mut out)?;
            let file = out.finish()?;
            progress(&file);
            files.push(file);
        }
        Ok(files)
    }
}

fn remove_partial(dir: &Path, layout: &Layout) -> Result<(), SampleError> {
    let path = writer::partial(dir, layout);
    match fs::remove_file(&path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(SampleError::Io { path, source }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
