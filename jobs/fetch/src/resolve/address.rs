//! Addresses, as far as they are looked into.

/// Returns the name of the file that an address is of, with every character that a name should not have as an underscore; `None`
/// when there is none.
///
/// ```
/// use carelake_fetch::resolve::file_name;
/// assert_eq!(file_name("https://a.gov/x/DAC.csv?v=1").as_deref(), Some("DAC.csv"));
/// assert_eq!(file_name("https://a.gov/x/a%20b.csv").as_deref(), Some("a_20b.csv"));
/// assert_eq!(file_name("https://a.gov/"), None);
/// ```
#[must_use]
pub fn file_name(url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next()?.split_once("://")?.1;
    let (_, name) = path.rsplit_once('/')?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let plain: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    (plain.chars().any(|c| c.is_ascii_alphanumeric()) && !plain.starts_with('.')).then_some(plain)
}

/// Returns the host of an address in lower case, without its port; `None` when it is not one of HTTP.
///
/// ```
/// use carelake_fetch::resolve::host;
/// assert_eq!(host("https://Data.CMS.gov:443/x").as_deref(), Some("data.cms.gov"));
/// assert_eq!(host("https://data.cms.gov@evil.example/x"), None);
/// assert_eq!(host("ftp://data.cms.gov/x"), None);
/// ```
#[must_use]
pub fn host(url: &str) -> Option<String> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let name = match authority.strip_prefix('[') {
        Some(inside) => inside.split_once(']')?.0,
        None => authority.split(':').next()?,
    };
    (!name.is_empty() && !authority.contains('@')).then(|| name.to_ascii_lowercase())
}
