//! Which address a name has; a name that nobody has is told apart from a name service that does not answer.

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Asks the machine.
#[derive(Debug, Default)]
pub(crate) struct Names(DefaultResolver);

impl Resolver for Names {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        self.0.resolve(uri, config, timeout).map_err(|error| match error {
            Error::Io(error) if !may_be_known(&error.to_string()) => Error::HostNotFound,
            error => error,
        })
    }
}

/// Returns whether the name service did not answer. The standard library keeps its code to itself, so the words of the C library count:
/// glibc's "Temporary failure in name resolution", musl's "Try again".
fn may_be_known(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    ["temporary", "try again"].iter().any(|words| message.contains(words))
}

#[cfg(test)]
mod tests {
    use super::may_be_known;

    #[test]
    fn a_service_that_does_not_answer_says_nothing_of_the_name() {
        let head = "failed to lookup address information: ";
        for passing in ["Temporary failure in name resolution", "Try again"] {
            assert!(may_be_known(&format!("{head}{passing}")), "{passing}");
        }
        for lasting in ["Name or service not known", "Name does not resolve", "No address associated with hostname"] {
            assert!(!may_be_known(&format!("{head}{lasting}")), "{lasting}");
        }
    }
}
