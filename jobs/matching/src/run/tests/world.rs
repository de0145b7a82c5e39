//! A lake with what partners sent, a matcher, and what the lake says.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, Date32Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use carelake_core::config::reader::{Mistakes, Spot, parse};
use carelake_core::ledger::{Audit, SqliteLedger};
use carelake_core::names::{Publication, Scope};
use carelake_core::publish::{Keep, Served, Swap, current};
use carelake_core::store::{LocalStore, Store};
use carelake_database::Target;
use carelake_rows::Shown;
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::config::read;
use crate::database::Fault;
use crate::reference::{Reference, ReferenceDatabase};
use crate::reviews::{Action, Asked, Desk, Made, Review, ReviewError, Reviewer, Seen, Wanted, decide, queue};
use crate::run::publish::{Making, RunWriter, given};
use crate::run::{
    Engine, Kept, MatchError, Settled, Settling, World, engine, forget, judge, load, plan, settle, shown_sequence,
};

/// A row by its columns.
pub(super) type Row = BTreeMap<String, String>;

/// The matcher of the tests. Weights are whole bits.
pub(super) const MATCHER: &str = "
matchers:
  bay:
    input: { publications: [intake/persons/*], required: [first_name, last_name, birth_date, sex, ssn] }
    reference: { from: [intake/persons/*], prefer: [county] }
    fields:
      first_name: { compare: first_name, swaps_with: last_name, frequencies: false }
      last_name: { compare: last_name, frequencies: false }
      name_suffix: { compare: exact }
      birth_date: { compare: date }
      sex: { compare: exact }
      ssn: { compare: ssn }
      phone: { compare: phone }
    block: [[ssn], [phone], [last_name.metaphone, birth_date], [names.sorted]]
    never:
      - { name: other_birth_date, all: [\"birth_date !=\"], is: not_exact }
    rules:
      - { name: same_id, all: [same_patient_id, \"last_name ?~ part\", \"birth_date ?~ edit1\"], is: exact }
      - { name: ssn_birth, all: [\"ssn =\", \"birth_date ?~ year\", \"last_name ~ part\"], is: exact, links_reference: true }
    thresholds: { exact: 18, propose: 2, margin: 8 }
    must_agree: [sex, birth_date]
    repair: [first_name, birth_date, sex, phone, { together: [social_security_number, ssn_last4] }]
    accepts_ssn: ['*']
    review: { sample_exact: 0, sample_none: 0 }
";

pub(super) const MODEL: &str = r#"{"odds_bits": -10, "fields": {
  "first_name": {"equal": 8, "swapped": 6, "nickname": 6, "close": 4, "initial": 2, "near": 1, "else": -4},
  "last_name": {"equal": 8, "part": 6, "close": 4, "sounds": 3, "near": 1, "else": -4},
  "name_suffix": {"equal": 2, "else": -6},
  "birth_date": {"equal": 11, "transposed": 7, "edit1": 6, "year": 4, "else": -5},
  "sex": {"equal": 1, "else": -5},
  "ssn": {"equal": 20, "last4": 10, "edit1": 12, "else": -6},
  "phone": {"equal": 12, "last7": 9, "else": -1}}}"#;

pub(super) struct Lake {
    pub(super) folder: TempDir,
    pub(super) store: LocalStore,
    pub(super) ledger: SqliteLedger,
    pub(super) engine: &'static Engine,
    /// The server that its references are kept on; files unless there is one.
    server: Option<Arc<Target>>,
    /// Where its references fail.
    pub(super) fault: Mutex<Option<Fault>>,
    now: Mutex<Timestamp>,
    runs: Mutex<u32>,
}

/// Returns a database of the server on which tests are carried out now.
fn server() -> Option<Arc<Target>> {
    #[cfg(feature = "postgres")]
    return crate::tests::servers::asked().map(Arc::new);
    #[cfg(not(feature = "postgres"))]
    None
}

pub(super) fn row(cells: &[(&str, &str)]) -> Row {
    cells.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A person of the county with all that is required.
pub(super) fn complete(source: &str, id: &str, first: &str, last: &str, birth: &str, ssn: &str) -> Row {
    row(&[
        ("data_source", source),
        ("patient_id", id),
        ("first_name", first),
        ("last_name", last),
        ("birth_date", birth),
        ("sex", "female"),
        ("social_security_number", ssn),
        ("ssn_last4", ssn.get(5..).unwrap()),
        ("phone", "7275861234"),
        ("delivery_date", "2026-10-01"),
    ])
}

const COLUMNS: [&str; 19] = [
    "data_source",
    "patient_id",
    "first_name",
    "middle_name",
    "last_name",
    "name_suffix",
    "birth_date",
    "sex",
    "social_security_number",
    "ssn_last4",
    "phone",
    "email",
    "address",
    "address_line_2",
    "city",
    "state",
    "zip_code",
    "delivery_date",
    "_source_file",
];

fn schema() -> SchemaRef {
    let field = |name: &&str| {
        let kind = if *name == "birth_date" { DataType::Date32 } else { DataType::Utf8 };
        Field::new(*name, kind, true)
    };
    let mut fields: Vec<Field> = COLUMNS.iter().map(field).collect();
    let list = DataType::List(Arc::new(Field::new("element", DataType::Utf8, true)));
    fields.extend([Field::new("incomplete_fields", list, true), Field::new("_run_id", DataType::Utf8, true)]);
    Arc::new(Schema::new(fields))
}

fn batch(rows: &[Row], run: &str) -> RecordBatch {
    let column = |name: &&str| -> ArrayRef {
        let cells = rows.iter().map(|row| row.get(*name).map(String::as_str));
        if *name != "birth_date" {
            return Arc::new(StringArray::from_iter(cells));
        }
        let days = |text: &str| text.parse::<Date>().unwrap().since(date(1970, 1, 1)).unwrap().get_days();
        Arc::new(Date32Array::from_iter(cells.map(|cell| cell.map(days))))
    };
    let mut columns: Vec<ArrayRef> = COLUMNS.iter().map(column).collect();
    let mut lists = ListBuilder::new(StringBuilder::new()).with_field(Field::new("element", DataType::Utf8, true));
    for row in rows {
        for name in ["birth_date", "sex", "phone"].iter().filter(|name| !row.contains_key(**name)) {
            lists.values().append_value(name);
        }
        lists.append(true);
    }
    columns.push(Arc::new(lists.finish()));
    columns.push(Arc::new(StringArray::from_iter_values(std::iter::repeat_n(run, rows.len()))));
    RecordBatch::try_new(schema(), columns).unwrap()
}

impl Lake {
    pub(super) fn new() -> Self {
        Self::with(MATCHER)
    }

    pub(super) fn with(matcher: &str) -> Self {
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        let mut mistakes = Mistakes::default();
        let root = parse(matcher, &mut mistakes).unwrap();
        let mut matching = read(&Spot::root(&root), folder.path(), &mut mistakes);
        let problems: Vec<String> =
            mistakes.into_problems().into_iter().map(|it| format!("{}: {}", it.path, it.message)).collect();
        assert_eq!(problems, [] as [String; 0]);
        let model = folder.path().join("model.json");
        std::fs::write(&model, MODEL).unwrap();
        let mut matcher = matching.matchers.remove(0);
        matcher.model = Some(model);
        Self {
            store: LocalStore::new(folder.path().join("output")),
            ledger: SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap(),
            engine: engine(&matcher),
            server: server(),
            fault: Mutex::new(None),
            now: Mutex::new("2026-11-02T06:00:00Z".parse().unwrap()),
            runs: Mutex::new(0),
            folder,
        }
    }

    pub(super) fn pass(&self, time: SignedDuration) {
        let mut now = self.now.lock().unwrap();
        *now = now.checked_add(time).unwrap();
    }

    pub(super) fn on<T>(&self, store: &dyn Store, execution: &str, act: impl FnOnce(&World<'_>) -> T) -> T {
        let (scope, now) = (Scope::default(), || *self.now.lock().unwrap());
        act(&World {
            store,
            ledger: &self.ledger,
            kept: self.server.clone().map_or(Kept::Files(self.folder.path()), Kept::Server),
            scope: &scope,
            execution: Some(execution),
            code_version: "0.1.0",
            now: &now,
        })
    }

    pub(super) fn act<T>(&self, act: impl FnOnce(&World<'_>) -> T) -> T {
        self.on(&self.store, "by-test", act)
    }

    /// Publishes a run of a feed beside those that it serves, in files of these rows.
    pub(super) fn publish(&self, feed: &str, files: &[&[Row]]) {
        let publication = Publication::from_path(&format!("intake/persons/{feed}"));
        self.pass(SignedDuration::from_secs(1));
        let number = {
            let mut runs = self.runs.lock().unwrap();
            *runs += 1;
            runs.to_string()
        };
        self.act(|world| {
            let publishing = world.open(&publication).unwrap();
            let mut making = Making {
                publication: &publication,
                identity: &number,
                part: &number,
                made_by: "test",
                as_of: date(2026, 11, 1),
                inputs: Vec::new(),
                counts: BTreeMap::new(),
                details: serde_json::json!({}),
            };
            let id = given(world, &mut making).unwrap();
            let mut writer = RunWriter::begin(&publishing, id.clone()).unwrap();
            for (at, rows) in files.iter().enumerate() {
                let path =
                    format!("partner={}/part-{at:05}.snappy.parquet", if feed == "county" { "county" } else { "bay" });
                let batch = batch(rows, &id.run_id.to_string());
                writer.file(world, &making, &path, (&schema(), &[batch])).unwrap();
            }
            let sealed = writer.seal(world, making, &schema()).unwrap();
            publishing.commit(Swap::run(sealed), Keep::ALL).unwrap();
        });
    }

    /// Takes the run of a feed out that was published so many runs ago.
    pub(super) fn withdraw(&self, feed: &str, at: usize) {
        let publication = Publication::from_path(&format!("intake/persons/{feed}"));
        self.act(|world| {
            let run = current(world.store, &publication).unwrap().unwrap().runs.remove(at).run_id;
            carelake_core::publish::retract(world.desk(&publication), &run).unwrap();
        });
    }

    pub(super) fn reference(&self) -> ReferenceDatabase {
        self.failing(self.act(|world| world.reference("bay").unwrap()))
    }

    fn failing(&self, reference: ReferenceDatabase) -> ReferenceDatabase {
        match &*self.fault.lock().unwrap() {
            Some(fault) => reference.failing(fault),
            None => reference,
        }
    }

    pub(super) fn digest(&self) -> String {
        self.reference().digests().unwrap().all
    }

    pub(super) fn try_run(
        &self,
        store: &dyn Store,
        execution: &str,
        settling: Settling,
    ) -> Result<Settled, MatchError> {
        self.pass(SignedDuration::from_secs(1));
        self.on(store, execution, |world| {
            let mut reference = self.failing(world.reference("bay")?);
            load(world, self.engine, &mut reference)?;
            let plan = plan(world, self.engine, &reference)?;
            (0..plan.ranges).try_for_each(|range| judge(world, self.engine, &reference, (&plan, range)).map(drop))?;
            let settled = settle(world, self.engine, &mut reference, &plan, settling);
            forget();
            settled
        })
    }

    pub(super) fn run(&self, execution: &str) -> Settled {
        self.try_run(&self.store, execution, Settling::default()).unwrap()
    }

    /// The rows of a publication, in their order.
    pub(super) fn rows(&self, publication: &str) -> Vec<Row> {
        let Some(served) = Served::of(&self.store, &Publication::from_path(publication)).unwrap() else {
            return Vec::new();
        };
        let schema = served.schema().unwrap();
        let mut rows = Vec::new();
        for batch in served.batches(&self.store, &schema) {
            let batch = batch.unwrap();
            for at in 0..batch.num_rows() {
                let cells = schema.fields().iter().zip(batch.columns());
                rows.push(
                    cells
                        .filter_map(|(field, column)| Some((field.name().clone(), Shown::of(column)?.text(at)?)))
                        .collect(),
                );
            }
        }
        rows
    }

    /// Every file that a publication serves, by run and path.
    pub(super) fn bytes(&self, publication: &str) -> BTreeMap<String, String> {
        let Some(served) = Served::of(&self.store, &Publication::from_path(publication)).unwrap() else {
            return BTreeMap::new();
        };
        let files = served.manifests.iter().flat_map(|manifest| {
            manifest.files.iter().map(|file| (format!("{}/{}", manifest.run_id, file.path), file.sha256.clone()))
        });
        files.collect()
    }

    pub(super) fn outcome(&self, id: &str) -> (String, String) {
        let rows = self.rows("matching/bay/outcomes");
        let found = rows.into_iter().find(|row| row["patient_id"] == id).unwrap();
        (found["outcome"].clone(), found["reason"].clone())
    }

    pub(super) fn person(&self, feed: &str, id: &str) -> Row {
        let rows = self.rows(&format!("matching/bay/persons/{feed}"));
        rows.into_iter().find(|row| row["patient_id"] == id).unwrap()
    }

    pub(super) fn reviews(&self, looker: &str) -> Vec<Review> {
        let (reference, now) = (self.reference(), *self.now.lock().unwrap());
        let sequence = self.act(|world| shown_sequence(world, "bay").unwrap());
        queue(&reference, Seen { sequence, now, looker, feeds: None }, &Wanted::default()).unwrap()
    }

    pub(super) fn decide(&self, who: (&str, bool), asked: &Asked) -> Result<Made, ReviewError> {
        self.pass(SignedDuration::from_secs(1));
        self.with_desk(|reference, desk| decide(reference, desk, Reviewer { name: who.0, is_lead: who.1 }, asked))
    }

    pub(super) fn with_desk<T>(&self, act: impl FnOnce(&mut ReferenceDatabase, &Desk<'_>) -> T) -> T {
        let (scope, mut reference, now) = (Scope::default(), self.reference(), *self.now.lock().unwrap());
        let audit = Audit::new(&self.ledger, &scope);
        act(&mut reference, &Desk { matcher: "bay", audit, rows: &self.ledger, linker: self.engine, now })
    }
}

pub(super) fn asked(action: Action, review: Option<&Review>, persons: &[&str]) -> Asked {
    Asked {
        action,
        review: review.map(|review| review.id.clone()),
        version: review.map(|review| review.version),
        persons: persons.iter().map(|person| (*person).to_owned()).collect(),
        subject: None,
        comment: None,
    }
}
