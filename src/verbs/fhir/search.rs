//! `carelake fhir search`: a server is searched, and what it finds is shown.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use carelake_core::ErrorKind;
use carelake_fhir::FhirError;
use carelake_fhir::bulk::{Manner, Query};
use carelake_fhir::functions::{failed, search};
use carelake_fhir::views::{compiled, row_of};
use clap::Args;
use jiff::Timestamp;
use tempfile::NamedTempFile;

use super::view::definition;
use super::{named, refuse_aws};
use crate::execution;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, thousands};

/// Search the server of a source; each resource is a line
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake fhir search ehr 'Observation?code=http://loinc.org|4548-4&date=ge2026-01-01&_include=Observation:subject' > found.ndjson
  carelake fhir search ehr 'Patient?birthdate=1970-01-01' --count
  carelake fhir search ehr 'Patient?active=true' --view patients --max 100

A query holds data of patients, so it is sent in the body of the request, and is told nowhere; the history of your shell may keep it.
With --json only counts are shown.")]
pub(crate) struct Search {
    /// The source
    #[arg(value_name = "SOURCE")]
    source: String,
    /// The type, and what is asked of it
    #[arg(value_name = "QUERY")]
    query: String,
    /// Matches, at most
    #[arg(long, value_name = "N")]
    max: Option<u64>,
    /// Only how many there are
    #[arg(long)]
    count: bool,
    /// Rows of a view, and not resources
    #[arg(long, value_name = "VIEW", conflicts_with = "count")]
    view: Option<String>,
    /// Write to a file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Ask by GET: the query is in the address then, which servers and proxies on the way write into their logs
    #[arg(long)]
    get: bool,
}

impl Search {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        refuse_aws(&lake)?;
        let source = named(&lake, &self.source)?;
        let query = Query::read(&self.query, self.count).ok_or_else(|| {
            Failure::argument("a query begins with a type of FHIR")
                .advise("carelake fhir search ehr 'Patient?active=true'")
        })?;
        let told = |error: FhirError| Failure::from(failed(&error));
        let views = self
            .view
            .as_deref()
            .map(|view| compiled(&[definition(view)?], Timestamp::now()).map_err(told))
            .transpose()?;
        let unwritten = |error: &std::io::Error| {
            let path = self.out.as_deref().unwrap_or(Path::new("-")).display();
            Failure::new(ErrorKind::STORAGE, format!("{path}: {error}")).advise("see to the folder that --out names")
        };
        // Beside it, for its owner alone: what was there stays until all is found.
        let file = self.out.as_deref().map(beside).transpose().map_err(|error| unwritten(&error))?;
        let mut file = file.map(BufWriter::new);
        let named = self.out.as_ref().map_or_else(String::new, |path| path.display().to_string());
        let is_shown = file.is_some() || !global.json && !self.count;
        let mut full: Option<Failure> = None;
        let mut show = |line: &str| match &mut file {
            Some(file) => writeln!(file, "{line}").map_err(|cause| {
                full = Some(unwritten(&cause));
                FhirError::Read { file: named.clone(), cause }
            }),
            None => {
                output::line(line);
                Ok(())
            }
        };
        let manner = Manner { max: self.max, is_count: self.count, is_get: self.get };
        let local = execution::runner(lake)?;
        let mut put = |text: &str| match &views {
            _ if !is_shown => Ok(()),
            None => show(text),
            Some(views) => row_of(views, text, &source.bases)?.lines().try_for_each(&mut show),
        };
        let found = local.with_context(&|| false, |context| search(context, &source, (&query, manner), &mut put));
        let found = found.map_err(|failure| full.unwrap_or_else(|| failure.into()))?;
        if let (Some(file), Some(path)) = (file, &self.out) {
            let kept = file.into_inner().map_err(std::io::IntoInnerError::into_error);
            let kept = kept.and_then(|file| file.persist(path).map_err(|error| error.error));
            kept.map_err(|error| unwritten(&error))?;
        }
        if global.json {
            output::json(&found)?;
        } else if self.count {
            output::line(found.total.map_or_else(|| "the server does not say".to_owned(), thousands));
        } else {
            let [matches, included] = [found.matches, found.included].map(thousands);
            output::aside(format_args!("{matches} found, {included} included, {} pages", found.pages));
        }
        if found.outcomes + found.without_resource > 0 {
            let (outcomes, without) = (found.outcomes, found.without_resource);
            output::aside(format_args!("warning: {outcomes} outcomes, {without} entries without a resource"));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Makes a file beside another that its owner alone can read; it goes when it does not become the other.
fn beside(path: &Path) -> std::io::Result<NamedTempFile> {
    if path.exists() && !path.is_file() {
        return Err(std::io::Error::other("it is there, and is no file"));
    }
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => NamedTempFile::new_in(folder),
        None => NamedTempFile::new_in("."),
    }
}
