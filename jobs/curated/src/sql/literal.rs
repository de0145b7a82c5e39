//! Values of the configuration as SQL writes them.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::config::Kind;

/// The text is no value of the type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VarError;

/// Writes a value as SQL of models writes it.
///
/// ```
/// use carelake_curated::config::Kind;
/// use carelake_curated::sql::literal;
/// assert_eq!(literal(&Kind::Text, "it's").unwrap(), "'it''s'");
/// assert_eq!(literal(&Kind::Date, "2026-11-02").unwrap(), "DATE '2026-11-02'");
/// assert!(literal(&Kind::Integer, "5 OR 1=1").is_err());
/// ```
///
/// # Errors
/// [`VarError`] when the text is no value of the type.
pub fn literal(kind: &Kind, text: &str) -> Result<String, VarError> {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    match kind {
        Kind::Text => Ok(quoted(text)),
        Kind::Boolean => text.parse::<bool>().map(|it| it.to_string()).map_err(|_| VarError),
        Kind::Smallint | Kind::Integer | Kind::Bigint => {
            let number = text.parse::<i64>().map_err(|_| VarError)?;
            let fits = match kind {
                Kind::Smallint => i16::try_from(number).is_ok(),
                Kind::Integer => i32::try_from(number).is_ok(),
                _ => true,
            };
            if fits { Ok(number.to_string()) } else { Err(VarError) }
        }
        Kind::Double | Kind::Decimal(..) => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            let is_plain = digits.starts_with(|c: char| c.is_ascii_digit())
                && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
                && digits.parse::<f64>().is_ok();
            let text = if text.contains('.') { text.to_owned() } else { format!("{text}.0") };
            if is_plain { Ok(text) } else { Err(VarError) }
        }
        Kind::Date => text.parse::<Date>().map(|date| format!("DATE '{date}'")).map_err(|_| VarError),
        Kind::Timestamp => {
            let instant = text.parse::<Timestamp>().map_err(|_| VarError)?;
            Ok(format!("TIMESTAMP '{} UTC'", instant.strftime("%Y-%m-%d %H:%M:%S%.f")))
        }
        Kind::List(_) => Err(VarError),
    }
}

/// Reads the text of a literal `TIMESTAMP '… UTC'`.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    let plain = text.strip_suffix(" UTC").or_else(|| text.strip_suffix(" utc"))?;
    format!("{}Z", plain.replacen(' ', "T", 1)).parse().ok()
}
