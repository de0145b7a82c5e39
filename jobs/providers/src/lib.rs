//! The providers dataset.
