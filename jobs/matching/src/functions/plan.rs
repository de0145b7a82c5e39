//! Plans an execution: which matchers are run.

use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use serde_json::Value;

use super::course::{MatchRequest, MatcherTask, PlanTask, Planned};
use super::{answer, read};
use crate::config::{Matcher, Matching, fits};

/// Returns the matchers that are asked for, or those that read what changed. A configuration without the section has none.
pub(crate) fn plan(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let PlanTask { request } = read(payload)?;
    let Some(section) = Matching::of_config(context.services.config) else {
        return answer(&Planned { matchers: Vec::new() });
    };
    let asked: Vec<&Matcher> = match request.matchers.as_slice() {
        [] => section.matchers.iter().filter(|matcher| reads(matcher, &request)).collect(),
        names => names.iter().map(|name| section.matcher(name)).collect::<Result<_, _>>()?,
    };
    let task = |matcher: &&Matcher| MatcherTask {
        matcher: matcher.name.clone(),
        accept_shift: request.accept_shift,
        times: 0,
    };
    answer(&Planned { matchers: asked.iter().map(task).collect() })
}

fn reads(matcher: &Matcher, request: &MatchRequest) -> bool {
    let mut patterns = matcher.input.publications.iter().chain(&matcher.reference.from);
    let is_changed = |pattern: &String| request.changed.iter().any(|changed| fits(pattern, &changed.publication));
    request.changed.is_empty() || patterns.any(is_changed)
}
