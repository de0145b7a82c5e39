//! Indexes that can be used to look for rows, and what is counted of changes.

use std::collections::BTreeMap;

use super::catalogue::{Place, about};
use super::fault::Fault;
use super::session::Open;
use super::setup::Flavour;
use crate::relation::{Column, Index};

/// An index by the names of its columns.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    columns: Vec<String>,
    is_unique: bool,
    is_primary: bool,
    /// Whether a part of it is no whole column, or it is not for looking: a full text, an invisible one.
    is_unusable: bool,
}

/// A part of an index: its number, its column, whether the index is unique, whether the part cannot be used.
type Part = (u32, Option<String>, bool, bool);

/// Returns the indexes of the tables of some databases.
pub(super) fn indexes(open: &mut Open, databases: &[String]) -> Result<BTreeMap<Place, Vec<Named>>, Fault> {
    let hidden = match open.flavour {
        Flavour::Mysql => "is_visible = 'NO'",
        Flavour::Mariadb(major, minor) if (major, minor) >= (10, 6) => "ignored = 'YES'",
        Flavour::Mariadb(..) => "FALSE",
    };
    let rows = about(
        open,
        &format!(
            "SELECT table_schema, table_name, index_name, seq_in_index, column_name, non_unique = 0, \
             sub_part IS NOT NULL OR column_name IS NULL OR index_type <> 'BTREE' OR {hidden} \
             FROM information_schema.statistics WHERE table_schema IN ({{databases}})"
        ),
        databases,
    )?;
    let mut parts: BTreeMap<(Place, String), Vec<Part>> = BTreeMap::new();
    for (place, row) in rows {
        let [Some(name), Some(part), column, Some(is_unique), Some(is_unusable)] =
            <[_; 5]>::try_from(row).map_err(|_| Fault::Malformed)?
        else {
            return Err(Fault::Malformed);
        };
        let part = part.parse().map_err(|_| Fault::Malformed)?;
        parts.entry((place, name)).or_default().push((part, column, is_unique == "1", is_unusable == "1"));
    }
    let mut found: BTreeMap<Place, Vec<Named>> = BTreeMap::new();
    for ((place, name), mut parts) in parts {
        parts.sort();
        found.entry(place).or_default().push(Named {
            is_primary: name == "PRIMARY",
            is_unique: parts.iter().all(|(_, _, is_unique, _)| *is_unique),
            is_unusable: parts.iter().any(|(_, _, _, is_unusable)| *is_unusable),
            columns: parts.into_iter().filter_map(|(_, column, _, _)| column).collect(),
        });
    }
    Ok(found)
}

/// Returns the columns of the key, and the indexes by the places of their columns.
pub(super) fn placed(columns: &[Column], indexes: &[Named]) -> (Vec<usize>, Vec<Index>) {
    let place = |name: &String| columns.iter().position(|column| column.name == *name);
    let usable = indexes.iter().filter(|index| !index.is_unusable);
    let found: Vec<(bool, Index)> = usable
        .filter_map(|index| {
            let columns = index.columns.iter().map(place).collect::<Option<Vec<_>>>()?;
            Some((index.is_primary, Index { columns, is_unique: index.is_unique }))
        })
        .collect();
    let is_never_null = |at: &usize| columns.get(*at).is_some_and(|column| !column.is_nullable);
    let key = found.iter().find(|(is_primary, _)| *is_primary).or_else(|| {
        // Of several the shortest; of those the first by name.
        let unique = found.iter().filter(|(_, index)| index.is_unique && index.columns.iter().all(is_never_null));
        unique.min_by_key(|(_, index)| index.columns.len())
    });
    let key = key.map(|(_, index)| index.columns.clone()).unwrap_or_default();
    (key, found.into_iter().map(|(_, index)| index).collect())
}

/// Returns rows changed and deleted since the server counts; nothing where it does not, or the login may not see it.
pub(super) fn churn(open: &mut Open, databases: &[String]) -> Result<BTreeMap<Place, (u64, u64)>, Fault> {
    let is_counted = open.link.only("SELECT @@global.performance_schema")?;
    if is_counted.first().and_then(Option::as_deref) != Some("1") {
        return Ok(BTreeMap::new());
    }
    let statement = "SELECT object_schema, object_name, count_update, count_delete \
         FROM performance_schema.table_io_waits_summary_by_table WHERE object_type = 'TABLE' AND object_schema IN ({databases})";
    let rows = match about(open, statement, databases) {
        Err(Fault::Code(1142)) => return Ok(BTreeMap::new()),
        rows => rows?,
    };
    let counted = rows.into_iter().filter_map(|(place, row)| {
        let [changed, deleted] = <[_; 2]>::try_from(row).ok()?;
        Some((place, (changed?.parse().ok()?, deleted?.parse().ok()?)))
    });
    Ok(counted.collect())
}

#[cfg(test)]
mod tests {
    use super::{Named, placed};
    use crate::kind::Kind;
    use crate::relation::Column;

    fn column(name: &str, is_nullable: bool) -> Column {
        Column {
            name: name.to_owned(),
            number: 1,
            declared: "int".to_owned(),
            kind: Kind::Integer,
            wire: 0,
            is_nullable,
            is_kept_by_server: false,
            is_generated: false,
        }
    }

    fn index(columns: &[&str], is_unique: bool) -> Named {
        let columns = columns.iter().map(|name| (*name).to_owned()).collect();
        Named { columns, is_unique, is_primary: false, is_unusable: false }
    }

    #[test]
    fn the_key_is_the_primary_one_else_unique_and_never_null() {
        let columns = [column("a", false), column("b", true), column("my_row_id", false)];
        let unique =
            || vec![index(&["b"], true), index(&["a", "my_row_id"], true), index(&["a"], true), index(&["a"], false)];
        assert_eq!(placed(&columns, &unique()).0, [0]);
        // A key that the server made itself, invisible as it is.
        let mut with_primary = unique();
        with_primary.push(Named { is_primary: true, ..index(&["my_row_id"], true) });
        assert_eq!(placed(&columns, &with_primary).0, [2]);
        assert_eq!(placed(&columns, &[index(&["b"], true)]).0, Vec::<usize>::new());
    }

    #[test]
    fn an_index_of_which_a_part_is_no_column_is_left_out() {
        let columns = [column("a", false)];
        assert!(placed(&columns, &[Named { is_unusable: true, ..index(&["a"], true) }]).1.is_empty());
    }
}
