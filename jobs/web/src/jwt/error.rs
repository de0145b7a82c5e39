//! What can be wrong with a token, and with what an issuer is said to be.

use crate::fetch::FetchError;

/// A token that is not good. The text is for the log: who sent the token is told that it is not good, and no more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is too long to be one.
    #[error("the token is too long")]
    TooLong,
    /// It is no token, its algorithm is none of a public key, or its claims are of wrong types.
    #[error("the token is malformed")]
    Malformed,
    /// It names no key.
    #[error("the token names no key")]
    NoKeyId,
    /// The issuer has no such key.
    #[error("the token names a key that the issuer does not have")]
    UnknownKey,
    /// The issuer's keys could not be had yet.
    #[error("the keys of the issuer cannot be had: {cause}")]
    NoKeys {
        /// Why.
        cause: String,
    },
    /// Its algorithm is another than that of its key.
    #[error("the algorithm of the token is not that of its key")]
    Algorithm,
    /// Its signature is not by its key.
    #[error("the signature of the token is wrong")]
    Signature,
    /// It is another issuer's.
    #[error("the token is of another issuer")]
    Issuer,
    /// It is for somebody else.
    #[error("the token is for another audience")]
    Audience,
    /// It does not say when it expires.
    #[error("the token has no expiry")]
    NoExpiry,
    /// It has expired.
    #[error("the token has expired")]
    Expired,
    /// It does not hold yet.
    #[error("the token does not hold yet")]
    TooEarly,
}

/// An issuer none of whose tokens would be good.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssuerError {
    /// It has no name.
    #[error("the issuer of tokens has no name")]
    Issuer,
    /// No audience is good.
    #[error("no audience of tokens is named")]
    Audiences,
    /// Its keys are at no address that can be trusted.
    #[error("the keys of the issuer: {cause}")]
    Address {
        /// Why.
        cause: FetchError,
    },
    /// The keys that are given are none.
    #[error("the keys of the issuer have none for RS256, RS384, ES256 or ES384 with a `kid`")]
    Document,
}
