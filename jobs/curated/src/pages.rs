//! What the room shows of itself: every model with how its last build went, and each with its contract and its tests.
//!
//! Names, counts and moments only; no value of a row is in any of them.

use carelake_core::names::Publication;
use carelake_pipeline::page::{Cell, Fact, Page, Row, Table, To, Tone, View};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Pages};
use carelake_tabular::config::Config;

use crate::config::{Body, Curated, From, Model};
use crate::standings::{Kept, Outcome, Standings};

/// The models, and each of them.
pub(crate) struct ModelPages;

impl Pages for ModelPages {
    fn name(&self) -> &'static str {
        "models"
    }

    fn title(&self) -> &'static str {
        "Models"
    }

    fn key_of(&self, config: &Config, publication: &Publication) -> Vec<String> {
        let curated = Curated::of_config(config).unwrap_or_default();
        let model = curated.models.into_iter().find(|model| model.publication() == *publication);
        model.map(|model| model.output.key).unwrap_or_default()
    }

    fn show(&self, context: &Context<'_>, view: &View) -> Result<Option<Page>, Failure> {
        let curated = Curated::of_config(context.services.config).unwrap_or_default();
        let standings = Standings::new(context.services.ledger, context.scope, (context.services.now)());
        let kept = |model: &Model| standings.of(&model.name).map_err(Failure::from);
        if let Some(item) = &view.item {
            let Some(model) = curated.models.iter().find(|model| model.name == *item) else { return Ok(None) };
            return Ok(Some(one(&curated, model, kept(model)?.as_ref(), context.options)));
        }
        let count = curated.models.len() as u64;
        let (models, next) = view.cut("after", curated.models.iter().collect(), |model| model.name.clone());
        let mut rows = Vec::new();
        for model in models {
            rows.push(row(model, kept(model)?.as_ref()));
        }
        let columns = ["model", "zone", "last build", "ended", "tests", "not passed", "a row is"];
        let empty = "add a section `curated` with a model to the configuration; docs/rooms/curated.md has one";
        Ok(Some(Page {
            facts: vec![Fact::new("models", Cell::Count(count))],
            tables: vec![Table::new("models", &columns, rows, empty).going_on(next)],
            ..Page::new(self.title())
        }))
    }
}

fn row(model: &Model, kept: Option<&Kept>) -> Row {
    let tests = kept.map(|kept| kept.tests.as_slice()).unwrap_or_default();
    let bad = tests.iter().filter(|test| test.outcome != Outcome::Passed).count() as u64;
    let cells = vec![
        Cell::link(&model.name, To::item("curated", "models", &model.name)),
        Cell::text(model.zone.name()),
        kept.map_or(Cell::None, |kept| Cell::text(&kept.status)),
        Cell::moment(kept.map(|kept| kept.at)),
        Cell::Count(model.tests.len() as u64),
        Cell::Count(bad),
        Cell::text(&model.description),
    ];
    Row::new(cells).toned(tone(kept))
}

fn tone(kept: Option<&Kept>) -> Tone {
    match kept {
        None => Tone::Plain,
        Some(kept) if kept.status == "failed" => Tone::Bad,
        Some(kept) if kept.tests.iter().any(|test| test.outcome != Outcome::Passed) => Tone::Warning,
        Some(_) => Tone::Good,
    }
}

fn one(curated: &Curated, model: &Model, kept: Option<&Kept>, options: &str) -> Page {
    let publication = model.publication().path();
    let made_by = match &model.body {
        Body::Sql(script) => script.path.clone(),
        Body::Steps(steps) => steps.iter().map(|step| step.action.kind()).collect::<Vec<_>>().join(", "),
    };
    let mut facts = vec![
        Fact::new("a row is", Cell::text(&model.description)),
        Fact::new("zone", Cell::text(model.zone.name())),
        Fact::new("publication", Cell::link(&publication, To::Publication(publication.clone()))),
        Fact::new("made by", Cell::text(made_by)),
        Fact {
            tone: tone(kept),
            ..Fact::new("last build", Cell::text(kept.map_or("none", |kept| kept.status.as_str())))
        },
        Fact::new("ended", Cell::moment(kept.map(|kept| kept.at))),
    ];
    if let Some(error) = kept.and_then(|kept| kept.message.as_ref()) {
        facts.push(Fact { tone: Tone::Bad, ..Fact::new("why", Cell::text(error)) });
    }
    let columns = model.columns.iter().flatten().map(|column| {
        let class = column.class.map(|class| format!("{class:?}").to_lowercase()).unwrap_or_default();
        let cells = [column.name.clone(), column.kind.to_string(), class, column.description.clone()];
        Row::new(cells.iter().map(Cell::text).collect())
    });
    let tests = kept.map(|kept| kept.tests.as_slice()).unwrap_or_default().iter().map(|test| {
        let (word, tone) = match test.outcome {
            Outcome::Passed => ("passed", Tone::Good),
            Outcome::Warned => ("warned", Tone::Warning),
            Outcome::Failed => ("failed", Tone::Bad),
        };
        let cells = vec![Cell::text(&test.test), Cell::text(word), Cell::Count(test.failing), Cell::text(&test.found)];
        Row::new(cells).toned(tone)
    });
    let asked = model
        .scripts()
        .map(|script| Row::new(vec![Cell::text(&script.path), Cell::Code(script.checked.text().to_owned())]));
    let linked = |name: &String| Row::new(vec![Cell::link(name, To::item("curated", "models", name))]);
    let publications = model.inputs.iter().map(|input| match &input.from {
        From::Publication(name) if !name.contains('{') => {
            Row::new(vec![Cell::link(name, To::Publication(name.clone()))])
        }
        From::Publication(name) | From::Pattern(name) => Row::new(vec![Cell::text(name)]),
    });
    let names = |models: Vec<&Model>| models.into_iter().map(|model| model.name.clone()).collect::<Vec<_>>();
    let (below, above) = (names(curated.below(model).collect()), names(curated.above(model).collect()));
    let reads: Vec<Row> = below.iter().map(linked).chain(publications).collect();
    let build = format!("`carelake build {} {options}` makes it", model.name);
    Page {
        facts,
        tables: vec![
            Table::new("tests of the last build", &["test", "went", "rows that fail", "found"], tests.collect(), build),
            Table::new("columns", &["column", "type", "class", "what it holds"], columns.collect(), "none is declared"),
            Table::new("SQL", &["file", "what is asked"], asked.collect(), "its steps have none"),
            Table::new("made of", &["model or publication"], reads, "nothing"),
            Table::new("used by", &["model"], above.iter().map(linked).collect(), "nothing"),
        ],
        ..Page::new(format!("Model {}", model.name))
    }
}
