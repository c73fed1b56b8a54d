//! Every export of the C libraries has a safe form here.
#![cfg(all(feature = "pipeline", feature = "tokio"))]

use std::fs;
use std::path::Path;

/// All of this crate's source.
fn source(folder: &Path) -> String {
    let entries = fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .map(
            |path| {
                if path.is_dir() {
                    source(&path)
                } else {
                    fs::read_to_string(path).expect("a file")
                }
            },
        )
        .collect()
}

#[test]
fn no_export_is_left_out() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = source(&here.join("src"));
    let called: Vec<_> = source
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("zest_"))
        .collect();
    for library in ["zest", "zest-proxy"] {
        let list = here.join(format!("../../capi/{library}.symbols"));
        let list = fs::read_to_string(list).expect("the list of exports");
        for export in list.lines().filter(|line| line.starts_with("zest_")) {
            assert!(called.contains(&export), "{export}");
        }
    }
}
