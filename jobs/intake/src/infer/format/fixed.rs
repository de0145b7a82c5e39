//! Text in columns of fixed width: types of records, and where their fields stand.

use std::collections::BTreeMap;

use super::super::meaning::is_column_name;
use super::super::sample::{Column, Part, Sample, Seen, Set, Setting};
use super::delimited::whole_lines;
use super::slices::Grid;
use super::text::Decoded;

/// Lines that tell something about columns.
const FEWEST_LINES: usize = 3;
/// The longest type of a record, in characters.
const LONGEST_TYPE: usize = 3;
/// The most types of records.
const MOST_TYPES: usize = 8;
/// Lines by which columns are told.
const TRIED_LINES: usize = 3000;

/// Takes a sample of text of fixed width; `None` if there are no columns in it.
pub(super) fn sample(decoded: &Decoded, most: usize) -> Option<Sample> {
    let text = whole_lines(&decoded.text, decoded.is_whole);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).take(TRIED_LINES.max(most)).collect();
    if lines.len() < FEWEST_LINES {
        return None;
    }
    let mut format = vec![Setting::word("type", "fixed_width")];
    format.push(Setting::word("encoding", decoded.name()).noted(decoded.doubt.clone()));
    let mut sample = Sample { format, ..Sample::default() };
    match types(&lines) {
        None => {
            let (part, fields) = part(&lines, 0, "", most)?;
            sample.format.push(Setting { key: "fields", value: fields, comment: None });
            sample.parts.push(part);
        }
        Some((width, types)) => of_types(&types, width, most, &mut sample)?,
    }
    sample
        .doubts
        .push("where fields begin is told by the characters alone: compare it with the partner's layout".to_owned());
    Some(sample)
}

/// Lines of each type of record, in the order in which they come.
type Types<'a> = Vec<(String, Vec<&'a str>)>;

/// Tells the types of records: letters at the start, with a first or last line of a type of its own.
fn types<'a>(lines: &[&'a str]) -> Option<(usize, Types<'a>)> {
    (1..=LONGEST_TYPE).find_map(|width| {
        let mut types: Types<'a> = Vec::new();
        for line in lines {
            let start: String = line.chars().take(width).collect();
            if start.chars().count() < width || !start.chars().all(|letter| letter.is_ascii_uppercase()) {
                return None;
            }
            let known = types.iter_mut().find(|(name, _)| *name == start);
            if let Some((_, of)) = known {
                of.push(line);
            } else if types.len() < MOST_TYPES {
                types.push((start, vec![line]));
            } else {
                return None;
            }
        }
        let count = |line: Option<&&str>| {
            let start: String = line?.chars().take(width).collect();
            types.iter().find(|(name, _)| *name == start).map(|(_, of)| of.len())
        };
        let is_framed = count(lines.first()) == Some(1) || count(lines.last()) == Some(1);
        (types.len() >= 2 && is_framed).then_some((width, types))
    })
}

fn of_types(types: &Types<'_>, width: usize, most: usize, sample: &mut Sample) -> Option<()> {
    let mut records = Vec::new();
    let mut trailer = None;
    for (place, (name, lines)) in types.iter().enumerate() {
        if let [only] = lines.as_slice() {
            if place == 0
                && let Some((start, format)) = date_in(only, width)
            {
                let field = Set::Text(format!("{}-{}", start + 1, start + 8));
                records.push((name.clone(), Set::Map(vec![("delivery_date".to_owned(), field)])));
                sample.declared = Some((format!("{name}:delivery_date"), format));
                continue;
            }
            trailer = trailer.or_else(|| counts(name, only, width, types));
            continue;
        }
        let prefix = format!("{}_", name.to_lowercase());
        if let Some((mut part, fields)) = part(lines, width, &prefix, most) {
            part.select = Some(("record".to_owned(), name.clone()));
            sample.parts.push(part);
            records.push((name.clone(), fields));
        }
    }
    sample.format.push(Setting::word("record_type", format!("1-{width}")));
    sample.format.push(Setting { key: "records", value: Set::Map(records), comment: None });
    sample.format.extend(trailer);
    (!sample.parts.is_empty()).then_some(())
}

/// Finds a day in the first record.
fn date_in(line: &str, from: usize) -> Option<(usize, String)> {
    let letters: Vec<char> = line.chars().collect();
    ["%Y%m%d", "%m%d%Y"].iter().find_map(|format| {
        (from..letters.len()).find_map(|start| {
            let text: String = letters.get(start..start + 8)?.iter().collect();
            super::super::meaning::dates::fits(&text, format).then(|| (start, (*format).to_owned()))
        })
    })
}

/// Finds the numbers of records in the last one.
fn counts(name: &str, line: &str, from: usize, types: &Types<'_>) -> Option<Setting> {
    let digits: String = line.chars().skip(from).collect::<String>().trim_end().to_owned();
    let sought: Vec<(&str, usize)> =
        types.iter().filter(|(_, of)| of.len() > 1).map(|(name, of)| (name.as_str(), of.len())).collect();
    let mut found: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for width in 3..=digits.len() {
        found.clear();
        let starts = (0..).step_by(width).take_while(|start| start + width <= digits.len());
        for start in starts {
            let number = digits.get(start..start + width).and_then(|text| text.trim().parse::<usize>().ok());
            let of = sought.iter().find(|(name, count)| Some(*count) == number && !found.contains_key(*name));
            if let Some((name, _)) = of {
                found.insert((*name).to_owned(), (from + start + 1, from + start + width));
            }
        }
        if found.len() == sought.len() {
            break;
        }
    }
    if found.is_empty() {
        return None;
    }
    let counts = found.iter().map(|(of, (first, last))| (of.clone(), Set::Text(format!("{first}-{last}")))).collect();
    let map = vec![("record".to_owned(), Set::Text(name.to_owned())), ("counts".to_owned(), Set::Map(counts))];
    Some(Setting { key: "trailer", value: Set::Map(map), comment: None })
}

/// Cuts lines of one type into fields.
fn part(lines: &[&str], from: usize, prefix: &str, most: usize) -> Option<(Part, Set)> {
    let grid = Grid::new(lines);
    let fields = told(lines).filter(|_| from == 0).unwrap_or_else(|| grid.fields(from));
    if fields.len() < 2 {
        return None;
    }
    let names = names(&grid, &fields);
    let heads = usize::from(names.is_some());
    let mut part = Part { rows: (lines.len() - heads).min(most), ..Part::default() };
    let mut said = Vec::new();
    for (number, (start, width)) in fields.iter().enumerate() {
        let own = names.as_ref().and_then(|names| names.get(number)).map(String::as_str).unwrap_or_default();
        let name = format!("{prefix}field_{}", number + 1);
        let place = format!("{}-{}", start + 1, start + width);
        said.push((name.clone(), Set::Text(place)));
        if part.head.is_none() && !own.is_empty() {
            part.head = Some((name.clone(), own.to_owned()));
        }
        let mut column = Column::new(name, own);
        column.cells = grid.texts((*start, *width)).skip(heads).take(most).map(|text| Seen::text(&text)).collect();
        part.columns.push(column);
    }
    Some((part, Set::Map(said)))
}

/// Returns where fields stand by the names above them: each begins where its name does, and behind a blank in every line.
fn told(lines: &[&str]) -> Option<Vec<(usize, usize)>> {
    let head: Vec<char> = lines.first()?.chars().collect();
    let is_blank = |at: usize| head.get(at).is_none_or(|letter| *letter == ' ');
    // A name may have single blanks in it.
    let starts: Vec<usize> = (0..head.len())
        .filter(|at| !is_blank(*at) && (*at == 0 || *at >= 2 && is_blank(at - 1) && is_blank(at - 2)))
        .collect();
    let ends = starts.iter().skip(1).copied().chain([head.len()]);
    let fields: Vec<(usize, usize)> = starts.iter().zip(ends).map(|(start, end)| (*start, end - start)).collect();
    let name = |(start, width): &(usize, usize)| head.iter().skip(*start).take(*width).collect::<String>();
    let known = fields.iter().filter(|field| is_column_name(name(field).trim())).count();
    let is_parted = |line: &&str| {
        let letters: Vec<char> = line.chars().collect();
        starts
            .iter()
            .filter(|start| **start > 0)
            .all(|start| letters.get(start - 1).is_none_or(|letter| *letter == ' '))
    };
    (fields.len() >= 3 && known * 2 >= fields.len() && lines.iter().all(is_parted)).then_some(fields)
}

/// Returns the names of fields, if the first line has them.
fn names(grid: &Grid, fields: &[(usize, usize)]) -> Option<Vec<String>> {
    let first = |field: &(usize, usize)| grid.texts(*field).next().map(|text| text.trim().to_owned());
    let names: Vec<String> = fields.iter().filter_map(first).collect();
    let filled = names.iter().filter(|name| !name.is_empty()).count();
    let known = names.iter().filter(|name| !name.is_empty() && is_column_name(name)).count();
    let have_letters = names.iter().all(|name| name.is_empty() || name.chars().any(char::is_alphabetic));
    (known >= 2 && known * 2 >= filled && have_letters).then_some(names)
}
