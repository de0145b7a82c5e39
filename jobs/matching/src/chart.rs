//! The chart by which thresholds are chosen: how many pairs weigh how much, those that are one person and the others.

use std::fmt::Write;

use crate::config::Thresholds;
use crate::train::Bin;

/// Width of the chart, and of the pairs in it; heights of a half and of the texts under it. All in pixels.
const WIDTH: f64 = 900.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 50.0;
const HALF: f64 = 170.0;
const BELOW: f64 = 60.0;
/// Bits between two numbers under the chart.
const STEP: i32 = 10;
/// Powers of ten of the counts that lines are drawn at.
const TENS: std::ops::RangeInclusive<i32> = 1..=6;

/// Returns an SVG of pairs by weight, matches upwards and the others downwards, with lines at the thresholds; counts are to the scale of their
/// logarithm, since there are far more of the others.
#[must_use]
pub fn svg(bins: &[Bin], thresholds: Thresholds) -> String {
    let first = bins.first().map_or(0, |bin| bin.from).min(floor(thresholds.propose) - 1);
    let last = bins.last().map_or(0, |bin| bin.from + 1).max(floor(thresholds.exact) + 2);
    let x = |bits: f64| LEFT + (bits - f64::from(first)) / f64::from(last - first) * (WIDTH - LEFT - RIGHT);
    let most = bins.iter().flat_map(|bin| [bin.matches, bin.others]).fold(1.0, f64::max);
    let height = |count: f64| (1.0 + count).log10() / (1.0 + most).log10() * HALF;
    let middle = TOP + HALF;
    let mut drawn = String::new();
    let sum = |count: fn(&Bin) -> f64| bins.iter().map(count).sum::<f64>();
    let (matches, others) = (sum(|bin| bin.matches), sum(|bin| bin.others));
    let told = format!(
        "{matches:.0} pairs are one person, {others:.0} are not; exact from {} bits, proposed from {} bits",
        thresholds.exact, thresholds.propose
    );
    head(&mut drawn, &told);
    for power in TENS {
        let count = 10_f64.powi(power);
        if count <= most {
            for y in [middle - height(count), middle + height(count)] {
                let (right, text) = (WIDTH - RIGHT, y + 4.0);
                put(&mut drawn, format_args!(r#"<path class="grid" d="M{LEFT} {y:.1}H{right}"/>"#));
                put(
                    &mut drawn,
                    format_args!(r#"<text x="{:.1}" y="{text:.1}" text-anchor="end">{count}</text>"#, LEFT - 6.0),
                );
            }
        }
    }
    for bin in bins {
        let (from, to) = (x(f64::from(bin.from)), x(f64::from(bin.from + 1)));
        let width = (to - from - 1.0).max(0.5);
        let (up, down) = (height(bin.matches), height(bin.others));
        let top = middle - up;
        put(
            &mut drawn,
            format_args!(r#"<rect class="match" x="{from:.1}" y="{top:.1}" width="{width:.1}" height="{up:.1}"/>"#),
        );
        put(
            &mut drawn,
            format_args!(
                r#"<rect class="other" x="{from:.1}" y="{middle:.1}" width="{width:.1}" height="{down:.1}"/>"#
            ),
        );
    }
    let bottom = middle + HALF;
    put(&mut drawn, format_args!(r#"<path class="axis" d="M{LEFT} {middle}H{}"/>"#, WIDTH - RIGHT));
    for bits in (first..=last).filter(|bits| bits % STEP == 0) {
        let at = x(f64::from(bits));
        put(
            &mut drawn,
            format_args!(r#"<text x="{at:.1}" y="{:.1}" text-anchor="middle">{bits}</text>"#, bottom + 18.0),
        );
    }
    for (name, bits) in [("propose", thresholds.propose), ("exact", thresholds.exact)] {
        let at = x(bits);
        put(&mut drawn, format_args!(r#"<path class="limit" d="M{at:.1} {TOP}V{bottom}"/>"#));
        put(&mut drawn, format_args!(r#"<text x="{:.1}" y="{:.1}">{name} {bits}</text>"#, at + 4.0, TOP + 12.0));
    }
    let (under, centre) = (bottom + 40.0, WIDTH / 2.0);
    put(&mut drawn, format_args!(r#"<text x="{centre}" y="{under}" text-anchor="middle">weight in bits</text>"#));
    drawn.push_str("</svg>\n");
    drawn
}

fn head(drawn: &mut String, told: &str) {
    let height = TOP + 2.0 * HALF + BELOW;
    put(
        drawn,
        format_args!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="title told">"#
        ),
    );
    put(drawn, format_args!(r#"<title id="title">Pairs by weight</title><desc id="told">{told}</desc>"#));
    put(
        drawn,
        format_args!(
            "<style>text{{font:12px sans-serif}}.match{{fill:#0b6e4f}}.other{{fill:#fff;stroke:#555}}.grid{{stroke:#ddd}}\
         .axis{{stroke:#000}}.limit{{stroke:#b00020;stroke-dasharray:4 3}}</style>"
        ),
    );
    put(drawn, format_args!(r##"<rect width="{WIDTH}" height="{height}" fill="#fff"/>"##));
    put(drawn, format_args!(r#"<text x="{LEFT}" y="20">one person: filled, upwards; not: open, downwards</text>"#));
    put(drawn, format_args!(r#"<text x="{LEFT}" y="38">{told}</text>"#));
}

/// Adds a line.
fn put(drawn: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a text does not fail.
    let _ = writeln!(drawn, "{line}");
}

fn floor(bits: f64) -> i32 {
    bits.clamp(-1_000.0, 1_000.0).floor() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    const THRESHOLDS: Thresholds = Thresholds { exact: 18.0, propose: 2.0, margin: 8.0 };

    fn bins() -> Vec<Bin> {
        [(-12, 0.0, 900.0), (-11, 1.0, 40.0), (-10, 0.0, 0.0), (25, 99.0, 0.0)]
            .map(|(from, matches, others)| Bin { from, matches, others })
            .to_vec()
    }

    #[test]
    fn matches_stand_above_the_axis_and_others_hang_below() {
        let drawn = svg(&bins(), THRESHOLDS);
        assert!(drawn.contains("100 pairs are one person, 940 are not; exact from 18 bits, proposed from 2 bits"));
        let number = |line: &str, name: &str| -> f64 {
            let behind = line.split(&format!(" {name}=\"")).nth(1).unwrap();
            behind.split('"').next().unwrap().parse().unwrap()
        };
        let rect = |class: &str| -> Vec<(f64, f64, f64)> {
            let begin = format!("<rect class=\"{class}\"");
            let lines = drawn.lines().filter(|line| line.starts_with(&begin));
            lines.map(|line| (number(line, "x"), number(line, "y"), number(line, "height"))).collect()
        };
        let (matches, others) = (rect("match"), rect("other"));
        assert_eq!((matches.len(), others.len()), (4, 4));
        assert!(matches.iter().all(|(_, y, height)| (y + height - 220.0).abs() < 0.2));
        assert!(others.iter().all(|(_, y, _)| (y - 220.0).abs() < 0.01));
        // The most is as high as a half; a count of nothing has no height; the heavier is further right.
        assert!((others[0].2 - HALF).abs() < 0.1 && others[3].2 < 0.01 && matches[3].2 > matches[1].2);
        assert!(matches[3].0 > matches[0].0);
    }

    #[test]
    fn a_chart_of_nothing_has_its_thresholds() {
        let drawn = svg(&[], THRESHOLDS);
        assert!(drawn.contains("propose 2<") && drawn.contains("exact 18<") && drawn.ends_with("</svg>\n"));
        assert_eq!(drawn, svg(&[], THRESHOLDS));
    }
}
