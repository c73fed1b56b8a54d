//! Nothing but tests: see `tests/through_zproxy.rs` and `tests/with_zest.rs`.
