//! `carelake stream replay`: records that could not be used, or that were given up, are tried once more.

use std::process::ExitCode;

use carelake_streams::config::Stream;
use carelake_streams::functions::replay_parked;
use carelake_streams::range::Range;
use clap::Args;
use serde_json::json;

use super::{named, with_world};
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, thousands};

/// Try records once more: those that are parked, after the configuration was mended, or a range that was given up
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake stream replay visits --parked
  carelake stream replay visits --parked --re-enrich
  carelake stream replay visits --range shardId-00000001573689847184-864758bb 800000000003126276362 800000000003126276399 --env prod

What is good now is staged, and published by the next `carelake stream flush` as if it had been good at once; older changes never move a
row back. What is not stays parked.

What `enrich` looked up for a record when it was taken holds, also that there was nothing: records that are parked by lookup_miss are good
after --re-enrich only, or where on_miss is null by now. What is published stays as it is.

A range is read from the stream on AWS, from record to record; `carelake doctor` prints those that were given up. A table keeps records for
24 hours: those that are gone are counted as lost, and the rest is read.")]
pub(crate) struct Replay {
    /// The stream
    #[arg(value_name = "NAME")]
    stream: String,
    /// Records that are parked
    #[arg(long, required_unless_present = "range", conflicts_with = "range")]
    parked: bool,
    /// Records of a shard, from one position to another
    #[arg(long, num_args = 3, value_names = ["SHARD", "FIRST", "LAST"])]
    range: Option<Vec<String>>,
    /// How many records the range has, so that it is known how many are gone
    #[arg(long, value_name = "COUNT", requires = "range")]
    records: Option<u64>,
    /// Look up anew what records are given; without it, what was found when they were taken holds
    #[arg(long)]
    re_enrich: bool,
}

impl Replay {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let stream = named(&lake, &self.stream)?;
        match self.asked()? {
            Some(range) => of_range(lake, &stream, (&range, self.re_enrich), global),
            None => of_parked(lake, &stream, self.re_enrich, global),
        }
    }

    /// Returns the range that is asked for, if one is.
    fn asked(&self) -> Result<Option<Range>, Failure> {
        let Some([shard, first, last]) = self.range.as_deref() else { return Ok(None) };
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(first) || !is_number(last) || !shard.starts_with("shardId-") {
            return Err(Failure::argument("--range takes the name of a shard, shardId-…, and two sequence numbers")
                .advise("carelake doctor prints the ranges that were given up, as they are typed"));
        }
        let [shard, first, last] = [shard, first, last].map(String::clone);
        Ok(Some(Range { shard, first, last, records: self.records }))
    }
}

fn of_parked(lake: Lake, stream: &Stream, asks_anew: bool, global: &Global) -> Result<ExitCode, Failure> {
    let replayed = with_world(lake, |world| replay_parked(world, stream, asks_anew))?;
    let left: u64 = replayed.took.parked.values().sum();
    if global.json {
        output::json(&json!({ "stream": stream.name, "replayed": replayed }))?;
    } else {
        let good = thousands(replayed.took.rows + replayed.took.filtered);
        output::line(format_args!("{}: {good} records are good now, {} stay parked", stream.name, thousands(left)));
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(feature = "aws")]
fn of_range(
    lake: Lake,
    stream: &Stream,
    (range, asks_anew): (&Range, bool),
    global: &Global,
) -> Result<ExitCode, Failure> {
    let environment = lake.environment.clone();
    let took = with_world(lake, |world| {
        let reader = carelake_streams::range::reader(stream, &environment)?;
        carelake_streams::range::replay_range(world, stream, range, &*reader, asks_anew)
    })?;
    if global.json {
        output::json(&json!({ "stream": stream.name, "took": took }))?;
    } else {
        let parked: u64 = took.parked.values().sum();
        let [rows, filtered, parked, lost] = [took.rows, took.filtered, parked, took.lost].map(thousands);
        let name = &stream.name;
        output::line(format_args!("{name}: {rows} changes staged, {filtered} filtered, {parked} parked, {lost} lost"));
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(not(feature = "aws"))]
fn of_range(_: Lake, _: &Stream, _: (&Range, bool), _: &Global) -> Result<ExitCode, Failure> {
    Err(Failure::argument("ranges are read from AWS, and this carelake was built without what reaches it")
        .advise("./bootstrap.sh local aws, or: cargo build --release -p carelake --features aws"))
}
