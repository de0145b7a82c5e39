//! The graph of a definition as SVG, each state as it stands in an execution.
//!
//! States lie in rows by how far they are from the first one; what is inside a state lies inside its box. It is drawn from the text of
//! the definition, so a definition of any room is.

use std::collections::BTreeMap;

use maud::{Markup, html};
use serde_json::Value;

use crate::own::walked::{Standing, Walked};

const GAP: f64 = 16.0;
const ROW_GAP: f64 = 30.0;
const PADDING: f64 = 12.0;
const HEAD: f64 = 22.0;
const LEAF_HEIGHT: f64 = 40.0;
/// The width of a letter of the names, as good as it can be told without a font.
const LETTER: f64 = 7.1;
const LEAST_WIDTH: f64 = 96.0;

/// A state with its place, relative to the flow that it is in.
struct Box<'d> {
    name: &'d str,
    kind: &'d str,
    inner: Vec<Flow<'d>>,
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

/// A flow with its states.
struct Flow<'d> {
    boxes: Vec<Box<'d>>,
    arrows: Vec<(&'d str, &'d str, bool)>,
    width: f64,
    height: f64,
}

/// Draws a definition; `walked` says what an execution did.
pub(crate) fn graph(definition: &Value, walked: &Walked) -> Markup {
    let flow = Flow::of(definition);
    let (width, height) = (flow.width + 2.0 * PADDING, flow.height + 2.0 * PADDING);
    let count = |standing| walked.states.iter().filter(|(name, _)| walked.standing(name) == standing).count();
    let said = format!(
        "Graph of the definition: {} states were entered, {} run, {} failed; the table of states says the same",
        walked.states.len(),
        count(Standing::Running),
        count(Standing::Failed) + count(Standing::Caught),
    );
    html! {
        section.graph {
            h2 { "Graph" }
            div.scroll tabindex="0" role="region" aria-label="Graph" {
                svg width=(format!("{width:.0}")) height=(format!("{height:.0}")) viewBox=(format!("0 0 {width:.0} {height:.0}")) role="img" aria-label=(said) {
                    defs { marker #tip viewBox="0 0 6 6" refX="5" refY="3" markerWidth="6" markerHeight="6" orient="auto" { path d="M0 0 L6 3 L0 6 z" {} } }
                    (flow.draw(walked, PADDING, PADDING))
                }
            }
        }
    }
}

impl<'d> Flow<'d> {
    fn of(flow: &'d Value) -> Self {
        let states: Vec<(&str, &Value)> = flow
            .get("States")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(name, state)| (name.as_str(), state))
            .collect();
        let start = flow.get("StartAt").and_then(Value::as_str).unwrap_or_default();
        let arrows: Vec<(&str, &str, bool)> = states.iter().flat_map(|(name, state)| arrows(name, state)).collect();
        let ranks = ranks(start, &states, &arrows);
        let mut boxes: Vec<Box<'d>> = states.iter().map(|(name, state)| Box::of(name, state)).collect();
        let last = ranks.values().max().copied().unwrap_or_default();
        let (mut y, mut rows) = (0.0, Vec::new());
        for rank in 0..=last {
            let is_here = |it: &Box<'_>| ranks.get(it.name) == Some(&rank);
            let row = || boxes.iter().filter(|it| is_here(it));
            let width = row().map(|it| it.width + GAP).sum::<f64>() - GAP;
            let height = row().map(|it| it.height).fold(0.0, f64::max);
            rows.push((y, width));
            y += height + ROW_GAP;
        }
        let width = rows.iter().map(|(_, width)| *width).fold(0.0, f64::max);
        for (rank, (y, row_width)) in rows.into_iter().enumerate() {
            let mut x = (width - row_width) / 2.0;
            for it in boxes.iter_mut().filter(|it| ranks.get(it.name) == Some(&rank)) {
                (it.x, it.y) = (x, y);
                x += it.width + GAP;
            }
        }
        Self { boxes, arrows, width, height: (y - ROW_GAP).max(0.0) }
    }

    fn draw(&self, walked: &Walked, left: f64, top: f64) -> Markup {
        let place = |name: &str| self.boxes.iter().find(|it| it.name == name);
        html! {
            @for (from, to, is_catch) in &self.arrows {
                @if let (Some(from), Some(to)) = (place(from), place(to)) {
                    path class=(if *is_catch { "arrow catch" } else { "arrow" }) d=(line(from, to, left, top)) marker-end="url(#tip)" {}
                }
            }
            @for it in &self.boxes { (it.draw(walked, left, top)) }
        }
    }
}

impl<'d> Box<'d> {
    fn of(name: &'d str, state: &'d Value) -> Self {
        let kind = state.get("Type").and_then(Value::as_str).unwrap_or_default();
        let branches = state.get("Branches").and_then(Value::as_array).into_iter().flatten();
        let inner: Vec<Flow<'d>> = branches.chain(state.get("ItemProcessor")).map(Flow::of).collect();
        let own = (name.chars().count() as f64 * LETTER + 2.0 * PADDING).max(LEAST_WIDTH);
        let (width, height) = if inner.is_empty() {
            (own, LEAF_HEIGHT)
        } else {
            let all = inner.iter().map(|flow| flow.width + GAP).sum::<f64>() - GAP;
            let highest = inner.iter().map(|flow| flow.height).fold(0.0, f64::max);
            ((all + 2.0 * PADDING).max(own), highest + HEAD + 2.0 * PADDING)
        };
        Self { name, kind, inner, x: 0.0, y: 0.0, width, height }
    }

    fn draw(&self, walked: &Walked, left: f64, top: f64) -> Markup {
        let (x, y) = (left + self.x, top + self.y);
        let standing = walked.standing(self.name);
        let mut inner_x = x + PADDING;
        let inner: Vec<(f64, &Flow<'_>)> = self
            .inner
            .iter()
            .map(|flow| {
                let at = inner_x;
                inner_x += flow.width + GAP;
                (at, flow)
            })
            .collect();
        html! {
            g class=(format!("state {}", standing.class())) {
                rect x=(px(x)) y=(px(y)) width=(px(self.width)) height=(px(self.height)) rx=(if self.kind == "Choice" { "14" } else { "4" }) {}
                @if self.inner.is_empty() {
                    text x=(px(x + self.width / 2.0)) y=(px(y + 17.0)) text-anchor="middle" { (self.name) }
                    text.small x=(px(x + self.width / 2.0)) y=(px(y + 32.0)) text-anchor="middle" { (self.note(walked, standing)) }
                } @else {
                    text x=(px(x + PADDING)) y=(px(y + 17.0)) { (self.name) " " tspan.small { (self.note(walked, standing)) } }
                    @for (at, flow) in inner { (flow.draw(walked, at, y + HEAD + PADDING)) }
                }
            }
        }
    }

    /// Says below a name how the state stands: in words, not by colour alone.
    fn note(&self, walked: &Walked, standing: Standing) -> String {
        let Some((_, walk)) = walked.states.iter().find(|(name, _)| name == self.name) else { return String::new() };
        let times = if walk.entered > 1 { format!("{} × ", walk.entered) } else { String::new() };
        let tries = if walk.attempts > walk.entered { format!(", {} tries", walk.attempts) } else { String::new() };
        format!("{times}{}{tries}", standing.word())
    }
}

/// Returns the arrows from a state: to what, and whether an error leads there.
fn arrows<'d>(name: &'d str, state: &'d Value) -> Vec<(&'d str, &'d str, bool)> {
    let next = |of: &'d Value| of.get("Next").and_then(Value::as_str);
    let list = |key: &str| state.get(key).and_then(Value::as_array).into_iter().flatten();
    let straight = next(state)
        .into_iter()
        .chain(state.get("Default").and_then(Value::as_str))
        .chain(list("Choices").filter_map(next));
    let mut all: Vec<(&str, &str, bool)> = straight.map(|to| (name, to, false)).collect();
    all.extend(list("Catch").filter_map(next).map(|to| (name, to, true)));
    all.dedup();
    all
}

/// Returns how far each state is from the first: one more than the farthest that leads to it, where no circle does.
fn ranks<'d>(
    start: &'d str,
    states: &[(&'d str, &Value)],
    arrows: &[(&'d str, &'d str, bool)],
) -> BTreeMap<&'d str, usize> {
    let mut ranks: BTreeMap<&str, usize> = BTreeMap::from([(start, 0)]);
    let mut path = vec![start];
    visit(start, arrows, &mut path, &mut ranks);
    for (name, _) in states {
        ranks.entry(name).or_insert(0);
    }
    ranks
}

fn visit<'d>(
    from: &'d str,
    arrows: &[(&'d str, &'d str, bool)],
    path: &mut Vec<&'d str>,
    ranks: &mut BTreeMap<&'d str, usize>,
) {
    let rank = ranks.get(from).copied().unwrap_or_default() + 1;
    for (_, to, _) in arrows.iter().filter(|(state, _, _)| *state == from) {
        let is_circle = path.contains(to);
        if !is_circle && ranks.get(to).is_none_or(|there| *there < rank) {
            ranks.insert(to, rank);
            path.push(to);
            visit(to, arrows, path, ranks);
            path.pop();
        }
    }
}

/// Returns the way of an arrow: down, or around the side where it leads back.
fn line(from: &Box<'_>, to: &Box<'_>, left: f64, top: f64) -> String {
    let (x1, y1) = (left + from.x + from.width / 2.0, top + from.y + from.height);
    let (x2, y2) = (left + to.x + to.width / 2.0, top + to.y);
    if y2 > y1 {
        let bend = ((y2 - y1) / 2.0).min(40.0);
        return format!("M{x1:.0} {y1:.0} C{x1:.0} {:.0} {x2:.0} {:.0} {x2:.0} {:.0}", y1 + bend, y2 - bend, y2 - 1.0);
    }
    let (x1, x2) = (left + from.x + from.width, left + to.x + to.width);
    let (y1, y2) = (y1 - from.height / 2.0, y2 + to.height / 2.0);
    let side = x1.max(x2) + 24.0;
    format!("M{x1:.0} {y1:.0} C{side:.0} {y1:.0} {side:.0} {y2:.0} {:.0} {y2:.0}", x2 + 1.0)
}

fn px(number: f64) -> String {
    format!("{number:.0}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn states_lie_below_what_leads_to_them_and_circles_end() {
        let definition = json!({"StartAt": "A", "States": {
            "A": {"Type": "Task", "Next": "B", "Catch": [{"Next": "D"}]},
            "B": {"Type": "Choice", "Choices": [{"Next": "A"}, {"Next": "C"}], "Default": "D"},
            "C": {"Type": "Pass", "Next": "D"},
            "D": {"Type": "Succeed"},
        }});
        let flow = Flow::of(&definition);
        let y = |name: &str| flow.boxes.iter().find(|it| it.name == name).unwrap().y;
        assert!(y("A") < y("B") && y("B") < y("C") && y("C") < y("D"));
        let drawn = graph(&definition, &Walked::default()).into_string();
        assert_eq!((drawn.matches("arrow catch").count(), drawn.matches("class=\"arrow\"").count()), (1, 5), "{drawn}");
    }

    #[test]
    fn what_is_inside_a_state_lies_inside_its_box() {
        let flow = json!({"StartAt": "X", "States": {"X": {"Type": "Pass", "Next": "Y"}, "Y": {"Type": "Pass"}}});
        let definition =
            json!({"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": [flow.clone(), flow]}}});
        let outer = Flow::of(&definition);
        let parallel = &outer.boxes[0];
        assert_eq!(parallel.inner.len(), 2);
        let inner = parallel.inner.iter().map(|it| it.width).sum::<f64>();
        assert!(parallel.width >= inner + GAP && parallel.height > parallel.inner[0].height);
    }
}
