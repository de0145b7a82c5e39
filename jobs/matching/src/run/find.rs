//! One record among what a matcher reads.

use arrow_schema::DataType;
use carelake_conditions::{Condition, Literal, Path, Question, Test};
use carelake_core::names::RunId;
use carelake_core::table::Folder;
use carelake_rows::{Fetched, ParquetFile, Wish};
use jiff::civil::Date;

use super::error::MatchError;
use super::linker::Engine;
use super::served::{Cells, served};
use super::world::World;
use crate::reference::{Columns, Key};

const PATIENT: &str = "patient_id";

/// Finds a record among the inputs of a matcher; `None` where none has it. Only pages whose bounds do not exclude its id are read.
///
/// # Errors
/// [`MatchError`].
pub fn find(world: &World<'_>, engine: &Engine, key: &Key) -> Result<Option<(Columns, Date)>, MatchError> {
    let matcher = &engine.matcher;
    let fetched = Fetched::default();
    for served in served(world, &matcher.name, &matcher.input.publications)? {
        for manifest in &served.manifests {
            for file in &manifest.files {
                let place = format!("{}/{}", manifest.folder(), file.path);
                let folders = Folder::pairs(&file.path).collect();
                let file = ParquetFile::open(world.store, &place, &place, folders, &fetched)?;
                for batch in file.rows(world.store, &wish(&file, key), &fetched)? {
                    let batch = batch?;
                    let cells = Cells::of(&batch);
                    if let Some(row) = (0..batch.num_rows()).find(|row| cells.key(*row).as_ref() == Some(key)) {
                        return Ok(Some((cells.columns(row), RunId::as_of(&manifest.run_id))));
                    }
                }
            }
        }
    }
    Ok(None)
}

/// Asks for rows of an id, where it is a text; for all others.
fn wish(file: &ParquetFile, key: &Key) -> Wish {
    let is_text = file.schema().field_with_name(PATIENT).is_ok_and(|field| *field.data_type() == DataType::Utf8);
    let question = Question::In(vec![Literal::Text(key.patient_id.clone())]);
    let condition = is_text.then(|| Condition::Test(Test { path: Path::member(PATIENT), question }));
    Wish { condition, ..Wish::default() }
}
