//! The questions that wait, and the way to each of them. No value of a person is in the list.

use std::collections::BTreeMap;

use carelake_pipeline::Context;
use carelake_pipeline::page::{
    Answered, Cell, Fact, Filter, Looker, PAGE_ROWS, Page, Pages, Row, Said, Table, To, View,
};
use carelake_pipeline::pipeline::Failure;
use jiff::ToSpan;

use super::{answered, review};
use crate::config::{Matcher, Matching};
use crate::functions::failed;
use crate::reference::ReferenceDatabase;
use crate::reviews::{
    Choices, Order, Review, ReviewError, Seen, Wanted, answered_since, catch_up, choices, queue, waiting,
};
use crate::run::{Engine, MatchError, World, engine, shown_sequence};

/// Questions that are counted: of more nobody needs to know how many, and each page would count them.
const MOST_COUNTED: u64 = 10_000;

/// The page of questions.
pub(crate) struct ReviewPages;

/// Where questions of a matcher are looked at.
pub(super) struct Place<'p> {
    pub context: &'p Context<'p>,
    pub world: World<'p>,
    pub engine: &'static Engine,
    pub reference: ReferenceDatabase,
    pub query: &'p BTreeMap<String, String>,
    /// Who looks; nobody sees values who has no name.
    pub looker: &'p Looker,
    sequence: u64,
}

impl<'p> Place<'p> {
    fn of(context: &'p Context<'p>, matcher: &Matcher, view: &'p View, looker: &'p Looker) -> Result<Self, MatchError> {
        let world = World::of(context, None)
            .map_err(|failure| MatchError::Defect { matcher: matcher.name.clone(), what: failure.reason })?;
        let engine = engine(matcher);
        let mut reference = world.reference(&matcher.name)?;
        catch_up(&mut reference, &crate::run::desk(context, &world, engine))?;
        let sequence = shown_sequence(&world, &matcher.name)?;
        Ok(Self { context, world, engine, reference, query: &view.query, looker, sequence })
    }

    pub(super) fn seen(&self) -> Seen<'_> {
        let (looker, feeds) = (self.looker.name.as_str(), self.looker.feeds.as_deref());
        Seen { sequence: self.sequence, now: (self.world.now)(), looker, feeds }
    }

    /// Returns what the query asks for.
    pub(super) fn wanted(&self) -> Wanted {
        let asked = |name: &str| self.query.get(name).filter(|value| !value.is_empty()).cloned();
        let order = asked("order").and_then(|word| Order::ALL.into_iter().find(|order| order.word() == word));
        Wanted {
            order: order.unwrap_or_default(),
            feed: asked("feed"),
            reason: asked("reason"),
            column: asked("column"),
            kind: None,
            without_leads: !self.looker.is_lead,
            limit: 0,
        }
    }

    /// Returns the way to a question, with the same query.
    pub(super) fn way(&self, item: Option<&str>) -> To {
        To::Asked {
            room: "matching".to_owned(),
            page: "reviews".to_owned(),
            item: item.map(str::to_owned),
            query: self.query.clone(),
        }
    }

    /// Says how many questions are open, and how many somebody answered today.
    pub(super) fn counts(&self) -> Result<Vec<Fact>, MatchError> {
        let now = (self.world.now)();
        let zoned = now.to_zoned(self.context.zone.clone());
        let midnight = zoned.start_of_day().map_or(now, |day| day.timestamp());
        let today = answered_since(&self.reference, &self.looker.name, midnight)?;
        let open = match waiting(&self.reference, self.seen(), &self.wanted(), MOST_COUNTED)? {
            MOST_COUNTED => Cell::text(format!("{MOST_COUNTED} or more")),
            open => Cell::Count(open),
        };
        Ok(vec![Fact::new("open", open), Fact::new("answered by you today", Cell::Count(today))])
    }
}

impl Pages for ReviewPages {
    fn name(&self) -> &'static str {
        "reviews"
    }

    fn title(&self) -> &'static str {
        "Reviews"
    }

    fn shows_persons(&self) -> bool {
        true
    }

    fn show(&self, context: &Context<'_>, view: &View) -> Result<Option<Page>, Failure> {
        let Some(matching) = Matching::of_config(context.services.config) else {
            return Ok(view.item.is_none().then(|| Page {
                tables: vec![Table::new(
                    "questions",
                    &COLUMNS,
                    Vec::new(),
                    "no matcher is configured; docs/rooms/matching.md has one",
                )],
                ..Page::new("Reviews")
            }));
        };
        let nobody = Looker { name: String::new(), is_lead: false, feeds: None };
        let looker = view.by.as_ref().unwrap_or(&nobody);
        let told = match &view.item {
            None => {
                let Some(matcher) = chosen(&matching, view) else { return Ok(None) };
                Place::of(context, matcher, view, looker).and_then(|place| list(&place, &matching)).map(Some)
            }
            // Values are shown to somebody, and to nobody in particular.
            Some(_) if view.by.is_none() => Ok(None),
            Some(id) => {
                with(context, &matching, (view, looker), id, |mut place, review| review::show(&mut place, review))
            }
        };
        told.map_err(|error| failed(&error))
    }

    fn answer(&self, context: &Context<'_>, view: &View, said: &Said) -> Result<Option<Answered>, Failure> {
        let Some(matching) = Matching::of_config(context.services.config) else { return Ok(None) };
        let Some(looker) = &view.by else { return Ok(None) };
        let told = match &view.item {
            // Of a list nothing is asked, and what was done last can be taken back.
            None => {
                let Some(matcher) = chosen(&matching, view) else { return Ok(None) };
                Place::of(context, matcher, view, looker)
                    .and_then(|mut place| answered::answer(&mut place, None, said))
                    .map(Some)
            }
            Some(id) => with(context, &matching, (view, looker), id, |mut place, review| {
                answered::answer(&mut place, Some(review), said)
            }),
        };
        told.map_err(|error| failed(&error))
    }
}

/// Returns the matcher that is asked for; the first where none is.
fn chosen<'m>(matching: &'m Matching, view: &View) -> Option<&'m Matcher> {
    match view.asked("matcher") {
        None => matching.matchers.first(),
        Some(name) => matching.matchers.iter().find(|matcher| matcher.name == name),
    }
}

/// Does something with a question, whichever matcher asks it; `None` where none does.
fn with<T>(
    context: &Context<'_>,
    matching: &Matching,
    (view, looker): (&View, &Looker),
    id: &str,
    work: impl FnOnce(Place<'_>, Review) -> Result<T, MatchError>,
) -> Result<Option<T>, MatchError> {
    let named = view.asked("matcher");
    for matcher in matching.matchers.iter().filter(|matcher| named.is_none_or(|name| matcher.name == name)) {
        let place = Place::of(context, matcher, view, looker)?;
        match crate::reviews::review(&place.reference, id) {
            // To who may not see it, it is as if it was not asked.
            Ok(review) if !place.seen().shows(&review) => return Ok(None),
            Ok(review) => return work(place, review).map(Some),
            Err(ReviewError::Unknown { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

const COLUMNS: [&str; 7] = ["question", "kind", "feed", "why", "persons", "bits", "asked"];

fn list(place: &Place<'_>, matching: &Matching) -> Result<Page, MatchError> {
    let wanted = Wanted { limit: PAGE_ROWS, ..place.wanted() };
    let found = queue(&place.reference, place.seen(), &wanted)?;
    let row = |review: &Review| {
        let (kind, reason) = review.seen();
        Row::new(vec![
            Cell::link(review::short(&review.id), place.way(Some(&review.id))),
            Cell::text(kind),
            Cell::text(&review.feed),
            Cell::text(reason),
            Cell::Count((review.candidates.len() as i64 + review.more).unsigned_abs()),
            review.weight.map_or(Cell::None, |weight| Cell::text(format!("{weight:.1}"))),
            Cell::moment(review.opened_at.parse().ok()),
        ])
    };
    let empty = match place.query.values().any(|value| !value.is_empty()) {
        true => "nothing is asked that fits; take a filter away".to_owned(),
        false => format!(
            "nothing is asked; `carelake match run {}` asks what is likely and not certain",
            place.context.options
        ),
    };
    let mut facts = place.counts()?;
    if let Some(first) = found.first() {
        facts.insert(0, Fact::new("next", Cell::link("Begin", place.way(Some(&first.id)))));
    }
    Ok(Page {
        facts,
        last: review::last(place)?,
        filters: filters(place, matching, choices(&place.reference, place.seen())?),
        tables: vec![Table::new("the first questions", &COLUMNS, found.iter().map(row).collect(), empty)],
        ..Page::new("Reviews")
    })
}

fn filters(place: &Place<'_>, matching: &Matching, choices: Choices) -> Vec<Filter> {
    let matcher = &place.engine.matcher;
    let filter = |name: &str, label: &str, choices: Vec<String>| Filter {
        name: name.to_owned(),
        label: label.to_owned(),
        chosen: place
            .query
            .get(name)
            .filter(|value| !value.is_empty())
            .or(choices.first())
            .cloned()
            .unwrap_or_default(),
        choices,
    };
    let any = |found: Vec<String>| std::iter::once(String::new()).chain(found).collect();
    let words = Order::ALL.map(|order| order.word().to_owned()).to_vec();
    let mut filters = vec![
        filter("order", "order", words),
        filter("feed", "feed", any(choices.feeds)),
        filter("reason", "why", any(choices.reasons)),
        filter("column", "missing column", any(matcher.input.required.clone())),
    ];
    if matching.matchers.len() > 1 {
        let names = matching.matchers.iter().map(|matcher| matcher.name.clone()).collect();
        let mut of_matcher = filter("matcher", "matcher", names);
        of_matcher.chosen.clone_from(&matcher.name);
        filters.insert(0, of_matcher);
    }
    filters
}

/// Returns from when on somebody may want to take back what they did.
pub(super) fn lately(now: jiff::Timestamp) -> jiff::Timestamp {
    now.checked_sub(12.hours()).unwrap_or(now)
}
