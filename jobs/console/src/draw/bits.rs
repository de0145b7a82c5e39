//! How bits of evidence add up: a bar in a cell, and the whole way from the prior to the sum, as a drawing and as a table.

use carelake_pipeline::page::Comparison;
use maud::{Markup, html};

/// The width of a bar, in pixels.
const BAR: f64 = 56.0;
/// The width of the drawing, of the labels at its left, and the height of a step, in pixels.
const WIDTH: f64 = 440.0;
const LABEL: f64 = 130.0;
const STEP: f64 = 18.0;
/// Bits that fill half a bar.
const FULL: f64 = 16.0;
/// A difference that is none of rounding: the model or what is common has changed since it was asked.
const SEEN: f64 = 0.01;

/// Returns bits as people read them, with their sign.
pub(crate) fn signed(bits: f64) -> String {
    // Nothing is neither more nor less.
    if bits.abs() < 0.005 { "0.00".to_owned() } else { format!("{bits:+.2}").replace('-', "\u{2212}") }
}

/// Draws bits as a bar from the middle: to the right what speaks for it.
pub(crate) fn bar(bits: f64) -> Markup {
    let half = BAR / 2.0;
    let length = (bits.abs() / FULL).min(1.0) * half;
    let from = if bits < 0.0 { half - length } else { half };
    let class = if bits < 0.0 { "against" } else { "for" };
    html! {
        svg.bits viewBox=(format!("0 0 {BAR} 8")) width=(BAR) height="8" aria-hidden="true" {
            path.axis d=(format!("M{half} 0V8")) {}
            rect class=(class) x=(format!("{from:.1}")) y="1.5" width=(format!("{length:.1}")) height="5" {}
        }
    }
}

/// One step of the sum.
struct Step {
    label: String,
    level: String,
    bits: f64,
    /// The sum before it.
    from: f64,
}

fn steps(comparison: &Comparison, other: usize) -> (Vec<Step>, f64) {
    let mut steps: Vec<Step> = Vec::new();
    let mut add = |label: &str, level: &str, bits: f64| {
        let step = Step { label: label.to_owned(), level: level.to_owned(), bits, from: sum_of(&steps) };
        steps.push(step);
    };
    add("before comparing", "", comparison.prior_bits);
    for line in &comparison.lines {
        if let Some(level) = line.others.get(other).and_then(|beside| beside.level.as_ref()) {
            add(&line.label.replace('_', " "), &level.name, level.bits);
        }
    }
    let asked = comparison.others.get(other).and_then(|other| other.bits);
    let so_far = sum_of(&steps);
    if let Some(rest) = asked.map(|asked| asked - so_far).filter(|rest| rest.abs() > SEEN) {
        steps.push(Step { label: "changed since".to_owned(), level: String::new(), bits: rest, from: so_far });
    }
    let all = sum_of(&steps);
    (steps, all)
}

fn sum_of(steps: &[Step]) -> f64 {
    steps.last().map_or(0.0, |last| last.from + last.bits)
}

/// Draws how the bits of one of those beside the record add up; nothing where nothing was weighed.
pub(crate) fn waterfall(comparison: &Comparison, other: usize) -> Markup {
    let Some(named) = comparison.others.get(other).filter(|other| other.bits.is_some()) else { return html! {} };
    let (steps, sum) = steps(comparison, other);
    let ends = steps.iter().flat_map(|step| [step.from, step.from + step.bits]).chain([0.0, sum]);
    let (least, most) = ends.fold((0.0_f64, 0.0_f64), |(least, most), end| (least.min(end), most.max(end)));
    let scale = (WIDTH - LABEL - 60.0) / (most - least).max(1.0);
    let x = |bits: f64| LABEL + (bits - least) * scale;
    let height = STEP * (steps.len() as f64 + 1.0) + 4.0;
    let summary = format!(
        "From {} bits before anything is compared to {} bits for candidate {}",
        signed(comparison.prior_bits),
        signed(sum),
        other + 1
    );
    let lines: Vec<(String, f64, f64, f64, &str)> = steps
        .iter()
        .map(|step| {
            (
                step.label.clone(),
                step.from,
                step.from + step.bits,
                step.bits,
                if step.bits < 0.0 { "against" } else { "for" },
            )
        })
        .chain([("in all".to_owned(), 0.0, sum, sum, "sum")])
        .collect();
    html! {
        details.waterfall data-other=(other) open[other == 0] {
            summary { "How the bits add up: candidate " (other + 1) span.none { " " (named.title) } }
            div.sideways tabindex="0" role="region" aria-label=(format!("drawing of candidate {}", other + 1)) {
            svg viewBox=(format!("0 0 {WIDTH} {height}")) width=(WIDTH) height=(height) role="img" aria-label=(summary) {
                path.axis d=(format!("M{:.1} 0V{height}", x(0.0))) {}
                @for (at, (label, from, to, bits, class)) in lines.iter().enumerate() {
                    @let y = STEP * at as f64;
                    text.small x="0" y=(format!("{:.1}", y + 12.5)) { (label) }
                    rect class=(class) x=(format!("{:.1}", x(from.min(*to)))) y=(format!("{:.1}", y + 4.0)) width=(format!("{:.1}", ((to - from).abs() * scale).max(1.0))) height="10" {}
                    text.small x=(format!("{:.1}", x(from.max(*to)) + 4.0)) y=(format!("{:.1}", y + 12.5)) { (signed(*bits)) }
                }
            }
            }
            div.scroll tabindex="0" role="region" aria-label=(format!("bits of candidate {}", other + 1)) {
                table {
                    caption.hidden { "How the bits of candidate " (other + 1) " add up" }
                    thead { tr { th scope="col" { "field" } th scope="col" { "level" } th.number scope="col" { "bits" } th.number scope="col" { "sum" } } }
                    tbody { @for step in &steps { tr {
                        td { (step.label) } td { (step.level) } td.number { (signed(step.bits)) } td.number { (signed(step.from + step.bits)) }
                    } } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use carelake_pipeline::page::{Beside, Compared, Held, Level, Likeness, Other};

    use super::*;

    fn comparison(total: f64) -> Comparison {
        let held = || Held::Value("x".to_owned());
        let line = |label: &str, bits: f64| Compared {
            label: label.to_owned(),
            own: held(),
            others: vec![Beside {
                held: held(),
                likeness: Some(Likeness::Same),
                level: Some(Level { name: "equal".to_owned(), bits }),
            }],
        };
        Comparison {
            question: String::new(),
            record: String::new(),
            others: vec![Other { title: "p".to_owned(), facts: Vec::new(), bits: Some(total) }],
            lines: vec![line("first_name", 8.0), line("sex", -5.0)],
            prior_bits: -10.0,
            answers: Vec::new(),
            ways: Vec::new(),
            carries: Default::default(),
        }
    }

    #[test]
    fn what_is_drawn_adds_up_to_what_was_weighed() {
        let (steps_of, sum) = steps(&comparison(-7.0), 0);
        assert_eq!(
            steps_of.iter().map(|step| (step.from, step.bits)).collect::<Vec<_>>(),
            [(0.0, -10.0), (-10.0, 8.0), (-2.0, -5.0)]
        );
        assert_eq!(sum, -7.0);
        let drawn = waterfall(&comparison(-7.0), 0).into_string();
        assert!(
            drawn.contains("<td class=\"number\">\u{2212}5.00</td><td class=\"number\">\u{2212}7.00</td>"),
            "{drawn}"
        );
    }

    #[test]
    fn what_the_model_of_now_does_not_explain_is_a_step_of_its_own() {
        let (steps_of, sum) = steps(&comparison(-4.5), 0);
        let last = steps_of.last().unwrap();
        assert_eq!((last.label.as_str(), last.bits, sum), ("changed since", 2.5, -4.5));
    }

    #[test]
    fn nothing_is_drawn_where_nothing_was_weighed() {
        let mut none = comparison(0.0);
        none.others[0].bits = None;
        assert_eq!(waterfall(&none, 0).into_string(), "");
        assert_eq!([signed(0.001), signed(-0.001), signed(1.5)], ["0.00", "0.00", "+1.50"]);
    }
}
