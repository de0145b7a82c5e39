//! What stands for functions and definitions: in other definitions, and on AWS.

/// The definition that the stack of an environment is named after.
const FIRST: &str = "pipeline";

/// Returns the placeholder of a function: `hl7_receive` is called by `${Hl7ReceiveFunction}`.
///
/// ```
/// assert_eq!(carelake_pipeline::placeholder("hl7_receive"), "Hl7ReceiveFunction");
/// ```
#[must_use]
pub fn placeholder(function: &str) -> String {
    in_one_word(function) + "Function"
}

/// Returns the placeholder of a function's queue, to which a definition sends: `${Hl7ReceiveQueue}`.
pub(crate) fn queue_placeholder(function: &str) -> String {
    in_one_word(function) + "Queue"
}

/// Returns the placeholder of a definition, which another starts: `intake_file` is started by `${IntakeFileMachine}`.
///
/// ```
/// assert_eq!(carelake_pipeline::machine_placeholder("intake_file"), "IntakeFileMachine");
/// ```
#[must_use]
pub fn machine_placeholder(definition: &str) -> String {
    in_one_word(definition) + "Machine"
}

/// Returns the name of a definition's state machine on AWS: that of the monthly run is the stack's own.
///
/// ```
/// use carelake_pipeline::machine_name;
/// assert_eq!(machine_name("carelake-dev", "pipeline"), "carelake-dev");
/// assert_eq!(machine_name("carelake-dev", "intake_file"), "carelake-dev-intake-file");
/// ```
#[must_use]
pub fn machine_name(stack: &str, definition: &str) -> String {
    if definition == FIRST { stack.to_owned() } else { format!("{stack}-{}", definition.replace('_', "-")) }
}

/// Returns the words of a name, each with a capital, without what stands between.
fn in_one_word(name: &str) -> String {
    let mut word = String::with_capacity(name.len());
    for part in name.split('_') {
        let mut letters = part.chars();
        word.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        word.push_str(letters.as_str());
    }
    word
}
