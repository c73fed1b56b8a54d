//! Raw bindings to `libzest`, header by header: [`base`] and [`acceptor`]; and, with the feature
//! `pipeline`, to `libzest-proxy`: [`hook`], [`http`], [`proxy`], [`tls`], [`tunnel`] and
//! [`upstream`].
//!
//! Written by hand in the look of bindgen, committed, and held to the headers by
//! `tests/layout.rs` and `tests/prototypes.rs`: constants, structs and functions, no logic.
//! For a safe face use the crate `zest`.
//!
//! # Linking
//!
//! The build script looks for the library in this order:
//!
//! 1. `ZEST_LIB_DIR`: a directory with `libzest.so`; with `ZEST_STATIC=1`, `libzest.a`;
//! 2. pkg-config: `zest.pc` of at least 0.1;
//! 3. feature `vendored`: CMake builds `libzest.a` from the checkout around this crate;
//! 4. `build/release/lib` of the checkout around this crate.
//!
//! `libzest-proxy` is taken from where `libzest` was found (`zest-proxy.pc` by pkg-config).
//!
//! Under `DOCS_RS` nothing is linked.
#![allow(non_camel_case_types, reason = "C's names")]
#![allow(clippy::cast_possible_truncation, reason = "the sizes of structs")]

pub mod acceptor;
pub mod base;
pub mod hook;
pub mod http;
pub mod proxy;
pub mod tls;
pub mod tunnel;
pub mod upstream;

pub use acceptor::*;
pub use base::*;
pub use hook::*;
pub use http::*;
pub use proxy::*;
pub use tls::*;
pub use tunnel::*;
pub use upstream::*;
