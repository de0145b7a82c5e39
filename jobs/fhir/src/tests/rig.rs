//! A source of a server that is scripted, on the stores of this machine, with a clock that passes when it is waited on.

use std::collections::BTreeMap;
use std::sync::Arc;

use carelake_core::ErrorKind;
use carelake_core::publish::current;
use carelake_core::store::Store;

use super::server::{Fake, Known, Time};
use super::world::{Lake, resource, source};
use crate::FhirError;
use crate::config::{Kind, Source};
use crate::run::{RunRequest, RunResult, Way, run_bulk};
use crate::settle::State;

pub(super) const DAY_1: &str = "2026-03-01T02:00:00.000Z";
pub(super) const DAY_2: &str = "2026-03-02T02:00:00.000Z";

pub(super) struct Rig {
    pub(super) lake: Lake,
    pub(super) fake: Fake,
    pub(super) time: Arc<Time>,
    pub(super) secrets: Known,
    pub(super) source: Source,
}

impl Rig {
    pub(super) fn new(more: &str) -> Self {
        let fake = Fake::start();
        let text = format!("kind: bulk, base: \"{}\", max_reject_ratio: 1{more}", fake.base());
        let secrets = Known(BTreeMap::from([("TOKEN".to_owned(), "sesame".to_owned())]));
        let rig = Self { lake: Lake::new(), fake, time: Time::new(), secrets, source: source(&text) };
        rig.fake.exports(DAY_1, &[patient("a"), patient("b")]);
        rig
    }

    pub(super) fn ask(&self, request: &RunRequest) -> Result<RunResult, FhirError> {
        self.lake.pass(jiff::SignedDuration::from_secs(1));
        self.ask_on(&self.lake.store, request)
    }

    pub(super) fn ask_on(&self, store: &dyn Store, request: &RunRequest) -> Result<RunResult, FhirError> {
        let way = Way { secrets: &self.secrets, clock: self.time.clone(), proxy: None };
        let Kind::Bulk(bulk) = &self.source.kind else { panic!() };
        self.lake.on((store, &self.lake.rejects), |world| run_bulk(world, &self.source, bulk, request, &way))
    }

    pub(super) fn run(&self) -> Result<RunResult, FhirError> {
        self.ask(&RunRequest::default())
    }

    pub(super) fn kind(&self) -> &'static ErrorKind {
        let error = self.run().unwrap_err();
        let told = carelake_core::causes(&error);
        assert!(!told.contains("sig=") && !told.contains("sesame") && !told.contains("/status/"), "{told}");
        error.kind()
    }

    pub(super) fn state(&self) -> State {
        let pointer = current(&self.lake.store, &self.source.changes()).unwrap();
        State::of(&self.source, pointer.as_ref()).unwrap()
    }

    pub(super) fn until(&self) -> BTreeMap<String, String> {
        self.state().until.into_iter().map(|(name, at)| (name, at.to_string())).collect()
    }

    pub(super) fn there(&self) -> Vec<String> {
        self.lake.there(&self.source)
    }
}

pub(super) fn patient(id: &str) -> String {
    resource("Patient", id, 1, "2026-02-01T00:00:00Z")
}
