//! The scenario that the hosts of all languages pass: `tests/hosts/scenario.py`.

use std::process::Command;

#[test]
fn counts_agree_on_both_sides() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/hosts/scenario.py");
    let ended = Command::new("python3")
        .args([script, env!("CARGO_BIN_EXE_mixed")])
        .status()
        .expect("python3 can be run");
    assert!(ended.success(), "{ended}");
}
