//! When something starts by itself.

use std::fmt;

/// A moment of every day or of every month, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calendar {
    /// Every day.
    Daily {
        /// 0 to 23.
        hour: u8,
        /// 0 to 59.
        minute: u8,
    },
    /// Every month, at the full hour.
    Monthly {
        /// 1 to 28, so that every month has it.
        day: u8,
        /// 0 to 23.
        hour: u8,
    },
}

impl fmt::Display for Calendar {
    /// Writes the fields of a cron expression as EventBridge reads them.
    ///
    /// ```
    /// use carelake_pipeline::Calendar;
    /// assert_eq!(Calendar::Monthly { day: 20, hour: 6 }.to_string(), "0 6 20 * ? *");
    /// ```
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Daily { hour, minute } => write!(f, "{minute} {hour} * * ? *"),
            Self::Monthly { day, hour } => write!(f, "0 {hour} {day} * ? *"),
        }
    }
}
