//! What stands for functions in a definition.

/// Returns the placeholder of a function: `hl7_receive` is called by `${Hl7ReceiveFunction}`.
///
/// ```
/// assert_eq!(carelake_pipeline::placeholder("hl7_receive"), "Hl7ReceiveFunction");
/// ```
#[must_use]
pub fn placeholder(function: &str) -> String {
    let mut name = String::with_capacity(function.len() + "Function".len());
    for word in function.split('_') {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name + "Function"
}
