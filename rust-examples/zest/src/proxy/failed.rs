//! Why a proxy did not start, or did not change.

use crate::{Error, Status};
use std::fmt;

/// An [`Error`], with all that is wrong with the configuration where that is the reason.
#[derive(Debug, Clone)]
pub struct Failed {
    error: Error,
    problems: String,
}

impl Failed {
    pub(crate) fn new(error: Error, problems: String) -> Self {
        Self { error, problems }
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> Status {
        self.error.status()
    }

    /// The error without the problems.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// Lines of `name:line:column: cause`; empty where the configuration is not the reason.
    #[must_use]
    pub fn problems(&self) -> &str {
        &self.problems
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::new(error, String::new())
    }
}

impl From<Failed> for std::io::Error {
    fn from(failed: Failed) -> Self {
        failed.error.into()
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.problems.is_empty() {
            return self.error.fmt(f);
        }
        f.write_str(self.problems.trim_end())
    }
}

impl std::error::Error for Failed {}
