//! Making the tables say what the pointers say.

use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_sdk_glue::Client;
use carelake_core::names::Publication;
use carelake_core::publish::{Manifest, Pointer};
use serde::Serialize;

use crate::client::{Tables, Written};
use crate::definition::Definition;
use crate::difference::{self, Difference, SchemaChange, What};
use crate::error::{CatalogError, EncodeCause};
use crate::lake::{Lake, table_name};
use crate::runtime::Runtime;
use crate::view;

/// How often a table is read again after somebody else changed it.
const ATTEMPTS: u32 = 8;
/// The wait before the second attempt; each further one is twice as long: 0.05 + 0.1 + … + 3.2 = 6.35 s in all.
const FIRST_WAIT: Duration = Duration::from_millis(50);

/// The tables of one environment. Calls wait for their answers, so they are not for threads that drive futures: in an
/// asynchronous handler they belong into `spawn_blocking`.
#[derive(Debug)]
pub struct Catalog {
    tables: Tables,
    lake: Lake,
    runtime: Runtime,
}

/// What became of the table of a publication, and of the view that it is part of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flipped {
    /// The table.
    pub table: Outcome,
    /// The view over the feeds, if the publication is a feed.
    pub view: Option<Outcome>,
}

/// What became of a table or view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was not there and was made.
    Created,
    /// It said something else and was changed.
    Updated {
        /// What changed in its columns; nothing when only the run did.
        schema: SchemaChange,
    },
    /// It said so already.
    Unchanged,
    /// It was left alone, because it already follows a later pointer.
    Newer {
        /// The sequence of that pointer.
        sequence: u64,
    },
}

impl Catalog {
    /// Opens the catalog of an environment. The client must be the catalog's own: its connections live on the catalog's thread.
    ///
    /// # Errors
    /// [`CatalogError::Runtime`] when no thread can be started.
    pub fn new(client: Client, lake: Lake) -> Result<Self, CatalogError> {
        Ok(Self { tables: Tables { client, database: lake.database.clone() }, lake, runtime: Runtime::start()? })
    }

    /// Opens the catalog of an environment with credentials, region and endpoint as every AWS program finds them.
    ///
    /// # Errors
    /// [`CatalogError::Runtime`] when no thread can be started.
    pub fn load(lake: Lake) -> Result<Self, CatalogError> {
        let runtime = Runtime::start()?;
        let config = runtime.wait(async { Ok(aws_config::load_defaults(BehaviorVersion::v2026_01_12()).await) })?;
        Ok(Self { tables: Tables { client: Client::new(&config), database: lake.database.clone() }, lake, runtime })
    }

    /// Makes the table of a publication say what its pointer says, and the view over the feeds what their tables say.
    /// This is also how a table is mended. Flipping again changes nothing, and a table that follows a later pointer stays.
    ///
    /// # Errors
    /// [`CatalogError`]; the table is then as it was, or as it should be.
    pub fn flip(
        &self,
        publication: &Publication,
        pointer: &Pointer,
        manifests: &[Manifest],
    ) -> Result<Flipped, CatalogError> {
        let expected = Definition::of(&self.lake, publication, pointer, manifests)?;
        self.runtime.wait(async {
            let table = self.settle(&expected.name, async || Ok(Some(expected.clone()))).await?;
            let view = match self.feeds(publication) {
                Some(feeds) => {
                    let name = publication.dataset();
                    Some(self.settle(name, async || self.view(name, feeds).await).await?)
                }
                None => None,
            };
            Ok(Flipped { table, view })
        })
    }

    /// Makes a view of this name over those of these publications that have a table; without any of them it stays as it is. A name
    /// that a dataset has is the dataset's.
    ///
    /// # Errors
    /// [`CatalogError`]; the view is then as it was, or as it should be.
    pub fn unite(&self, name: &str, publications: &[Publication]) -> Result<Outcome, CatalogError> {
        if self.lake.partition_by.contains_key(name) {
            return Ok(Outcome::Unchanged);
        }
        self.runtime.wait(self.settle(name, async || self.view(name, publications).await))
    }

    /// Makes a view over the table of a publication; without the table nothing is done. `question` words it in SQL, of the name of the table
    /// as SQL writes it and its columns; it asks for all of them.
    ///
    /// # Errors
    /// [`CatalogError`]; the view is then as it was, or as it should be.
    pub fn declare_view(
        &self,
        view: &Publication,
        over: &Publication,
        question: &(dyn Fn(&str, &[&str]) -> String + Sync),
    ) -> Result<Outcome, CatalogError> {
        let (name, table) = (table_name(view), table_name(over));
        let encode = |cause| CatalogError::Encode { table: name.clone(), cause: EncodeCause::Json(cause) };
        self.runtime.wait(self.settle(&name, async || {
            let Some(found) = self.tables.get(&table).await? else { return Ok(None) };
            view::over(&self.lake.database, &name, &found.definition, question).map(Some).map_err(encode)
        }))
    }

    /// Returns where the table of a publication, and the view that it is part of, disagree with its pointer. Changes nothing.
    ///
    /// # Errors
    /// [`CatalogError`] when Glue cannot be asked.
    pub fn compare(
        &self,
        publication: &Publication,
        pointer: &Pointer,
        manifests: &[Manifest],
    ) -> Result<Vec<Difference>, CatalogError> {
        let expected = Definition::of(&self.lake, publication, pointer, manifests)?;
        self.runtime.wait(async {
            let mut differences = self.differences(&expected).await?;
            if let Some(feeds) = self.feeds(publication)
                && let Some(view) = self.view(publication.dataset(), feeds).await?
            {
                differences.extend(self.differences(&view).await?);
            }
            Ok(differences)
        })
    }

    async fn differences(&self, expected: &Definition) -> Result<Vec<Difference>, CatalogError> {
        let what = match self.tables.get(&expected.name).await? {
            Some(found) => difference::between(&found.definition, expected),
            None => vec![What::Missing],
        };
        Ok(what.into_iter().map(|what| Difference { table: expected.name.clone(), what }).collect())
    }

    fn feeds(&self, publication: &Publication) -> Option<&[Publication]> {
        publication.feed()?;
        self.lake.feeds.get(publication.dataset()).map(Vec::as_slice)
    }

    /// Declares the view over those feeds that have a table.
    async fn view(&self, name: &str, feeds: &[Publication]) -> Result<Option<Definition>, CatalogError> {
        let mut tables = Vec::new();
        for feed in feeds {
            tables.extend(self.tables.get(&table_name(feed)).await?.map(|found| found.definition));
        }
        view::of(&self.lake.database, name, &tables)
            .map_err(|cause| CatalogError::Encode { table: name.to_owned(), cause: EncodeCause::Json(cause) })
    }

    /// Makes a table say what `declare` declares, by compare-and-swap. Declares anew each time that others came between: what
    /// a view should say depends on tables that they may have changed.
    async fn settle(
        &self,
        name: &str,
        declare: impl AsyncFn() -> Result<Option<Definition>, CatalogError>,
    ) -> Result<Outcome, CatalogError> {
        // A write whose answer was lost is found to have been made, by whoever: what it changed is still to be told.
        let mut attempted = None;
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                tokio::time::sleep(FIRST_WAIT * 2_u32.pow(attempt - 1)).await;
            }
            let found = self.tables.get(name).await?;
            let Some(expected) = declare().await? else { return Ok(Outcome::Unchanged) };
            let (written, outcome) = match found {
                None => (self.tables.create(&expected).await?, Outcome::Created),
                Some(found) => {
                    let differences = difference::between(&found.definition, &expected);
                    if let [What::Ahead { table, .. }] = differences.as_slice() {
                        return Ok(Outcome::Newer { sequence: *table });
                    }
                    if differences.is_empty() {
                        return Ok(attempted.unwrap_or(Outcome::Unchanged));
                    }
                    let schema = SchemaChange::between(&found.definition.columns, &expected.columns);
                    (self.tables.update(&expected, &found).await?, Outcome::Updated { schema })
                }
            };
            if written == Written::Done {
                return Ok(outcome);
            }
            attempted.get_or_insert(outcome);
        }
        Err(CatalogError::Contended { table: name.to_owned(), attempts: ATTEMPTS })
    }
}
