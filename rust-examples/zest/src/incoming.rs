//! All that comes, as an iterator.

use crate::source::Source;
use crate::{Event, Result};

/// A blocking iterator over what comes. It ends once the service is shut down and drained, and
/// after an error.
#[derive(Debug)]
pub struct Incoming<'a> {
    source: Option<&'a Source>,
}

impl<'a> Incoming<'a> {
    pub(crate) fn new(source: &'a Source) -> Self {
        Self { source: Some(source) }
    }
}

impl Iterator for Incoming<'_> {
    type Item = Result<Event>;

    fn next(&mut self) -> Option<Result<Event>> {
        let item = self.source?.next(None).map(crate::Next::ready).transpose();
        if !matches!(item, Some(Ok(_))) {
            self.source = None;
        }
        item
    }
}

impl std::iter::FusedIterator for Incoming<'_> {}
