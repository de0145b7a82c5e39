//! Whether an as-of date is likely meant: ages and windows are computed against it, and a slip of the finger in it spoils
//! every one of them without a sign.

use std::collections::BTreeMap;
use std::path::PathBuf;

use carelake_core::names::Publication;
use carelake_pipeline::sources;
use carelake_tabular::inputs::Chosen;
use jiff::civil::Date;
use jiff::{Span, Timestamp, Zoned};

use crate::failure::Failure;
use crate::lake::Lake;

/// Years before the newest input that a date may lie.
const YEARS: i64 = 1;

/// Refuses a date in the future, or far before the newest file of these publications' sources; where no file can be seen,
/// only the former.
pub(crate) fn check(
    lake: &Lake,
    as_of: Date,
    publications: &[Publication],
    files: &BTreeMap<String, PathBuf>,
) -> Result<(), Failure> {
    let confirm = |message: String| Failure::argument(message).advise("correct it, or confirm it with --accept-as-of");
    // Where it is tomorrow already, it is not the future.
    let today = Zoned::now().date().max(Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date());
    if as_of > today {
        return Err(confirm(format!("as of {as_of} is in the future; today is {today}")));
    }
    let inputs = lake.inputs(&std::env::temp_dir()).with_files(files.clone());
    let names = publications.iter().flat_map(|publication| sources(&lake.config, publication));
    let newest = names.filter_map(|source| inputs.chosen(&source)).max_by_key(Chosen::date);
    if let Some(newest) = newest
        && newest.date().checked_sub(Span::new().years(YEARS)).is_ok_and(|earliest| as_of < earliest)
    {
        let (file, date) = (&newest.file, newest.date());
        return Err(confirm(format!("as of {as_of} is more than a year before the newest input, {file} of {date}")));
    }
    Ok(())
}
