//! The columns of a dataset, each declared once.

/// Declares the columns of a dataset, in order: name, type, where the cells come from, and what they hold.
///
/// Each is one of
/// - `must last_name: Text, "…";`: published as it is read. What stands before it says how far it is needed, as in
///   [`columns!`](crate::columns). `as Identifier` says that there are about as many values as rows; `= value` gives the cell where it is at hand
///   already.
/// - `made years: Int16 = value, "…";`: made of the row, of the type that is named ([`Kind`](carelake_core::table::Kind)).
/// - `place state: StateCode, "…";`: told by folders, and in the files only where `partition_by` leaves it out.
/// - `read may status: Text;`: read, and not published.
///
/// Before them stand the struct of typed handles, without which every column is made, and the function that writes a row. Its first argument names the handles
/// and its second the row; its body makes what several columns need.
///
/// Makes the struct with `WANTED` and `of`, as [`columns!`](crate::columns) does, and the function; `TABLE`, the columns that are published; `PLACES`, those that folders tell;
/// and `PASSES_ON`, the names of those by which rows can be distributed over folders. As name, value and meaning of a column are in one place, two columns cannot be taken for each other.
///
/// ```
/// use carelake_core::table::Kind;
/// use carelake_core::value::{EnrollmentId, Npi, StateCode};
/// use carelake_tabular::source::Row;
/// carelake_tabular::table! {
///     /// What a clinician is made of.
///     struct Columns;
///
///     /// Writes a clinician.
///     fn write(columns, row: &Row<'_>, year: i64) {
///         let enrollment = row.get(columns.enrollment_id);
///     }
///
///     always npi: Npi as Identifier, "National Provider Identifier";
///     must enrollment_id: EnrollmentId as Identifier = enrollment, "enrollment id";
///     made enrolled: Date = enrollment.map(EnrollmentId::day), "day of the enrollment";
///     made year: Int16 = Some(year), "year of the run";
///     must last_name: Text, "last name";
///     place state: StateCode, "state";
///     read may status: Text;
/// }
/// let columns = TABLE.fields.iter().map(|field| (field.name, field.kind)).collect::<Vec<_>>();
/// assert_eq!(columns[1..], [("enrollment_id", Kind::Identifier), ("enrolled", Kind::Date), ("year", Kind::Int16), ("last_name", Kind::Text)]);
/// assert_eq!(PASSES_ON, ["npi", "enrollment_id", "last_name"]);
/// assert_eq!(Columns::WANTED.len(), 5);
/// ```
///
/// A value of another type than its column is no declaration:
///
/// ```compile_fail,E0277
/// carelake_tabular::table! {
///     /// Writes a year.
///     fn write(year: &str) {}
///     made year: Int16 = Some(year), "a text where a number is to be";
/// }
/// ```
#[macro_export]
macro_rules! table {
    (@sort $at:tt $head:tt {$($fields:tt)*} $places:tt $passed:tt $read:tt {$($cells:tt)*}
        made $name:ident: $kind:ident = $value:expr, $text:literal; $($rest:tt)*
    ) => {
        $crate::table! {@sort $at $head
            {$($fields)* (stringify!($name), $crate::table!(@kind $kind), $text)} $places $passed $read
            {$($cells)* (made $kind {$value})} $($rest)*}
    };
    (@sort $at:tt $head:tt $fields:tt {$($places:tt)*} $passed:tt {$($read:tt)*} {$($cells:tt)*}
        place $name:ident: $type:ident $(= $value:expr)?, $text:literal; $($rest:tt)*
    ) => {
        $crate::table! {@sort $at $head $fields
            {$($places)* (stringify!($name), <$type as $crate::carelake_core::table::Cell>::KIND, $text)} $passed
            {$($read)* always $name: $type,} {$($cells)* (place $name $({$value})?)} $($rest)*}
    };
    (@sort $at:tt $head:tt $fields:tt $places:tt $passed:tt {$($read:tt)*} $cells:tt
        read $need:ident $name:ident: $type:ident; $($rest:tt)*
    ) => {
        $crate::table! {@sort $at $head $fields $places $passed {$($read)* $need $name: $type,} $cells $($rest)*}
    };
    (@sort $at:tt $head:tt {$($fields:tt)*} $places:tt {$($passed:tt)*} {$($read:tt)*} {$($cells:tt)*}
        $need:ident $name:ident: $type:ident $(as $kind:ident)? $(= $value:expr)?, $text:literal; $($rest:tt)*
    ) => {
        $crate::table! {@sort $at $head
            {$($fields)* (stringify!($name), $crate::table!(@kind_of $type $($kind)?), $text)} $places
            {$($passed)* stringify!($name),} {$($read)* $need $name: $type,}
            {$($cells)* ($type $name $({$value})?)} $($rest)*}
    };
    (@sort [$to:ident $handles:ident $row:ident]
        [{$(#[$doc:meta])* $visibility:vis struct $columns:ident}
         {$(#[$write_doc:meta])* $write_visibility:vis fn $write:ident($row_type:ty $(, $argument:ident: $type:ty)*)} {$($body:tt)*}]
        $fields:tt $places:tt $passed:tt {$($read:tt)*} {$($cell:tt)*}
    ) => {
        $crate::columns! {
            $(#[$doc])*
            $visibility struct $columns {$($read)*}
        }

        impl $columns {
            $(#[$write_doc])*
            $write_visibility fn $write(&self, $row: $row_type, $($argument: $type,)* $to: &mut $crate::carelake_core::table::RowWriter<'_>) {
                let $handles = self;
                $($body)*
                $($crate::table!(@cell $to $handles $row $cell);)*
            }
        }

        $crate::table! {@consts $fields $places $passed}
    };
    (@sort [$to:ident $handles:ident $row:ident]
        [{} {$(#[$write_doc:meta])* $write_visibility:vis fn $write:ident($($argument:ident: $type:ty),*)} {$($body:tt)*}]
        $fields:tt $places:tt $passed:tt $read:tt {$($cell:tt)*}
    ) => {
        $(#[$write_doc])*
        $write_visibility fn $write($($argument: $type,)* $to: &mut $crate::carelake_core::table::RowWriter<'_>) {
            $($body)*
            $($crate::table!(@cell $to $handles $row $cell);)*
        }

        $crate::table! {@consts $fields $places $passed}
    };
    (@consts {$($field:tt)*} {$($place:tt)*} {$($passed:tt)*}) => {
        /// The columns that are published, in order.
        pub const TABLE: $crate::carelake_core::table::Table =
            $crate::carelake_core::table::Table { fields: &[$($crate::carelake_core::table::Field::new $field),*] };
        /// The columns that folders tell.
        pub(crate) const PLACES: &[$crate::carelake_core::table::Field] = &[$($crate::carelake_core::table::Field::new $place),*];
        /// The columns by which rows can be distributed over folders.
        pub(crate) const PASSES_ON: &[&str] = &[$($passed)*];
    };
    (@kind $kind:ident) => { $crate::carelake_core::table::Kind::$kind };
    (@kind_of Text) => { $crate::carelake_core::table::Kind::Text };
    (@kind_of $type:ident) => { <$type as $crate::carelake_core::table::Cell>::KIND };
    (@kind_of $type:ident $kind:ident) => { $crate::carelake_core::table::Kind::$kind };
    (@cell $to:ident $handles:ident $row:ident (made Text {$value:expr})) => { $to.value($value) };
    (@cell $to:ident $handles:ident $row:ident (made Identifier {$value:expr})) => { $to.value($value) };
    (@cell $to:ident $handles:ident $row:ident (made Boolean {$value:expr})) => { $to.boolean($value) };
    (@cell $to:ident $handles:ident $row:ident (made Date {$value:expr})) => { $to.date($value) };
    (@cell $to:ident $handles:ident $row:ident (made Float64 {$value:expr})) => { $to.float($value) };
    (@cell $to:ident $handles:ident $row:ident (made $integer:ident {$value:expr})) => { $to.integer($value) };
    (@cell $to:ident $handles:ident $row:ident (place $name:ident {$value:expr})) => { $to.place(|| $value) };
    (@cell $to:ident $handles:ident $row:ident (place $name:ident)) => { $to.place(|| $row.get($handles.$name)) };
    (@cell $to:ident $handles:ident $row:ident (Text $name:ident {$value:expr})) => { $to.text($value) };
    (@cell $to:ident $handles:ident $row:ident (Text $name:ident)) => { $to.text($row.text($handles.$name).as_deref()) };
    (@cell $to:ident $handles:ident $row:ident ($type:ident $name:ident {$value:expr})) => {
        <$type as $crate::carelake_core::table::Cell>::write($value, $to)
    };
    (@cell $to:ident $handles:ident $row:ident ($type:ident $name:ident)) => {
        <$type as $crate::carelake_core::table::Cell>::write($row.get($handles.$name), $to)
    };
    (
        $(#[$doc:meta])* $visibility:vis struct $columns:ident;
        $(#[$write_doc:meta])* $write_visibility:vis fn $write:ident(
            $handles:ident, $row:ident: $row_type:ty $(, $argument:ident: $type:ty)* $(,)?
        ) {$($body:tt)*}
        $($columns_of_it:tt)*
    ) => {
        $crate::table! {@sort [cells $handles $row]
            [{$(#[$doc])* $visibility struct $columns}
             {$(#[$write_doc])* $write_visibility fn $write($row_type $(, $argument: $type)*)} {$($body)*}]
            {} {} {} {} {} $($columns_of_it)*}
    };
    (
        $(#[$write_doc:meta])* $write_visibility:vis fn $write:ident($($argument:ident: $type:ty),* $(,)?) {$($body:tt)*}
        $($columns_of_it:tt)*
    ) => {
        $crate::table! {@sort [cells handles row]
            [{} {$(#[$write_doc])* $write_visibility fn $write($($argument: $type),*)} {$($body)*}]
            {} {} {} {} {} $($columns_of_it)*}
    };
}
