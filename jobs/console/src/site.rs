//! The pages as files, which open from a disk without a server.
//!
//! What shows persons, what can be done and the audit are left out. The files follow from the ledger and the output alone: no clock is in
//! them, so that equal lakes have equal files. They are written beside the folder and take its place when all are there.

use std::collections::{BTreeSet, VecDeque};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use carelake_pipeline::page::{Cell, Page};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Room};
use carelake_tabular::job::Services;
use jiff::Timestamp;

use crate::console::files;
use crate::draw::links::{file, path};
use crate::draw::{Frame, Links, NavItem, page};
use crate::own::{self, Asked, Known};
use crate::session::form::Fields;

/// What says that a folder is ours to replace.
const MARK: &str = ".carelake-site";
/// Where reading begins.
const FIRST: &str = "/runs";
/// What is for who signed in alone.
const LEFT_OUT: [&str; 2] = ["/audit", "/find"];

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Site {
    /// Pages.
    pub pages: usize,
}

/// A site that cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// The folder holds something else.
    #[error("{folder} holds something that is no site of carelake, and is left alone")]
    Foreign {
        /// The folder.
        folder: PathBuf,
    },
    /// A file cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// What is to be shown cannot be read.
    #[error("{0}")]
    Failure(Failure),
}

impl From<Failure> for SiteError {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl Site {
    /// Writes the pages of these rooms into a folder, which takes the place of a site that is there.
    ///
    /// # Errors
    /// [`SiteError::Foreign`] where the folder holds something else; [`SiteError::Write`]; [`SiteError::Failure`].
    pub fn write(context: &Context<'_>, rooms: &'static [&'static Room], folder: &Path) -> Result<Self, SiteError> {
        let is_there = check(folder)?;
        let beside = beside(folder);
        if beside.exists() {
            fs::remove_dir_all(&beside).map_err(failed(&beside))?;
        }
        let moment = last_moment(context)?;
        let now = || moment;
        let context = Context { services: Services { now: &now, ..context.services }, ..*context };
        let pages = write_all(&context, rooms, &beside)?;
        if is_there {
            let old = beside.with_extension("old");
            fs::rename(folder, &old).map_err(failed(folder))?;
            fs::rename(&beside, folder).map_err(failed(folder))?;
            fs::remove_dir_all(&old).map_err(failed(&old))?;
        } else {
            // An empty folder gives way.
            let _ = fs::remove_dir(folder);
            fs::rename(&beside, folder).map_err(failed(folder))?;
        }
        Ok(Self { pages })
    }
}

/// Answers whether a site is there; refuses anything else.
fn check(folder: &Path) -> Result<bool, SiteError> {
    let mut entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        entries => entries.map_err(failed(folder))?,
    };
    let is_site = folder.join(MARK).is_file();
    if !is_site && entries.next().is_some() {
        return Err(SiteError::Foreign { folder: folder.to_owned() });
    }
    Ok(is_site)
}

/// Returns a folder beside this one, on the same disk.
fn beside(folder: &Path) -> PathBuf {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    folder.with_file_name(format!(".{name}.new"))
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> SiteError {
    let path = path.to_owned();
    move |source| SiteError::Write { path, source }
}

/// Returns when something happened last, as far as runs tell; that is what ages count to.
fn last_moment(context: &Context<'_>) -> Result<Timestamp, SiteError> {
    let last = context.services.ledger.runs(1).map_err(Failure::from)?.into_iter().next();
    Ok(last.map_or(Timestamp::UNIX_EPOCH, |run| run.finished_at.unwrap_or(run.started_at)))
}

fn write_all(context: &Context<'_>, rooms: &'static [&'static Room], folder: &Path) -> Result<usize, SiteError> {
    let nav: Vec<NavItem> =
        own::nav(rooms).into_iter().filter(|item| !LEFT_OUT.contains(&item.path.as_str())).collect();
    let mut waiting: VecDeque<String> = nav.iter().map(|item| item.path.clone()).collect();
    let mut known: BTreeSet<String> = waiting.iter().cloned().collect();
    let (query, known_runs) = (Fields::new(), Known::default());
    let mut pages = 0;
    let mut shown_nav = Vec::new();
    let mut all = Vec::new();
    while let Some(at) = waiting.pop_front() {
        let asked = Asked { context, rooms, query: &query, counts: None, known: &known_runs, by: None };
        let Some(shown) = own::show(&asked, &at)?.filter(|shown| !shown.shows_persons) else { continue };
        for link in links(&shown.page) {
            if known.insert(link.clone()) {
                waiting.push_back(link);
            }
        }
        shown_nav.push(at.clone());
        all.push((at, shown));
    }
    let nav: Vec<NavItem> = nav.into_iter().filter(|item| shown_nav.contains(&item.path)).collect();
    let there: BTreeSet<&str> = all.iter().map(|(at, _)| at.as_str()).collect();
    let there: BTreeSet<String> = there.into_iter().map(str::to_owned).collect();
    for (at, shown) in &mut all {
        unlink(&mut shown.page, &there);
        let name = file(at);
        let depth = name.matches('/').count();
        write_page(context, &nav, (at, depth), shown, &folder.join(&name))?;
        if at == FIRST {
            write_page(context, &nav, (at, 0), shown, &folder.join("index.html"))?;
        }
        pages += 1;
    }
    for (name, bytes) in files() {
        put(&folder.join(name), bytes)?;
    }
    put(&folder.join(MARK), b"carelake site\n")?;
    Ok(pages)
}

fn write_page(
    context: &Context<'_>,
    nav: &[NavItem],
    (at, depth): (&str, usize),
    shown: &crate::draw::Shown,
    to: &Path,
) -> Result<(), SiteError> {
    let links = Links::Filed { depth };
    let frame = Frame {
        links: &links,
        environment: context.environment,
        nav,
        session: None,
        path: at,
        query: "",
        refused: None,
    };
    put(to, page(&frame, shown, false).as_bytes())
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), SiteError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed(folder))?;
    }
    fs::write(path, bytes).map_err(failed(path))
}

/// Returns the cells of a page.
fn cells(page: &mut Page) -> impl Iterator<Item = &mut Cell> {
    let facts = page.facts.iter_mut().map(|fact| &mut fact.cell);
    facts.chain(page.tables.iter_mut().flat_map(|table| table.rows.iter_mut().flat_map(|row| &mut row.cells)))
}

fn links(page: &Page) -> Vec<String> {
    let mut page = page.clone();
    cells(&mut page).filter_map(|cell| if let Cell::Link { to, .. } = cell { Some(path(to)) } else { None }).collect()
}

/// Makes words of what leads to a page that is not among the files.
fn unlink(page: &mut Page, there: &BTreeSet<String>) {
    for cell in cells(page) {
        if let Cell::Link { text, to } = cell
            && !there.contains(&path(to))
        {
            *cell = Cell::Text(std::mem::take(text));
        }
    }
}
