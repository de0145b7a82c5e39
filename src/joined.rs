//! The configuration as one file: what is deployed, and what tells one configuration from another.

use std::borrow::Cow;

use carelake_core::config::with_files;
use carelake_intake::config::SECTION;
use carelake_intake::functions::desk::of_config;
use carelake_tabular::config::Config;

use crate::failure::Failure;

/// Returns the configuration as one file, as it is deployed: with the small files that feeds look up in.
pub(crate) fn joined(config: &Config) -> Result<Cow<'_, str>, Failure> {
    let files = of_config(config)?.map(|intake| intake.references).unwrap_or_default();
    if files.is_empty() {
        return Ok(Cow::Borrowed(&config.text));
    }
    let whole = with_files(&config.root, SECTION.name, &files);
    Ok(whole.map_or(Cow::Borrowed(config.text.as_str()), Cow::Owned))
}
