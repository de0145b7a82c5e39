//! Courses of numbers over time: lines as SVG, with a table behind them for who does not see them.

use carelake_pipeline::page::{Chart, Line};
use maud::{Markup, html};

use super::number::{moment, thousands};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 160.0;
const EDGE: f64 = 8.0;
/// Points of which each is marked; more would be a smear.
const MARKED: usize = 60;
/// Signs that tell lines apart without colour.
const DASHES: [&str; 4] = ["", "6 3", "2 3", "8 3 2 3"];

pub(crate) fn chart(chart: &Chart) -> Markup {
    let points = || chart.lines.iter().flat_map(|line| &line.points);
    let Some(frame) = Frame::of(points().map(|(at, number)| (at.as_second() as f64, *number))) else { return html! {} };
    html! {
        section.chart {
            h2 { (super::cell::sentence(&chart.title)) }
            p.summary { (summary(chart)) }
            svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(summary(chart)) {
                line.axis x1=(EDGE) y1=(HEIGHT - EDGE) x2=(WIDTH - EDGE) y2=(HEIGHT - EDGE) {}
                @for (at, line) in chart.lines.iter().enumerate() {
                    @let places: Vec<(f64, f64)> = line.points.iter().map(|(at, number)| frame.place(at.as_second() as f64, *number)).collect();
                    @let text: Vec<String> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
                    polyline class=(format!("line line{}", at % DASHES.len())) points=(text.join(" ")) stroke-dasharray=(DASHES.get(at % DASHES.len()).unwrap_or(&"")) {}
                    @if places.len() <= MARKED { @for (x, y) in &places { circle class=(format!("dot line{}", at % DASHES.len())) cx=(format!("{x:.1}")) cy=(format!("{y:.1}")) r="2.5" {} } }
                }
            }
            @if chart.lines.len() > 1 {
                ul.legend { @for (at, line) in chart.lines.iter().enumerate() { li class=(format!("line{}", at % DASHES.len())) { (line.label) } } }
            }
            details {
                summary { "as a table" }
                div.scroll tabindex="0" role="region" aria-label=(format!("{} as a table", chart.title)) { table {
                    thead { tr { th scope="col" { "when" } @for line in &chart.lines { th.number scope="col" { (line.label) } } } }
                    tbody { @for (at, row) in rows(chart) { tr {
                        td { (moment(at)) }
                        @for number in row { td.number { @if let Some(number) = number { (shown(number)) } } }
                    } } }
                } }
            }
        }
    }
}

/// Where points lie: from the first moment to the last, from zero to the highest number.
struct Frame {
    from: f64,
    to: f64,
    top: f64,
}

impl Frame {
    fn of(points: impl Iterator<Item = (f64, f64)>) -> Option<Self> {
        points.fold(None, |frame: Option<Self>, (at, number)| {
            let Self { from, to, top } = frame.unwrap_or(Self { from: at, to: at, top: 0.0 });
            Some(Self { from: from.min(at), to: to.max(at), top: top.max(number) })
        })
    }

    fn place(&self, at: f64, number: f64) -> (f64, f64) {
        let part = |number: f64, of: f64, none: f64| if of > 0.0 { number / of } else { none };
        let x = EDGE + part(at - self.from, self.to - self.from, 0.5) * (WIDTH - 2.0 * EDGE);
        let y = HEIGHT - EDGE - part(number, self.top, 0.0) * (HEIGHT - 3.0 * EDGE);
        (x, y)
    }
}

/// Says in words what a chart shows.
fn summary(chart: &Chart) -> String {
    let line = |line: &Line| {
        let (first, last) = (line.points.first()?, line.points.last()?);
        let highest = line.points.iter().map(|(_, number)| *number).fold(f64::MIN, f64::max);
        Some(format!("{}: {} first, {} last, {} at most", line.label, shown(first.1), shown(last.1), shown(highest)))
    };
    chart.lines.iter().filter_map(line).collect::<Vec<_>>().join("; ")
}

/// Returns the numbers of all lines by their moments.
fn rows(chart: &Chart) -> Vec<(jiff::Timestamp, Vec<Option<f64>>)> {
    let mut moments: Vec<jiff::Timestamp> =
        chart.lines.iter().flat_map(|it| it.points.iter().map(|(at, _)| *at)).collect();
    moments.sort_unstable();
    moments.dedup();
    let number = |line: &Line, at| line.points.iter().find(|point| point.0 == at).map(|point| point.1);
    moments.into_iter().map(|at| (at, chart.lines.iter().map(|line| number(line, at)).collect())).collect()
}

fn shown(number: f64) -> String {
    if number.fract() == 0.0 && (0.0..1e15).contains(&number) {
        thousands(number as u64)
    } else {
        format!("{number:.3}")
    }
}

#[cfg(test)]
mod tests {
    use carelake_pipeline::page::Line;
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_course_is_drawn_said_in_words_and_told_in_a_table() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let line = Line { label: "rows".to_owned(), points: vec![(at(0), 10.0), (at(50), 40.0), (at(100), 20.0)] };
        let drawn = chart(&Chart { title: "rows".to_owned(), lines: vec![line] }).into_string();
        assert!(drawn.contains("rows: 10 first, 20 last, 40 at most"), "{drawn}");
        assert!(drawn.contains("points=\"8.0,118.0 320.0,16.0 632.0,84.0\""), "{drawn}");
        assert_eq!(drawn.matches("<td class=\"number\">").count(), 3, "{drawn}");
    }

    #[test]
    fn a_course_of_nothing_and_one_of_a_single_point_are_no_trouble() {
        assert_eq!(chart(&Chart { title: "rows".to_owned(), lines: Vec::new() }).into_string(), "");
        let line = Line { label: "rows".to_owned(), points: vec![(Timestamp::UNIX_EPOCH, 0.0)] };
        assert!(chart(&Chart { title: "rows".to_owned(), lines: vec![line] }).into_string().contains("320.0,152.0"));
    }
}
