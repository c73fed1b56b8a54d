//! What lemon says on its standard output.

use std::io::Write;
use zest::Report;

/// One line, or more. A reader that has gone is no reason to end.
pub fn say(text: &str) {
    let _reader_may_have_gone = writeln!(std::io::stdout().lock(), "{text}");
}

/// The setup report, and where lemon serves.
pub fn serving(report: &Report) {
    say(&report.to_string());
    let mut ids: Vec<u64> = report.rows().iter().map(|row| row.listener_id).collect();
    ids.dedup();
    for id in ids {
        for address in report.addresses_of(id) {
            say(&format!("lemon: serving on http://{address} (listener {id})"));
        }
    }
}

pub fn versions() -> String {
    let (major, minor, patch) = zest::library_version();
    format!("lemon {} (libzest {major}.{minor}.{patch})", env!("CARGO_PKG_VERSION"))
}
