//! Replays single calls of the TestState API.

use serde_json::{Value, json};

use super::compare::expect;
use super::execution::definition_text;
use crate::failure::Failure;
use crate::machine::Machine;
use crate::run::{StateTest, StateTested, test_state, test_state_of};

/// Replays a case of kind `test_state`.
pub(super) fn replay(case: &Value) -> Result<(), String> {
    let tested = run(case)?;
    let expected = case.get("expected").and_then(Value::as_object).ok_or("the case expects nothing")?;
    let actual = [
        ("status", json!(tested.status)),
        ("output", json!(tested.output)),
        ("error", json!(tested.error)),
        ("cause", json!(tested.cause)),
        ("next_state", json!(tested.next_state)),
        ("inspection", Value::Object(tested.inspection)),
    ];
    for (name, actual) in actual {
        // INFO calls have no inspection data; everything else that is not recorded was not there.
        let recorded = expected.get(name);
        if recorded.is_some() || name != "inspection" {
            expect(name, recorded.unwrap_or(&Value::Null), &actual)?;
        }
    }
    Ok(())
}

fn run(case: &Value) -> Result<StateTested, String> {
    let of = |name: &str| case.get(name).filter(|value| !value.is_null());
    let mock = of("mock");
    let answer = mock.and_then(|mock| {
        let failure = mock.get("errorOutput").map(|error| {
            let text = |name: &str| error.get(name).and_then(Value::as_str).map(str::to_owned);
            Err(Failure { error: text("error"), cause: text("cause") })
        });
        failure.or_else(|| mock.get("result").map(|result| Ok(result.clone())))
    });
    let setting =
        |name: &str| of("state_configuration")?.get(name)?.as_u64().and_then(|number| u32::try_from(number).ok());
    let variables = of("variables").and_then(Value::as_object);
    let test = StateTest {
        input: case.get("input").cloned().unwrap_or_default(),
        context: of("context").cloned(),
        variables: variables.map(|members| members.clone().into_iter().collect()).unwrap_or_default(),
        answer,
        retries_before: setting("retrierRetryCount").unwrap_or(0),
        failed_items: setting("mapIterationFailureCount"),
        reader_data: of("state_configuration")
            .and_then(|settings| settings.get("mapItemReaderData")?.as_str())
            .map(str::to_owned),
    };
    let definition = definition_text(case);
    match of("state_name").and_then(Value::as_str) {
        None => test_state(&definition, &test).map_err(|problems| format!("refused: {problems}")),
        Some(name) => {
            let machine = Machine::parse(&definition).map_err(|problems| format!("refused: {problems}"))?;
            test_state_of(&machine, name, &test).ok_or_else(|| format!("there is no state '{name}'"))
        }
    }
}
