//! What comes in batches: messages of a queue or a stream, and files that arrive.

use std::collections::BTreeSet;

use carelake_arrivals::events::{Event, EventError, Message, Object, decode};
use carelake_core::config::Location;
use carelake_core::{ErrorKind, causes};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Log};
use serde_json::Value;

use crate::config::Hl7;
use crate::inbox::{self, INBOX, Parts};
use crate::posted::Posted;
use crate::receive::{Arrival, receive};
use crate::world::{Hl7Error, World};

/// Takes messages of a queue or a stream. What comes again is what is not kept, and nothing else: what cannot be used is in the error
/// zone and keeps nobody waiting.
pub(crate) fn stream(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let config = Hl7::of_config(context.services.config);
    take_messages(&World::of(context, &config), context.log, payload)
}

/// Takes messages of a queue or a stream, as [`stream`] says.
pub(crate) fn take_messages(world: &World<'_>, log: &dyn Log, payload: &Value) -> Result<Value, Failure> {
    each(log, payload, &|event| match event {
        // A text has no character set of its own any more, whatever the message says.
        Event::Text(text) => taken((world, log), text.as_bytes(), ("sqs", Some("utf-8"))),
        Event::Record(record) => taken((world, log), &record.data, ("kinesis", None)),
        _ => Ok(()),
    })
}

/// Takes files that arrived in the place of what is received.
pub(crate) fn drop_in(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let config = Hl7::of_config(context.services.config);
    let world = World::of(context, &config);
    each(context.log, payload, &|event| match event {
        Event::Object(object) if object.is_there => file(context, &world, object),
        _ => Ok(()),
    })
}

type Take<'t> = &'t dyn Fn(&Event) -> Result<(), Failure>;

/// Does something with each message of a batch, and answers which are to come again.
fn each(log: &dyn Log, payload: &Value, take: Take<'_>) -> Result<Value, Failure> {
    let unread = |error: EventError| Failure::new(error.kind(), error.to_string());
    let batch = decode(payload).map_err(unread)?;
    let one = |message: &Message| {
        let events = message.events.as_ref().map_err(|error| unread(*error))?;
        events.iter().try_for_each(take)
    };
    let mut failed = BTreeSet::new();
    for (place, message) in batch.messages.iter().enumerate() {
        if let Err(failure) = one(message) {
            log.warning(&failure);
            failed.insert(place);
        }
    }
    batch
        .answer(&failed)
        .ok_or_else(|| Failure::new(ErrorKind::INVALID_CONFIG, "the call brings no messages of a queue or a stream"))
}

fn taken(
    (world, log): (&World<'_>, &dyn Log),
    bytes: &[u8],
    (way, encoding): (&str, Option<&str>),
) -> Result<(), Failure> {
    let posted = Posted::read(bytes);
    let (bytes, encoding) = match &posted {
        Some(posted) => (posted.bytes.as_slice(), posted.encoding.as_deref()),
        None => (bytes, encoding),
    };
    match receive(world, &Arrival { bytes, encoding, way, by: "", is_answered: true }) {
        Ok(_) => Ok(()),
        // The sweep finishes it.
        Err(not_taken) if not_taken.is_durable => {
            log.warning(&format_args!("a message is kept, and is entered later: {}", causes(&not_taken)));
            Ok(())
        }
        Err(not_taken) => Err(not_taken.cause.into()),
    }
}

fn file(context: &Context<'_>, world: &World<'_>, object: &Object) -> Result<(), Failure> {
    let Some(key) = arrived(context, &object.key) else { return Ok(()) };
    let version = object.version.clone().or_else(|| object.sequencer.clone()).unwrap_or_default();
    let failed = |cause: Hl7Error| Failure::from(cause);
    let parts = Parts::of(world.raw, &key).map_err(|cause| failed(cause.into()))?;
    inbox::take(world, &key, &version, parts).map(drop).map_err(|error| Failure::new(error.kind(), causes(&error)))
}

/// Returns the key of an object of the inbox as its store knows it.
fn arrived(context: &Context<'_>, key: &str) -> Option<String> {
    let config = context.services.config;
    let raw = config.head.places(context.environment).map(|places| &places.raw);
    let input = || config.environment(context.environment).map(|environment| &environment.input);
    let prefix = match raw.or_else(input) {
        Some(Location::S3 { prefix, .. }) => prefix.as_str(),
        _ => "",
    };
    let key = key.strip_prefix(prefix)?.trim_start_matches('/');
    (key.starts_with(INBOX) && inbox::is_whole(key)).then(|| key.to_owned())
}
