//! `carelake site`: the pages as files.

use std::path::PathBuf;
use std::process::ExitCode;

use carelake_console::{Site, SiteError};
use carelake_core::{ErrorKind, causes};
use clap::Args;
use serde_json::json;

use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::registry::ROOMS;
use crate::{execution, output};

/// Write the pages as files that open from a disk, without a server
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake site ./site
  carelake site --env local /srv/www/lake

Persons, the audit and what can be done from pages are left out. The folder is made when it is not there; a site that is there is
replaced when the new one is whole, and a folder that holds something else is left alone.")]
pub(crate) struct SiteVerb {
    /// The folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl SiteVerb {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        lake.existing_ledger()?;
        let local = execution::runner(lake)?;
        let mut written = None;
        local.with_context(&|| false, |context| {
            written = Some(Site::write(context, ROOMS.0, &self.folder));
            Ok(())
        })?;
        let site = written.ok_or_else(|| Failure::new(ErrorKind::INTERNAL, "no site was written"))??;
        let index = self.folder.join("index.html");
        if global.json {
            output::json(&json!({ "pages": site.pages, "index": index }))?;
        } else {
            output::line(format_args!("{} pages; open {}", site.pages, index.display()));
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl From<SiteError> for Failure {
    fn from(error: SiteError) -> Self {
        match error {
            SiteError::Failure(failure) => failure.into(),
            SiteError::Foreign { .. } => {
                Self::argument(error.to_string()).advise("name a folder that is not there yet, or an empty one")
            }
            SiteError::Write { .. } => Self::new(ErrorKind::STORAGE, causes(&error)),
        }
    }
}
