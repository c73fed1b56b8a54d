//! Durations into the C API's milliseconds.

use std::time::Duration;

/// None is -1; a fraction of a millisecond counts as one; what does not fit is the most.
pub(crate) fn to_ms(timeout: Option<Duration>) -> i32 {
    let Some(timeout) = timeout else { return -1 };
    i32::try_from(timeout.as_nanos().div_ceil(1_000_000)).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_up_and_saturates() {
        assert_eq!(to_ms(None), -1);
        assert_eq!(to_ms(Some(Duration::ZERO)), 0);
        assert_eq!(to_ms(Some(Duration::from_nanos(1))), 1);
        assert_eq!(to_ms(Some(Duration::from_millis(20))), 20);
        assert_eq!(to_ms(Some(Duration::MAX)), i32::MAX);
    }
}
