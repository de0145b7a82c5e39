//! What the state machine does with a publication on this machine: tries it again, or gives it up.

use carelake_statemachine::Notice;

use crate::progress::{Progress, publication};

/// Tells a notice when it is about a publication; `feeds` are the items of the plan's Map, in their order.
pub(super) fn tell(progress: &Progress, notice: &Notice<'_>, feeds: &[String]) {
    let subject = |state: &str, iteration: &[usize]| {
        let feed = iteration.first().and_then(|item| feeds.get(*item));
        publication(state, feed.map(String::as_str))
    };
    let (subject, text, is_over) = match notice {
        Notice::Retrying { state, iteration, failure, wait, number, of } => {
            let error = failure.error.as_deref().unwrap_or("an error");
            let text = format!("{error}; attempt {number} of {of} after {} s", wait.as_secs_f64());
            (subject(state, iteration), text, false)
        }
        Notice::Attempt { state, iteration, number, of: Some(of) } if *number > 1 => {
            (subject(state, iteration), format!("attempt {number} of {of}"), false)
        }
        Notice::Event(event) if event.kind.name() == "PassStateEntered" => {
            let error = event.details.input.as_ref().and_then(|input| input.pointer("/failure/Error")?.as_str());
            let state = event.state.as_deref().unwrap_or_default();
            (subject(state, &event.iteration), format!("failed: {}", error.unwrap_or("an error")), true)
        }
        _ => return,
    };
    if let Some(subject) = subject {
        progress.tell(&subject, &text, is_over);
    }
}
