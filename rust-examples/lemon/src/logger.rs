//! What zest logs, on the standard error: warnings and errors.

use log::{LevelFilter, Log, Metadata, Record};

struct Stderr;

impl Log for Stderr {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("zest")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            eprintln!("lemon: {}", record.args());
        }
    }

    fn flush(&self) {}
}

/// Called once, at the start.
pub fn install() {
    // An error would mean that there is a logger already, which is as good.
    if log::set_logger(&Stderr).is_ok() {
        log::set_max_level(LevelFilter::Warn);
    }
}
