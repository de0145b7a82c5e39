//! The section: what is read of it, and what is wrong with it.

mod accepted;
mod documented;
mod example;
mod mistakes;
mod odd;
mod overlaps;
mod paths;
mod pgp;
mod schema;

use std::path::Path;

use carelake_core::config::reader::{Mistakes, Spot, parse};

use super::{Intake, read};

/// A feed with nothing wrong.
const SOUND: &str = "\
intake:
  code_lists:
    sex_mf: { M: male, F: female }
  feeds:
    bay_people:
      partner: bay
      path: \"PAT_{delivery:%Y%m%d}_{site}.csv\"
      format: { type: csv }
      delivery: full
      time_zone: America/New_York
      tables:
        persons:
          columns:
            patient_id: MRN
            sex: { from: SEX, map: sex_mf }
";

/// Reads the section of a text; the mistakes are one line each.
fn section(text: &str, folder: &Path) -> (Intake, Vec<String>) {
    let mut mistakes = Mistakes::default();
    let root = parse(text, &mut mistakes).unwrap();
    let spot = Spot::root(&root).child("intake").unwrap();
    let intake = read(&spot, folder, &mut mistakes);
    (intake, mistakes.into_problems().iter().map(ToString::to_string).collect())
}

/// Reads a text with nothing wrong.
fn sound(text: &str) -> Intake {
    let (intake, mistakes) = section(text, Path::new(""));
    assert_eq!(mistakes, [""; 0], "{text}");
    intake
}

/// Returns the sound feed with one piece of it changed.
fn changed(from: &str, to: &str) -> String {
    assert_eq!(SOUND.matches(from).count(), 1, "{from}");
    SOUND.replacen(from, to, 1)
}
