//! Files at addresses.

use carelake_core::config::Secret;
use carelake_http::{Client, Downloaded, HttpError, Identity, Known, Proxy, Request, Settings};
use carelake_pipeline::pipeline::Failure;
use jiff::ToSpan;
use jiff::civil::Date;

use super::record::Record;
use super::{Credential, Here, Https, PullStatus, Work};

/// Where the way out is named, as most programs read it.
const PROXIES: [&str; 2] = ["HTTPS_PROXY", "https_proxy"];
const EXCEPTED: [&str; 2] = ["NO_PROXY", "no_proxy"];

impl Work<'_> {
    /// Brings what is new at each address, the oldest day first.
    pub(super) fn https(&mut self, https: &Https) -> Result<(), Failure> {
        let today = self.desk.now().to_zoned(self.feed.time_zone.clone()).date();
        let days = if https.url.has_date() { https.days } else { 1 };
        let (client, credential) = self.client(https, today)?;
        for back in (0..days).rev() {
            let Ok(day) = today.checked_sub(i64::from(back).days()) else { continue };
            let mut request = Request::get(https.url.on(day));
            request.credential.clone_from(&credential);
            self.at(&client, &request, &https.name.on(day), https.url.has_date())?;
        }
        Ok(())
    }

    /// Brings the file at one address, if there is one and it is new.
    fn at(&mut self, client: &Client, request: &Request, name: &str, may_be_absent: bool) -> Result<(), Failure> {
        let Some(key) = self.landing.key(&self.feed.partner, name) else {
            self.note(name, PullStatus::PassedOver, None);
            return Ok(());
        };
        let record = self.records.get(&request.url)?;
        let known = record
            .as_ref()
            .map(|record| Known { etag: record.etag.clone(), last_modified: record.last_modified.clone() });
        let known = known.unwrap_or_default();
        let absent = |error: &HttpError| may_be_absent && matches!(error, HttpError::Status { status: 404 | 410, .. });
        if self.is_dry {
            return match head(client, request, &known) {
                Ok((status, size_bytes)) => {
                    self.note(name, status, size_bytes);
                    Ok(())
                }
                Err(error) if absent(&error) => Ok(()),
                Err(error) => Err(failed(&error)),
            };
        }
        let mut is_absent = false;
        let brought = self.bring(
            &key,
            |incoming| match client.download(request, &known, incoming) {
                Ok(Downloaded::New(file)) => Ok(Some(file)),
                Ok(Downloaded::Unchanged) => Ok(None),
                Err(error) if absent(&error) => {
                    is_absent = true;
                    Ok(None)
                }
                Err(error) => Err(failed(&error)),
            },
            |sha256| record.as_ref().is_some_and(|record| record.sha256 == sha256),
        );
        match brought? {
            None if is_absent => {}
            None => self.note(name, PullStatus::Unchanged, record.map(|record| record.size_bytes)),
            Some(Here { told: file, size_bytes, sha256 }) => {
                let is_same = record.as_ref().is_some_and(|record| record.sha256 == sha256);
                let record = Record {
                    name: name.to_owned(),
                    size_bytes,
                    modified: None,
                    etag: file.etag,
                    last_modified: file.last_modified,
                    sha256,
                    brought_at: self.desk.now(),
                };
                self.records.put(&request.url, &record)?;
                let status = if is_same { PullStatus::Unchanged } else { PullStatus::Brought };
                self.note(name, status, Some(size_bytes));
            }
        }
        Ok(())
    }

    /// Makes the client that may ask the host of the feed and nobody else.
    fn client(&self, https: &Https, day: Date) -> Result<(Client, Option<carelake_http::Credential>), Failure> {
        let secrets = self.desk.context.secrets;
        let variable =
            |names: [&str; 2]| names.iter().find_map(|name| secrets.reveal(&Secret::Env((*name).to_owned())).ok());
        let url = https.url.on(day);
        let (scheme, rest) = url.split_once("://").unwrap_or_default();
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        // An address of IPv6 has colons of its own.
        let host = authority.rsplit_once(':').filter(|(_, port)| port.bytes().all(|digit| digit.is_ascii_digit()));
        let hosts = vec![host.map_or(authority, |(host, _)| host).to_owned()];
        let mut settings = Settings::default();
        if scheme == "http" {
            settings.allow_plain_http = hosts
        } else {
            settings.hosts = hosts
        }
        settings.proxy = variable(PROXIES)
            .filter(|url| !url.is_empty())
            .map(|url| Proxy { url, except: variable(EXCEPTED).unwrap_or_default() });
        let credential = match &https.credential {
            None => None,
            Some(Credential::Bearer(token)) => Some(carelake_http::Credential::Bearer(secrets.reveal(token)?)),
            Some(Credential::Basic { user, password }) => {
                let (user, password) = (user.clone(), secrets.reveal(password)?);
                Some(carelake_http::Credential::Basic { user, password })
            }
            Some(Credential::ClientCertificate(pem)) => {
                settings.identity = Some(Identity(secrets.reveal(pem)?));
                None
            }
        };
        Ok((Client::new(&settings).map_err(|error| failed(&error))?, credential))
    }
}

/// Looks at a file without bringing it.
fn head(client: &Client, request: &Request, known: &Known) -> Result<(PullStatus, Option<u64>), HttpError> {
    let mut asked = Request { credential: request.credential.clone(), ..Request::head(&request.url) };
    if let Some(etag) = &known.etag {
        asked = asked.with_header("if-none-match", etag);
    }
    if let Some(modified) = &known.last_modified {
        asked = asked.with_header("if-modified-since", modified);
    }
    let response = client.send(&asked, &[])?;
    let is_same = response.status == 304 || known.etag.is_some() && response.header("etag") == known.etag.as_deref();
    Ok((if is_same { PullStatus::Unchanged } else { PullStatus::New }, response.size_bytes()))
}

fn failed(error: &HttpError) -> Failure {
    Failure::new(error.kind(), carelake_core::causes(error))
}
