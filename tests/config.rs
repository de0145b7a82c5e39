//! What `carelake config --resolved` prints is what `cdk/` reads; its own tests read copies, which are kept current here.

use std::path::Path;
use std::process::Command;

#[cfg(test)]
fn resolved(environment: &str) -> String {
    let arguments = ["config", "--resolved", "--config", "pipeline_config.yaml", "--env", environment];
    let ran = Command::new(env!("CARGO_BIN_EXE_carelake"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}

#[test]
fn the_tests_of_the_stack_read_what_the_command_prints() {
    for environment in ["dev", "prod"] {
        let file = format!("cdk/test/resolved/{environment}.json");
        let kept = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(&file)).unwrap_or_default();
        let renew = format!("renew it: carelake config --resolved --env {environment} > {file}");
        assert!(kept == resolved(environment), "{file} is out of date; {renew}");
    }
}

#[test]
fn an_environment_of_folders_is_resolved_with_whole_paths_and_every_default() {
    let local: serde_json::Value = serde_json::from_str(&resolved("local")).unwrap();
    let output = Path::new(env!("CARGO_MANIFEST_DIR")).join("output");
    assert_eq!(local["environment"]["output"]["folder"].as_str(), output.to_str());
    assert_eq!(local["environment"]["deployment"]["log_days"], 365);
    assert_eq!(local["datasets"][0]["memory_mib"], 3008);
}
