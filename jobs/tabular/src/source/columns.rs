//! The columns that a dataset asks a source for: named once, as data and as typed handles.

/// Declares the columns that are read of a source. Before each stands how far it is needed, by the words of [`Need`](crate::config::Need); the
/// type is `Text`, or that of the value.
///
/// Makes a struct of typed handles; `WANTED`, what they need of the configuration; and `of`, which finds them in an opened
/// source.
///
/// ```
/// use carelake_core::value::Npi;
/// carelake_tabular::columns! {
///     /// What a clinician is made of.
///     struct Columns {
///         always npi: Npi,
///         must group_members: i32,
///         may status: Text,
///     }
/// }
/// let wanted = Columns::WANTED.iter().map(|column| (column.name, column.kind));
/// assert_eq!(wanted.collect::<Vec<_>>(), [("npi", "npi"), ("group_members", "integer"), ("status", "text")]);
/// ```
#[macro_export]
macro_rules! columns {
    ($(#[$doc:meta])* $visibility:vis struct $columns:ident { $($need:ident $name:ident: $kind:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        $visibility struct $columns {
            $($visibility $name: $crate::columns!(@handle $kind)),*
        }

        impl $columns {
            /// What is needed of the configuration.
            $visibility const WANTED: &'static [$crate::config::Wanted] =
                &[$($crate::columns!(@wanted $need $kind stringify!($name))),*];

            /// Finds the columns in an opened source.
            $visibility fn of(source: &$crate::source::Source) -> Result<Self, $crate::source::SourceError> {
                Ok(Self { $($name: $crate::columns!(@find $need $kind source, stringify!($name))?),* })
            }
        }
    };
    (@handle Text) => { $crate::source::TextColumn };
    (@handle $kind:ident) => { $crate::source::Column<$kind> };
    (@need may) => { $crate::config::Need::May };
    (@need must) => { $crate::config::Need::Must };
    (@need always) => { $crate::config::Need::Always };
    (@wanted $need:ident Text $name:expr) => { $crate::config::Wanted::text($name, $crate::columns!(@need $need)) };
    (@wanted $need:ident $kind:ident $name:expr) => {
        $crate::config::Wanted::of::<$kind>($name, $crate::columns!(@need $need))
    };
    (@find may Text $source:expr, $name:expr) => { $source.text_column_if_any($name) };
    (@find may $kind:ident $source:expr, $name:expr) => { $source.column_if_any::<$kind>($name) };
    (@find $need:ident Text $source:expr, $name:expr) => { $source.text_column($name) };
    (@find $need:ident $kind:ident $source:expr, $name:expr) => { $source.column::<$kind>($name) };
}
