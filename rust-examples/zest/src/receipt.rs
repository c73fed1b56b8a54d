//! What a shutdown did.

use std::fmt;
use std::time::Duration;
use zest_sys as sys;

/// What a shutdown did. It adds up: accepted = handed over + in queue + refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// Nothing was lost; else the deadline came first.
    pub complete: bool,
    /// Connections taken from the kernel, over the service's life.
    pub accepted: u64,
    /// Of these, given out.
    pub handed_over: u64,
    /// Of these, still to be taken.
    pub in_queue: u64,
    /// Of these, closed by zest because nobody could take them.
    pub refused: u64,
    /// Waiting in the kernel when the listeners closed, so reset.
    pub left_in_kernel: u64,
    /// How long the shutdown took.
    pub duration: Duration,
}

impl Receipt {
    pub(crate) fn from_raw(raw: &sys::zest_receipt) -> Self {
        Self {
            complete: raw.complete != 0,
            accepted: raw.accepted,
            handed_over: raw.handed_over,
            in_queue: raw.in_queue,
            refused: raw.refused,
            left_in_kernel: raw.left_in_kernel,
            duration: Duration::from_nanos(raw.duration_ns),
        }
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { accepted, handed_over, in_queue, refused, left_in_kernel, .. } = self;
        let end = if self.complete { "complete" } else { "cut by the deadline" };
        write!(
            f,
            "{accepted} accepted = {handed_over} handed over + {in_queue} in queue + {refused} \
             refused; {left_in_kernel} left in the kernel; {end} after {:.1?}",
            self.duration
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_shows_the_sum() {
        let raw = sys::zest_receipt {
            complete: 1,
            accepted: 6,
            handed_over: 3,
            in_queue: 2,
            refused: 1,
            duration_ns: 1_500_000,
            ..sys::ZEST_RECEIPT_INIT
        };
        assert_eq!(
            Receipt::from_raw(&raw).to_string(),
            "6 accepted = 3 handed over + 2 in queue + 1 refused; 0 left in the kernel; \
             complete after 1.5ms"
        );
    }
}
