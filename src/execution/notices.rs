//! What the state machine does on this machine with a publication or a step: tries it again, or gives it up.

use carelake_statemachine::Notice;

use crate::definition::subject;
use crate::progress::Progress;

/// Tells a notice when it is about something with a name; `feeds` are the items of the plan's Map, in their order.
pub(super) fn tell(progress: &Progress, notice: &Notice<'_>, feeds: &[String]) {
    let about = |state: &str, iteration: &[usize]| {
        let feed = iteration.first().and_then(|item| feeds.get(*item));
        subject(state, feed.map(String::as_str))
    };
    let (name, text, is_over) = match notice {
        Notice::Retrying { state, iteration, failure, wait, number, of, .. } => {
            let error = failure.error.as_deref().unwrap_or("an error");
            let text = format!("{error}; attempt {number} of {of} after {} s", wait.as_secs_f64());
            (about(state, iteration), text, false)
        }
        Notice::Attempt { state, iteration, number, of: Some(of) } if *number > 1 => {
            (about(state, iteration), format!("attempt {number} of {of}"), false)
        }
        Notice::Event(event) if event.kind.name() == "PassStateEntered" => {
            let error = event.details.input.as_ref().and_then(|input| input.pointer("/failure/Error")?.as_str());
            let state = event.state.as_deref().unwrap_or_default();
            (about(state, &event.iteration), format!("failed: {}", error.unwrap_or("an error")), true)
        }
        _ => return,
    };
    if let Some(name) = name {
        progress.tell(&name, &text, is_over);
    }
}
