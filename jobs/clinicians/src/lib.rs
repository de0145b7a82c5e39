//! The clinicians dataset.
