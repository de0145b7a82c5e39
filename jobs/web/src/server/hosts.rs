//! Which hosts a server answers for.
//!
//! A page of anybody's site can have a browser ask this machine under a name of its own that leads here (DNS rebinding). Such
//! requests name that host, and are refused.

use std::collections::BTreeSet;
use std::net::IpAddr;

use http::header::HOST;
use http::request::Parts;
use http::uri::Authority;

use crate::refused::Refused;

/// The names of a server. Ports are not compared: a tunnel has another, and no stranger's name becomes ours by one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hosts(BTreeSet<String>);

impl Hosts {
    /// Takes the address that is listened to, and further names.
    #[must_use]
    pub fn of(address: IpAddr, names: &[String]) -> Self {
        let own = match address {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("[{address}]"),
        };
        let mut hosts: BTreeSet<String> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
        hosts.insert(own);
        if address.is_loopback() {
            hosts.extend(["localhost", "127.0.0.1", "[::1]"].map(str::to_owned));
        }
        Self(hosts)
    }

    /// Lets a request pass that is for one of these.
    pub(super) fn check(&self, parts: &Parts) -> Result<(), Refused> {
        let mut all = parts.headers.get_all(HOST).iter();
        let (Some(named), None) = (all.next(), all.next()) else { return Err(Refused::NoHost) };
        let named: Authority = named.to_str().ok().and_then(|it| it.parse().ok()).ok_or(Refused::NoHost)?;
        let is_ours = |authority: &Authority| {
            !authority.as_str().contains('@') && self.0.contains(&authority.host().to_ascii_lowercase())
        };
        // A request line may name a host as well, as one to a proxy does.
        if is_ours(&named) && parts.uri.authority().is_none_or(is_ours) { Ok(()) } else { Err(Refused::WrongHost) }
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn checked(hosts: &Hosts, uri: &str, named: &[&str]) -> Result<(), Refused> {
        let mut request = Request::builder().uri(uri);
        for name in named {
            request = request.header(HOST, *name);
        }
        hosts.check(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn a_server_answers_for_its_address_and_its_names_on_any_port() {
        let hosts = Hosts::of([127, 0, 0, 1].into(), &["Lake.example".to_owned()]);
        for good in ["localhost", "LOCALHOST:8642", "127.0.0.1:1", "[::1]:8642", "lake.example"] {
            assert_eq!(checked(&hosts, "/", &[good]), Ok(()), "{good}");
        }
        for bad in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8642", "a@localhost", "[::2]"] {
            assert_eq!(checked(&hosts, "/", &[bad]), Err(Refused::WrongHost), "{bad}");
        }
        for none in [&[][..], &[""], &["localhost", "localhost"], &["local host"], &["localhost:x:y"]] {
            assert_eq!(checked(&hosts, "/", none), Err(Refused::NoHost), "{none:?}");
        }
        assert_eq!(checked(&hosts, "http://localhost/", &["localhost"]), Ok(()));
        assert_eq!(checked(&hosts, "http://evil.example/", &["localhost"]), Err(Refused::WrongHost));
        let open = Hosts::of([10, 0, 0, 7].into(), &[]);
        assert_eq!(checked(&open, "/", &["localhost"]), Err(Refused::WrongHost));
        assert_eq!(checked(&open, "/", &["10.0.0.7:8642"]), Ok(()));
    }
}
