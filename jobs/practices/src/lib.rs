//! The practices dataset.
