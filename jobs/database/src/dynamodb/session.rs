//! DynamoDB as a session that only reads.

use std::collections::BTreeSet;
use std::future::Future;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_config::Region;
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use carelake_aws_client::Calls;

use super::catalogue;
use super::fault::Fault;
use super::grants::missing;
use super::scan::scan;
use crate::address::{Address, Target};
use crate::error::DatabaseError;
use crate::items::{DATABASE, ItemRows};
use crate::moment::{Moment, Open};
use crate::reading::{Bound, Condition, Counts, Reading, Taker};
use crate::relation::Relation;
use crate::session::{Grant, Server, Session, Snapshot};

/// Calls DynamoDB for a source.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) source: String,
    pub(super) client: aws_sdk_dynamodb::Client,
    pub(super) percent: u8,
    calls: Calls,
}

impl Caller {
    pub(super) fn new(source: &str, address: &Address) -> Result<Self, DatabaseError> {
        let unavailable = || DatabaseError::Unavailable {
            server: source.to_owned(),
            doing: "starting the client of AWS".to_owned(),
            code: None,
        };
        let (region, percent) = match address {
            Address::Region { name, percent } => (name.clone(), *percent),
            Address::Host { .. } | Address::Socket(_) => (None, 100),
        };
        let calls = Calls::load().map_err(|_| unavailable())?;
        let mut config = aws_sdk_dynamodb::config::Builder::from(calls.config());
        config.set_region(region.map(Region::new).or_else(|| calls.config().region().cloned()));
        let client = aws_sdk_dynamodb::Client::from_conf(config.build());
        Ok(Self { source: source.to_owned(), client, percent, calls })
    }

    /// Waits for the answer of a call, which may be a refusal.
    pub(super) fn ask<T: Send, E: ProvideErrorMetadata + Send>(
        &self,
        doing: &str,
        call: impl Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
    ) -> Result<Result<T, Fault>, DatabaseError> {
        let unavailable =
            |_| DatabaseError::Unavailable { server: self.source.clone(), doing: doing.to_owned(), code: None };
        let answered = self.calls.wait(call).map_err(unavailable)?;
        Ok(answered.map_err(|error| Fault::of(&error)))
    }

    /// Waits for the answer of a call.
    pub(super) fn call<T: Send, E: ProvideErrorMetadata + Send>(
        &self,
        doing: &str,
        call: impl Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
    ) -> Result<T, DatabaseError> {
        self.ask(doing, call)?.map_err(|fault| fault.error(&self.source, doing))
    }
}

/// Opens a session.
///
/// # Errors
/// [`DatabaseError::Unavailable`] where the client cannot be started; credentials are looked for when the first call is made.
pub fn connect(target: &Target) -> Result<Box<dyn Session>, DatabaseError> {
    let caller = Caller::new(&target.source, &target.address)?;
    let server = Server {
        version: "DynamoDB".to_owned(),
        identifier: None,
        is_replica: false,
        zone: "UTC".to_owned(),
        has_daylight_saving: false,
    };
    Ok(Box::new(DynamoSession { caller, server }))
}

struct DynamoSession {
    caller: Caller,
    server: Server,
}

impl DynamoSession {
    /// What is no part of DynamoDB is never asked for.
    fn not_here(&self, doing: &str) -> DatabaseError {
        DatabaseError::Protocol { server: self.caller.source.clone(), doing: doing.to_owned() }
    }
}

impl Session for DynamoSession {
    fn server(&self) -> &Server {
        &self.server
    }

    fn label(&mut self, _application: &str) -> Result<(), DatabaseError> {
        Ok(())
    }

    fn databases(&mut self) -> Result<Vec<String>, DatabaseError> {
        Ok(vec![DATABASE.to_owned()])
    }

    fn relations(&mut self, databases: &[String]) -> Result<Vec<Relation>, DatabaseError> {
        if databases.iter().any(|it| it == DATABASE) { catalogue::relations(&self.caller) } else { Ok(Vec::new()) }
    }

    fn attributes(&mut self, relation: &Relation) -> Result<BTreeSet<String>, DatabaseError> {
        let mut names = BTreeSet::new();
        scan(&self.caller, relation, &mut |item| {
            names.extend(item.into_keys());
            Ok(())
        })?;
        Ok(names)
    }

    fn moment(&mut self) -> Result<Moment, DatabaseError> {
        // It tells no clock, and no window begins at this one.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(Moment { clock: i64::try_from(now.as_micros()).unwrap_or(i64::MAX), oldest: Open::Unknown, xmin: None })
    }

    fn begin(&mut self, _join: Option<&Snapshot>) -> Result<Option<Snapshot>, DatabaseError> {
        Ok(None)
    }

    fn end(&mut self) -> Result<(), DatabaseError> {
        Ok(())
    }

    fn read(&mut self, reading: &Reading<'_>, taker: &mut dyn Taker) -> Result<Counts, DatabaseError> {
        let mut rows = ItemRows::new(reading, taker);
        scan(&self.caller, reading.relation, &mut |item| rows.push(&item))?;
        rows.finish()
    }

    fn checksum(&mut self, _: &Relation, _: &[usize], _: &[Condition]) -> Result<(u64, u64), DatabaseError> {
        Err(self.not_here("asking for a checksum"))
    }

    fn bounds(&mut self, _relation: &Relation, _parts: usize) -> Result<Vec<Vec<Bound>>, DatabaseError> {
        Ok(Vec::new())
    }

    fn listed(&mut self, _statement: &str, _most: usize) -> Result<Vec<Vec<Option<String>>>, DatabaseError> {
        Err(self.not_here("asking for a list"))
    }

    fn has_snapshots(&self) -> bool {
        false
    }

    fn grants(&mut self) -> Result<(Vec<Grant>, Vec<String>), DatabaseError> {
        Ok((missing(&self.caller)?, Vec::new()))
    }
}
