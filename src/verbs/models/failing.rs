//! `carelake models failing`: the rows that a test of the last build failed on.

use std::process::ExitCode;

use carelake_core::publish::PublishError;
use carelake_curated::standings::{Standings, failing_key, fingerprint, values};
use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{named, section};
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output;

/// Print the rows on which a test of the last build failed, as CSV
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  carelake models failing cur_orders relationships_account_id

At most 1,000 rows are kept, with their key and the column that the test is about, in the place of rejected rows. They may be protected
health information.")]
pub(crate) struct Failing {
    /// The model
    #[arg(value_name = "MODEL")]
    model: String,
    /// The test
    #[arg(value_name = "TEST")]
    test: String,
}

impl Failing {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let curated = section(&lake)?;
        let model = named(&curated, &self.model)?;
        if !model.tests.iter().any(|test| test.name == self.test) {
            let names = model.tests.iter().map(|test| test.name.as_str());
            return Err(Failure::unknown("test", &self.test, names));
        }
        let kept = match lake.ledger_if_any()? {
            Some(ledger) => Standings::new(&*ledger, &lake.scope, Timestamp::now()).of(&model.name)?,
            None => None,
        };
        let now = fingerprint(model, &values(&curated, Timestamp::now().to_zoned(TimeZone::UTC).date()));
        let is_asked = kept
            .as_ref()
            .is_some_and(|kept| kept.fingerprint == now && kept.tests.iter().any(|result| result.test == self.test));
        let run = kept.and_then(|kept| kept.run_id);
        let Some(run) = run else {
            return Err(Failure::argument(format!("{} was not built yet", model.name)).advise("`carelake build`"));
        };
        match lake.rejects.read(&failing_key(&model.name, &run, &self.test)) {
            Ok(bytes) => output::text(String::from_utf8_lossy(&bytes)),
            Err(error) if error.is_not_found() && !is_asked => output::aside(format_args!(
                "{} was not asked of {} yet, as it is now; `carelake build {1}` asks it",
                self.test, model.name
            )),
            Err(error) if error.is_not_found() => {
                output::aside(format_args!("no row of {} failed {}", model.name, self.test))
            }
            Err(error) => return Err(PublishError::from(error).into()),
        }
        Ok(ExitCode::SUCCESS)
    }
}
