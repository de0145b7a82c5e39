//! A local lake that real jobs publish the golden inputs into, as if it were the bucket of `dev`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use carelake_catalog::{Catalog, Lake};
use carelake_core::ledger::SqliteLedger;
use carelake_core::names::Publication;
use carelake_core::publish::{self, Entry, Manifest, Pointer};
use carelake_core::store::{LocalStore, Store};
use carelake_tabular::config::Config;
use carelake_tabular::inputs::Inputs;
use carelake_tabular::job::{Dataset, Request, Services, run};

use crate::rig::{DATABASE, Rig};

/// The configuration that is shipped.
pub fn config() -> Config {
    Config::parse(include_str!("../../../../pipeline_config.yaml"), Path::new("pipeline_config.yaml")).unwrap()
}

/// What the tables of `dev` have in common.
pub fn dev() -> Lake {
    let config = config();
    Lake::new(&config, config.environment("dev").unwrap(), DATABASE).unwrap()
}

/// Opens the catalog of `dev`.
pub fn catalog(rig: &Rig) -> Catalog {
    Catalog::new(rig.client(), dev()).unwrap()
}

/// What a publication serves.
pub struct Served {
    pub publication: Publication,
    pub pointer: Pointer,
    pub manifest: Manifest,
}

impl Served {
    /// Makes the same, as if it had been published once more as another run.
    pub fn again(&self, run: &str, sequence: u64) -> Self {
        let (mut pointer, mut manifest) = (self.pointer.clone(), self.manifest.clone());
        manifest.run_id = run.parse().unwrap();
        (pointer.run_id, pointer.runs) = (Some(manifest.run_id.clone()), vec![Entry::of(&manifest)]);
        (pointer.sequence, pointer.content) = (sequence, sequence);
        Self { publication: self.publication.clone(), pointer, manifest }
    }
}

/// A folder that takes the place of the bucket.
pub struct Published {
    folder: tempfile::TempDir,
}

impl Published {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// Returns the folder that takes the place of the bucket.
    pub fn output(&self) -> PathBuf {
        self.folder.path().join("output")
    }

    /// Publishes one publication from the inputs of a golden case.
    pub fn publish(&self, path: &str, run_id: &str, dataset: &Dataset) -> Served {
        let publication = Publication::from_path(path);
        let text = include_str!("../../../../pipeline_config.yaml").replace("min_rows: 1\n", "min_rows: 0\n");
        let config = Arc::new(Config::parse(&text, Path::new("pipeline_config.yaml")).unwrap());
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures");
        let input: Arc<dyn Store> =
            Arc::new(LocalStore::new(fixtures.join(publication.dataset()).join("typical/input")));
        let inputs = Inputs::new(Arc::clone(&config), input, self.folder.path());
        let (output, rejects) = (LocalStore::new(self.output()), LocalStore::new(self.folder.path().join("rejects")));
        let ledger = SqliteLedger::open(&self.folder.path().join("ledger.sqlite")).unwrap();
        let services = Services::new(&config, &inputs, &output, &rejects, &ledger);
        let request = Request { accept_loss: true, ..Request::new(publication.clone(), run_id.parse().unwrap()) };
        run(services, &request, dataset).unwrap();
        let (pointer, manifest) = publish::current_run(&output, &publication).unwrap().unwrap();
        Served { publication, pointer, manifest }
    }
}
