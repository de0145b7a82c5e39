//! What a deployment of rooms is made from: functions, definitions and listeners as JSON, with what an environment decides.

use std::collections::BTreeSet;

use carelake_core::config::Environment;
use carelake_core::config::reader::{Mistakes, Spot};
use carelake_tabular::config::Config;
use serde_json::{Value, json};

use super::function::{BatchSource, Function, Handler, Need, Place, Size};
use super::http::Route;
use super::place::{machine_name, machine_placeholder};
use super::room::{Definition, Room};
use super::secrets::named;

/// The memory of the largest function there is, and its disk, in MiB.
const LARGEST_MIB: u32 = 10_240;
/// The key under which a configuration says what is fetched from servers of others.
const FETCH: &str = "fetch";
/// The key under which a stream names a server that is asked while its records are taken.
const HTTP: &str = "http";
/// The key under which a source says what its server is.
const ENGINE: &str = "engine";
/// What a source calls its engine that is DynamoDB.
const DYNAMODB: &str = "dynamodb";

/// Describes rooms as they are deployed to an environment; `definitions` is the folder of their definitions in the project.
#[must_use]
pub fn deployed(rooms: &[&Room], config: &Config, environment: &Environment, definitions: &str) -> Value {
    let functions = rooms.iter().flat_map(|room| room.functions.iter().map(move |it| (room, it)));
    let functions: Vec<Value> = functions.map(|(room, it)| function(room, it, config, environment)).collect();
    let machines = rooms.iter().flat_map(|room| room.definitions.iter().map(move |it| (room, it)));
    let machines: Vec<Value> = machines.map(|(room, it)| definition(room, it, environment, definitions)).collect();
    let listens = rooms.iter().flat_map(|room| room.listens.iter().map(move |it| (room, it)));
    let listens: Vec<Value> = listens
        .map(|(room, it)| json!({"room": room.name, "pattern": it.pattern, "definition": it.definition}))
        .collect();
    let rooms: Vec<&str> = rooms.iter().map(|room| room.name).collect();
    json!({"rooms": rooms, "functions": functions, "definitions": machines, "listens": listens})
}

fn function(room: &Room, function: &Function, config: &Config, environment: &Environment) -> Value {
    let (memory_mib, scratch_mib) = match function.size {
        Size::Fixed { memory_mib, scratch_mib } => (Some(memory_mib), Some(scratch_mib)),
        Size::Container { .. } => (Some(LARGEST_MIB), Some(LARGEST_MIB)),
        Size::OfDataset => config.dataset(function.name).map(|it| (it.memory_mib, it.scratch_mib)).unzip(),
    };
    let container = match function.size {
        Size::Container { memory_mib, scratch_mib } => {
            Some(json!({"memory_mib": memory_mib, "scratch_mib": scratch_mib}))
        }
        Size::Fixed { .. } | Size::OfDataset => None,
    };
    let (called_by, schedule, source) = match function.handler {
        Handler::Task(_) => ("definition", None, None),
        Handler::Schedule(_, schedule) => ("schedule", schedule(environment), None),
        Handler::Batch(source, _) => ("batch", None, Some(source)),
        Handler::Action(_) => ("action", None, None),
        Handler::Http(_) => ("http", None, None),
    };
    let routes = function.http().map(|http| http.routes().iter().map(route).collect::<Vec<_>>());
    let mut told = json!({
        "room": room.name, "name": function.name, "description": function.description,
        "placeholder": function.placeholder(), "queue": source.filter(|source| *source != BatchSource::DeadLetters).map(|_| function.queue_placeholder()),
        "lambda": function.suffix(), "own": own(room, function),
        "called_by": called_by, "schedule": schedule.map(|it| it.to_string()), "source": source,
        "memory_mib": memory_mib, "scratch_mib": scratch_mib, "container": container, "timeout_secs": function.timeout_secs,
        "reserved_concurrency": environment.deployment.reserved_concurrency.get(function.name),
        "network": function.network && reaches(room, config), "needs": function.needs, "routes": routes,
    });
    let reads_secrets = function.needs.iter().any(|need| need.place == Place::Secrets);
    if let Some(fields) = told.as_object_mut().filter(|_| reads_secrets) {
        let secrets = config.section(room.name, |spot, _| named(spot)).unwrap_or_default();
        fields.insert("secrets".to_owned(), json!(secrets));
    }
    let is_of_dynamodb =
        |need: &Need| matches!(need.place, Place::DynamodbCatalog | Place::DynamodbItems | Place::DynamodbExports);
    if let Some(fields) = told.as_object_mut().filter(|_| function.needs.iter().any(is_of_dynamodb)) {
        let regions = config.section(room.name, |spot, _| regions(spot)).unwrap_or_default();
        fields.insert("dynamodb_regions".to_owned(), json!(regions));
    }
    told
}

/// Returns whether a room has something to reach beyond AWS, or within a network. What is fetched is said under `fetch`: a section of
/// its own, or a key somewhere in the section of a room; a server is a source with an engine, or an address. Where nothing is, no subnets
/// are needed.
fn reaches(room: &Room, config: &Config) -> bool {
    config.section(room.name, |spot, _| room.name == FETCH || has_server(spot)).unwrap_or_default()
}

fn has_server(spot: &Spot<'_>) -> bool {
    let ignored = &mut Mistakes::default();
    if spot.is_map() {
        let entries = spot.entries("", ignored);
        return entries.iter().any(|(name, spot)| {
            let has_engine = *name == ENGINE && spot.raw_text() != Some(DYNAMODB);
            let is_asked = *name == HTTP && spot.raw_text().is_some();
            *name == FETCH || has_engine || is_asked || has_server(spot)
        });
    }
    spot.is_list() && spot.list("", ignored).iter().any(has_server)
}

/// Returns the regions of the sources that are DynamoDB, wherever in a section; none for that of the environment.
fn regions(spot: &Spot<'_>) -> BTreeSet<Option<String>> {
    let ignored = &mut Mistakes::default();
    if spot.is_map() {
        let entries = spot.entries("", ignored);
        let of = |key: &str| entries.iter().find(|(name, _)| *name == key).and_then(|(_, spot)| spot.raw_text());
        let own = (of(ENGINE) == Some(DYNAMODB)).then(|| of("region").map(str::to_owned));
        return own.into_iter().chain(entries.iter().flat_map(|(_, spot)| regions(spot))).collect();
    }
    if spot.is_list() { spot.list("", ignored).iter().flat_map(regions).collect() } else { BTreeSet::new() }
}

fn route(route: &Route) -> Value {
    json!({
        "method": route.method.as_str(), "path": route.path, "guard": route.guard, "max_body_bytes": route.max_body_bytes,
    })
}

/// Returns what the names of a function's own things begin with: its dataset or its room.
fn own<'n>(room: &'n Room, function: &'n Function) -> &'n str {
    match function.size {
        Size::OfDataset => function.name,
        Size::Fixed { .. } | Size::Container { .. } => room.name,
    }
}

fn definition(room: &Room, definition: &Definition, environment: &Environment, folder: &str) -> Value {
    json!({
        "room": room.name, "name": definition.name, "file": format!("{folder}/{}.asl.json", definition.name),
        "placeholder": machine_placeholder(definition.name),
        "machine": machine_name(&format!("carelake-{}", environment.name), definition.name),
        "schedule": (definition.schedule)(environment).map(|it| it.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_for_what_is_fetched_and_for_servers() {
        let has = |text: &str| {
            let tree = carelake_core::config::reader::parse(text, &mut Mistakes::default()).unwrap();
            has_server(&Spot::root(&tree))
        };
        assert!(has("sources:\n  a: {engine: dynamodb}\n  b: {engine: mysql}\n"));
        assert!(has("feeds:\n  a: {fetch: {https: x}}\n"));
        assert!(has("visits:\n  enrich: [{http: \"https://a.example/b\"}]\n"));
        assert!(!has("http:\n  kind: files\n"));
        assert!(!has("sources:\n  a: {engine: dynamodb}\nfeeds: [{address: street}]\n"));
    }

    #[test]
    fn the_regions_of_sources_that_are_dynamodb_are_found_and_no_others() {
        let text = "sources:\n  a: {engine: dynamodb}\n  b: {engine: dynamodb, region: eu-west-1}\n  c: {engine: mysql, region: us-east-1}\n";
        let tree = carelake_core::config::reader::parse(text, &mut Mistakes::default()).unwrap();
        let found: Vec<_> = regions(&Spot::root(&tree)).into_iter().collect();
        assert_eq!(found, [None, Some("eu-west-1".to_owned())]);
    }
}
