//! The hospitals dataset.
