//! The enrollments dataset.
