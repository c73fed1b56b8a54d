//! What lemon has done.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counts of connections and requests; any thread.
#[derive(Debug, Default)]
pub struct Tally {
    /// Requests answered.
    pub answered: AtomicU64,
    /// Connections that ended as HTTP would have it.
    pub finished: AtomicU64,
    /// Connections that ended otherwise: reset, malformed, timed out.
    pub broken: AtomicU64,
    /// Connections that lemon cut at the deadline.
    pub cut: AtomicU64,
}

impl Tally {
    pub fn was_cut(&self) -> bool {
        self.cut.load(Relaxed) > 0
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [answered, finished, broken, cut] =
            [&self.answered, &self.finished, &self.broken, &self.cut].map(|one| one.load(Relaxed));
        write!(
            f,
            "{answered} requests answered; connections: {finished} finished, {broken} broken by \
             the peer, {cut} cut"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_is_remembered_and_shown() {
        let tally = Tally::default();
        assert!(!tally.was_cut());
        tally.cut.fetch_add(2, Relaxed);
        assert!(tally.was_cut());
        assert!(tally.to_string().ends_with("2 cut"), "{tally}");
    }
}
