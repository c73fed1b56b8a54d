//! What the tests share: the C headers' text, and a C compiler to ask.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The folder that holds `zest/base.h`.
pub fn include_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../include")
}

/// The headers, in the order of the tables.
pub const HEADERS: &[&str] =
    &["base.h", "acceptor.h", "http.h", "proxy.h", "hook.h", "upstream.h", "tunnel.h", "tls.h"];

/// All headers, one after the other, without comments.
pub fn text() -> String {
    let read = |name: &&str| fs::read_to_string(include_dir().join("zest").join(name)).expect(name);
    without_comments(&HEADERS.iter().map(read).collect::<String>())
}

/// The bindings' own source, all files.
pub fn bindings() -> String {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = fs::read_to_string(src.join("base.rs")).expect("base.rs");
    for folder in HEADERS[1..].iter().filter_map(|name| name.strip_suffix(".h")) {
        for entry in fs::read_dir(src.join(folder)).expect(folder) {
            all += &fs::read_to_string(entry.expect("entry").path()).expect("a source file");
        }
    }
    all
}

/// What a C program begins with to see all of it.
pub fn includes() -> String {
    HEADERS.iter().map(|name| format!("#include <zest/{name}>\n")).collect()
}

/// Compile source as C11 into a program, and give its path.
pub fn compile(name: &str, source: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (input, output) = (folder.join(format!("{name}.c")), folder.join(name));
    fs::write(&input, source).expect("write the C source");
    let done = Command::new("cc")
        .args(["-std=c11", "-Wall", "-Werror", "-I"])
        .arg(include_dir())
        .arg(&input)
        .arg("-o")
        .arg(&output)
        .output()
        .expect("run cc");
    assert!(done.status.success(), "{}", stderr(&done));
    output
}

/// Run a program and give what it printed, by lines.
pub fn run(program: &Path) -> Vec<String> {
    let done = Command::new(program).output().expect("run the C program");
    assert!(done.status.success(), "{}", stderr(&done));
    let text = String::from_utf8(done.stdout).expect("UTF-8");
    text.lines().map(str::to_owned).collect()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn without_comments(text: &str) -> String {
    let mut rest = text;
    let mut out = String::new();
    while let Some(start) = rest.find("/*") {
        out += &rest[..start];
        let end = rest[start..].find("*/").expect("an open comment") + start + 2;
        rest = &rest[end..];
    }
    out + rest
}
