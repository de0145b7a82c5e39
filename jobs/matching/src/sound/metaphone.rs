//! Double metaphone: one code or two of how a name may be said.
//!
//! Where publications differ, the codes are those of the list that the room is proved with; they are not cut to four letters.

use super::letters::Letters;

/// What a letter is said as, by the one and by the other reading, and how many letters that takes.
#[derive(Debug, Clone, Copy)]
struct Said(&'static str, &'static str, isize);

const fn same(code: &'static str, width: isize) -> Said {
    Said(code, code, width)
}

/// Returns the codes of a name, one or two, in order; none of a name without letters from A to Z.
///
/// # Source
/// L. Philips, "The Double Metaphone Search Algorithm", C/C++ Users Journal, June 2000.
///
/// ```
/// use carelake_matching::sound::metaphone;
/// assert_eq!(metaphone("williams"), ["ALMS", "FLMS"]);
/// assert_eq!(metaphone("nancy"), ["NNS"]);
/// ```
#[must_use]
pub fn metaphone(name: &str) -> Vec<String> {
    let name = name.to_ascii_uppercase();
    let mut it = Letters { name: name.as_bytes(), at: 0 };
    let (mut one, mut two) = (String::new(), String::new());
    if it.starts(&["GN", "KN", "PN", "WR", "PS"]) {
        it.at = 1;
    } else if it.starts(&["X"]) {
        (one, two) = ("S".to_owned(), "S".to_owned());
        it.at = 1;
    }
    let mut said = same("", 1);
    while it.at <= it.last() {
        said = match it.get(0) {
            // What was said before goes on where a G and an H are not said at all.
            b'G' => g(&it).unwrap_or(said),
            letter => of_letter(letter, &it),
        };
        one.push_str(said.0);
        two.push_str(said.1);
        it.at += said.2;
    }
    let mut codes = vec![one, two];
    codes.retain(|code| !code.is_empty());
    codes.sort_unstable();
    codes.dedup();
    codes
}

fn of_letter(letter: u8, it: &Letters<'_>) -> Said {
    match letter {
        b'A' | b'E' | b'I' | b'O' | b'U' | b'Y' => same(if it.is_first() { "A" } else { "" }, 1),
        b'B' => doubled(it, "P", "B"),
        b'C' => c(it),
        b'D' => d(it),
        b'F' => doubled(it, "F", "F"),
        b'H' if (it.is_first() || it.vowel(-1)) && it.vowel(1) => same("H", 2),
        b'J' => j(it),
        b'K' => doubled(it, "K", "K"),
        b'L' => l(it),
        b'M' => doubled(it, "M", "M"),
        b'N' => doubled(it, "N", "N"),
        b'P' if it.any(1, "H") => same("F", 2),
        b'P' => doubled(it, "P", "PB"),
        b'Q' => doubled(it, "K", "Q"),
        b'R' => r(it),
        b'S' => s(it),
        b'T' => t(it),
        b'V' => doubled(it, "F", "V"),
        b'W' => w(it),
        b'X' => x(it),
        b'Z' => z(it),
        _ => same("", 1),
    }
}

fn doubled(it: &Letters<'_>, code: &'static str, again: &str) -> Said {
    same(code, width(it, again))
}

fn width(it: &Letters<'_>, again: &str) -> isize {
    if it.any(1, again) { 2 } else { 1 }
}

/// Returns whether the name is of a family `van`, `von`, or begins with `sch`.
fn is_germanic(it: &Letters<'_>) -> bool {
    it.starts(&["VAN ", "VON ", "SCH"])
}

fn c(it: &Letters<'_>) -> Said {
    let is_bacher = || !it.any(2, "E") || it.is(-2, &["BACHER", "MACHER"]);
    if it.at > 1 && !it.vowel(-2) && it.is(-1, &["ACH"]) && !it.any(2, "I") && is_bacher() {
        return same("K", 2);
    }
    if it.is_first() && it.is(0, &["CAESAR"]) {
        return same("S", 2);
    }
    if it.is(0, &["CHIA"]) {
        return same("K", 2);
    }
    if it.is(0, &["CH"]) {
        return ch(it);
    }
    if it.is(0, &["CZ"]) && !it.is(-2, &["WICZ"]) {
        return Said("S", "X", 2);
    }
    if it.is(1, &["CIA"]) {
        return same("X", 3);
    }
    let is_mc = it.at == 1 && it.is(-1, &["M"]);
    if it.is(0, &["CC"]) && !is_mc {
        if !it.any(2, "IEH") || it.is(2, &["HU"]) {
            return same("K", 2);
        }
        let is_hard = (it.at == 1 && it.is(-1, &["A"])) || it.is(-1, &["UCCEE", "UCCES"]);
        return same(if is_hard { "KS" } else { "X" }, 3);
    }
    if it.is(0, &["CIO", "CIE", "CIA"]) {
        return Said("S", "X", 2);
    }
    if it.is(0, &["CI", "CE", "CY"]) {
        return same("S", 2);
    }
    let takes_next = it.any(1, "GKQ") || (it.any(1, "C") && !it.is(1, &["CE", "CI"]));
    same("K", if takes_next { 2 } else { 1 })
}

fn ch(it: &Letters<'_>) -> Said {
    if !it.is_first() && it.is(0, &["CHAE"]) {
        return Said("K", "X", 2);
    }
    let is_greek = it.is_first() && it.is(1, &["HARAC", "HARIS", "HOR", "HYM", "HIA", "HEM"]) && !it.is(0, &["CHORE"]);
    let is_hard = is_germanic(it)
        || it.is(-2, &["ORCHES", "ARCHIT", "ORCHID"])
        || it.any(2, "TS")
        || ((it.is_first() || it.any(-1, "AOUE")) && it.any(2, "LRNMBHFVW"));
    match (is_greek || is_hard, it.is_first()) {
        (true, _) => same("K", 2),
        (false, true) => same("X", 2),
        (false, false) if it.starts(&["MC"]) => same("K", 2),
        (false, false) => Said("X", "K", 2),
    }
}

fn d(it: &Letters<'_>) -> Said {
    if it.is(0, &["DG"]) {
        return if it.any(2, "IEY") { same("J", 3) } else { same("TK", 2) };
    }
    doubled(it, "T", "TD")
}

fn g(it: &Letters<'_>) -> Option<Said> {
    if it.any(1, "H") {
        return gh(it);
    }
    let is_slavic = it.is_slavic();
    if it.any(1, "N") {
        let is_second = it.at == 1 && it.vowel(-1);
        return Some(match (is_slavic, is_second, it.is(2, &["EY"])) {
            (false, true, _) => Said("KN", "N", 2),
            (false, false, false) => Said("N", "KN", 2),
            _ => same("KN", 2),
        });
    }
    if it.is(1, &["LI"]) && !is_slavic {
        return Some(Said("KL", "L", 2));
    }
    if it.is_first() && it.is(1, &["Y", "ES", "EP", "EB", "EL", "EY", "IB", "IL", "IN", "IE", "EI", "ER"]) {
        return Some(Said("K", "J", 2));
    }
    let is_danger = it.starts(&["DANGER", "RANGER", "MANGER"]);
    if it.is(1, &["ER", "Y"]) && !is_danger && !it.any(-1, "EI") && !it.is(-1, &["RGY", "OGY"]) {
        return Some(Said("K", "J", 2));
    }
    if it.any(1, "EIY") || it.is(-1, &["AGGI", "OGGI"]) {
        let is_hard = is_germanic(it) || it.is(1, &["ET"]);
        return Some(if is_hard { same("K", 2) } else { Said("J", "K", 2) });
    }
    Some(doubled(it, "K", "G"))
}

fn gh(it: &Letters<'_>) -> Option<Said> {
    if !it.is_first() && !it.vowel(-1) {
        return Some(same("K", 2));
    }
    if it.is_first() {
        return Some(same(if it.any(2, "I") { "J" } else { "K" }, 2));
    }
    if it.at < 3 {
        return None;
    }
    let is_silent = it.any(-2, "BHD") || it.any(-3, "BHD") || (it.at > 3 && it.any(-4, "BH"));
    if is_silent {
        return Some(same("", 2));
    }
    if it.any(-1, "U") && it.any(-3, "CGLRT") {
        return Some(same("F", 2));
    }
    (!it.any(-1, "I")).then_some(same("K", 2))
}

fn j(it: &Letters<'_>) -> Said {
    let width = width(it, "J");
    if it.is(0, &["JOSE"]) || it.starts(&["SAN "]) {
        return if it.starts(&["SAN "]) { same("H", width) } else { Said("J", "H", width) };
    }
    if it.is_first() {
        return Said("J", "A", width);
    }
    if it.vowel(-1) && !it.is_slavic() && it.any(1, "AO") {
        return Said("J", "H", width);
    }
    if it.is_last() {
        return Said("J", " ", width);
    }
    let is_said = !it.any(1, "LTKSNMBZ") && !it.any(-1, "SKL");
    same(if is_said { "J" } else { "" }, width)
}

fn l(it: &Letters<'_>) -> Said {
    if !it.any(1, "L") {
        return same("L", 1);
    }
    let end = it.last() - it.at;
    let is_spanish = (it.at == it.last() - 2 && it.is(-1, &["ILLO", "ILLA", "ALLE"]))
        || ((it.is(end - 1, &["AS", "OS"]) || it.any(end, "AO")) && it.is(-1, &["ALLE"]));
    Said("L", if is_spanish { "" } else { "L" }, 2)
}

fn r(it: &Letters<'_>) -> Said {
    let is_french = it.is_last() && !it.is_slavic() && it.is(-2, &["IE"]) && !it.is(-4, &["ME", "MA"]);
    Said(if is_french { "" } else { "R" }, "R", width(it, "R"))
}

fn s(it: &Letters<'_>) -> Said {
    if it.is(-1, &["ISL", "YSL"]) {
        return same("", 1);
    }
    if it.is_first() && it.is(0, &["SUGAR"]) {
        return Said("X", "S", 1);
    }
    if it.is(0, &["SH"]) {
        let is_germanic = it.is(1, &["HEIM", "HOEK", "HOLM", "HOLZ"]);
        return same(if is_germanic { "S" } else { "X" }, 2);
    }
    if it.is(0, &["SIO", "SIA"]) {
        return Said("S", if it.is_slavic() { "S" } else { "X" }, 3);
    }
    if it.any(1, "Z") || (it.is_first() && it.any(1, "MNLW")) {
        return Said("S", "X", width(it, "Z"));
    }
    if it.is(0, &["SC"]) {
        return sc(it);
    }
    if it.is_last() && it.is(-2, &["AI", "OI"]) {
        return Said("", "S", 1);
    }
    doubled(it, "S", "SZ")
}

fn sc(it: &Letters<'_>) -> Said {
    if !it.any(2, "H") {
        return same(if it.any(2, "IEY") { "S" } else { "SK" }, 3);
    }
    if it.is(3, &["ER", "EN"]) {
        return Said("X", "SK", 3);
    }
    if it.is(3, &["OO", "UY", "ED", "EM"]) {
        return same("SK", 3);
    }
    let is_said_s = it.is_first() && !it.vowel(3) && !it.any(3, "W");
    Said("X", if is_said_s { "S" } else { "X" }, 3)
}

fn t(it: &Letters<'_>) -> Said {
    if it.is(0, &["TION", "TIA", "TCH"]) {
        return same("X", 3);
    }
    if it.is(0, &["TH", "TTH"]) {
        let is_hard = it.is(2, &["OM", "AM"]) || is_germanic(it);
        return if is_hard { same("T", 2) } else { Said("0", "T", 2) };
    }
    doubled(it, "T", "TD")
}

fn w(it: &Letters<'_>) -> Said {
    if it.is(0, &["WR"]) {
        return same("R", 2);
    }
    if it.is_first() && (it.vowel(1) || it.is(0, &["WH"])) {
        return Said("A", if it.vowel(1) { "F" } else { "A" }, 1);
    }
    let is_arnow = it.is_last() && it.vowel(-1);
    if is_arnow || it.is(-1, &["EWSKI", "EWSKY", "OWSKI", "OWSKY"]) || it.starts(&["SCH"]) {
        return Said("", "F", 1);
    }
    if it.is(0, &["WICZ", "WITZ"]) { Said("TS", "FX", 4) } else { same("", 1) }
}

fn x(it: &Letters<'_>) -> Said {
    let is_french = it.is_last() && (it.is(-3, &["IAU", "EAU"]) || it.is(-2, &["AU", "OU"]));
    same(if is_french { "" } else { "KS" }, width(it, "CX"))
}

fn z(it: &Letters<'_>) -> Said {
    if it.any(1, "H") {
        return same("J", 2);
    }
    let is_slavic = it.is_slavic() && !it.is_first() && !it.any(-1, "T");
    let second = if is_slavic || it.is(1, &["ZO", "ZI", "ZA"]) { "TS" } else { "S" };
    Said("S", second, width(it, "Z"))
}
