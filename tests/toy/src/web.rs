//! What the room answers over HTTP, and a page of it.

use bytes::Bytes;
use carelake_core::ErrorKind;
use carelake_pipeline::page::{Action, Cell, Does, Fact, Page, Row, Table, To, Tone, View};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Call, Context, Guard, Http, Pages, Route};
use http::{Method, Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Starts an execution, and tells how it goes.
pub(crate) struct Starts;

static ROUTES: [Route; 2] = [
    Route { method: Method::POST, path: "/toy/runs", guard: Guard::Open, max_body_bytes: 100 },
    Route { method: Method::GET, path: "/toy/runs/{id}", guard: Guard::Open, max_body_bytes: 0 },
];

impl Http for Starts {
    fn routes(&self) -> &'static [Route] {
        &ROUTES
    }

    fn answer(&self, context: &Context<'_>, call: &Call) -> Response<Bytes> {
        let refused = |status: StatusCode| {
            let mut answer = Response::new(Bytes::new());
            *answer.status_mut() = status;
            answer
        };
        let text = |value: Value| Response::new(Bytes::from(value.to_string()));
        if let Some(id) = call.part("id") {
            return match context.runner.describe(id) {
                Ok(told) => text(json!({"status": told.status.name(), "output": told.output})),
                Err(_) => refused(StatusCode::NOT_FOUND),
            };
        }
        let Ok(input) = serde_json::from_slice(call.request.body()) else { return refused(StatusCode::BAD_REQUEST) };
        match context.runner.start("toy_one", None, &input) {
            Ok(id) => text(json!({ "id": id })),
            Err(_) => refused(StatusCode::SERVICE_UNAVAILABLE),
        }
    }
}

/// A page of numbers, and one for each number.
pub(crate) struct Doubles;

impl Pages for Doubles {
    fn name(&self) -> &'static str {
        "doubles"
    }

    fn title(&self) -> &'static str {
        "Doubles"
    }

    fn show(&self, context: &Context<'_>, view: &View) -> Result<Option<Page>, Failure> {
        let fact = |label: &str, cell: Cell| Fact { label: label.to_owned(), cell, tone: Tone::Plain };
        let page = |title: String, facts: Vec<Fact>, tables: Vec<Table>, actions: Vec<Action>| Page {
            title,
            facts,
            tables,
            charts: Vec::new(),
            actions,
            ..Page::default()
        };
        let Some(item) = &view.item else {
            let to = To::Page { room: "toy".to_owned(), page: "doubles".to_owned(), item: Some("21".to_owned()) };
            let cells =
                vec![Cell::Link { text: "21".to_owned(), to }, Cell::Count(42), Cell::Moment(Timestamp::UNIX_EPOCH)];
            let table = Table {
                title: "Numbers".to_owned(),
                columns: ["number", "double", "since"].map(str::to_owned).to_vec(),
                rows: vec![Row { cells, tone: Tone::Good }],
                empty: "`carelake toy double 21`".to_owned(),
                next: Some(view.query.clone()),
            };
            let environment = fact("environment", Cell::Text(context.environment.to_owned()));
            return Ok(Some(page("Numbers".to_owned(), vec![environment], vec![table], Vec::new())));
        };
        if item == "broken" {
            return Err(Failure::new(ErrorKind::STORAGE, "the reason is for the log"));
        }
        let Ok(n) = item.parse::<u64>() else { return Ok(None) };
        let action = Action {
            label: "double".to_owned(),
            effect: format!("doubles {n}"),
            command: format!("carelake toy double {n}"),
            does: Does::Call { function: "toy_again".to_owned(), payload: json!({ "n": n }) },
        };
        Ok(Some(page(format!("Number {n}"), vec![fact("share", Cell::Share(0.5))], Vec::new(), vec![action])))
    }
}
