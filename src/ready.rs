//! Ready queries: how engines read a publication, to be typed as they are.

use std::path::Path;

use carelake_core::names::Publication;
use serde::Serialize;

use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::{Global, typed};

/// A query, and what it is typed into.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Ready {
    pub engine: &'static str,
    pub query: String,
}

/// Returns the queries that read what a publication serves, wherever one stands.
pub(crate) fn queries(lake: &Lake, publication: &Publication, global: &Global) -> Result<Vec<Ready>, Failure> {
    if let Some(deployment) = lake.deployment() {
        let query =
            format!("select * from \"{}\".\"{}\" limit 10", deployment.database(), deployment.table_name(publication));
        return Ok(vec![Ready { engine: "Athena", query }]);
    }
    let table = publication.alias();
    let own = format!("carelake query {} 'select * from {table} limit 10'", options(global));
    let mut ready = vec![Ready { engine: "carelake", query: own }];
    ready.extend(in_place(&lake.folder()?.join(publication.link_key())));
    Ok(ready)
}

/// Returns the queries that read a folder of Parquet files.
fn in_place(folder: &Path) -> [Ready; 3] {
    let folder = folder.display().to_string();
    let files = format!("{}/**/*.parquet", literally(&folder));
    let sql = format!("'{}'", files.replace('\'', "''"));
    let [files, folder] = [files, folder].map(|text| format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'")));
    let duckdb = format!("select * from read_parquet({sql}, hive_partitioning = true) limit 10");
    let polars = format!("pl.scan_parquet({files}, hive_partitioning=True).head(10).collect()");
    let pandas = format!("pd.read_parquet({folder})");
    [("DuckDB", duckdb), ("Polars", polars), ("pandas", pandas)].map(|(engine, query)| Ready { engine, query })
}

/// Returns a path as a pattern that stands for it alone.
fn literally(path: &str) -> String {
    let mut pattern = String::with_capacity(path.len());
    for character in path.chars() {
        if "[*?".contains(character) {
            pattern.extend(['[', character, ']']);
        } else {
            pattern.push(character);
        }
    }
    pattern
}

/// Returns the options that name the lake.
fn options(global: &Global) -> String {
    let mut options = format!("--config {}", typed(&global.config));
    if global.env != "local" {
        options.push_str(&format!(" --env {}", global.env));
    }
    if let Some(output) = &global.output {
        options.push_str(&format!(" --output {}", typed(output)));
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_quoted_for_each_engine_and_stands_for_itself() {
        let [duckdb, polars, pandas] = in_place(Path::new("/lake's [1]/clinicians/current"));
        assert_eq!(
            duckdb.query,
            "select * from read_parquet('/lake''s [[]1]/clinicians/current/**/*.parquet', hive_partitioning = true) limit 10"
        );
        assert_eq!(
            polars.query,
            r"pl.scan_parquet('/lake\'s [[]1]/clinicians/current/**/*.parquet', hive_partitioning=True).head(10).collect()"
        );
        assert_eq!(pandas.query, r"pd.read_parquet('/lake\'s [1]/clinicians/current')");
    }
}
