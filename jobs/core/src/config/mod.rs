//! Reading `pipeline_config.yaml`: the reader that every section is read with, and the sections that are everybody's.
//!
//! Text becomes a tree of nodes that know their line and column; the tree becomes types that can be trusted, or a [`ConfigError`]
//! that lists every mistake at once. What an operator gives on the command line is applied by the command, not here.

mod deployment;
mod embed;
mod environment;
mod files;
mod head;
mod lineage;
mod location;
mod name;
mod notify;
mod places;
mod prices;
pub mod reader;
mod secret;
mod section;
mod serve;
mod tenants;
mod version;

pub use deployment::{ACCOUNT, Architecture, Deployment, MonthlySchedule, Network, read_account};
pub use embed::{FILES, with_files};
pub use environment::{Environment, read_environments};
pub use files::Files;
pub use head::{HEAD, Head, ResolvedHead, read_head};
pub use lineage::Lineage;
pub use location::{Location, LocationError};
pub use name::{check_own_name, normalised_name};
pub use notify::{Notify, Smtp, SmtpSecurity, read_notify};
pub use places::Places;
pub use prices::{Prices, read_prices};
pub use reader::{ConfigError, Problem};
pub use secret::{SECRET, Secret, read_secret};
pub use section::Section;
pub use serve::Serve;
pub use tenants::Tenant;
pub use version::{LATEST, check_version, upgraded};
