//! Finds libzest and tells cargo how to link it; the order stands in the crate's documentation.
//!
//! Dependents with a build script of their own get `DEP_ZEST_LIB_DIR` (for an rpath) where the
//! library lies outside the system's folders and is linked dynamically.

use std::env;
use std::path::{Path, PathBuf};

const HOW: &str = "libzest was not found. Either set ZEST_LIB_DIR to the folder of libzest.so, or \
    install zest.pc, or turn on the feature `vendored`, or build the checkout first: \
    cmake --preset release && cmake --build --preset release";

fn main() {
    for name in ["ZEST_LIB_DIR", "ZEST_STATIC", "DOCS_RS"] {
        println!("cargo::rerun-if-env-changed={name}");
    }
    if env::var_os("DOCS_RS").is_some() {
        return;
    }
    let found = from_env() || from_pkg_config() || vendored() || from_checkout();
    assert!(found, "{HOW}");
}

fn from_env() -> bool {
    let Some(value) = env::var_os("ZEST_LIB_DIR").filter(|value| !value.is_empty()) else {
        return false;
    };
    let given = PathBuf::from(value);
    let folder = given
        .canonicalize()
        .unwrap_or_else(|error| panic!("ZEST_LIB_DIR is {}: {error}", given.display()));
    let linked = link(&folder);
    assert!(linked, "ZEST_LIB_DIR is {}: no libzest there", folder.display());
    linked
}

fn from_pkg_config() -> bool {
    let probe =
        pkg_config::Config::new().atleast_version("0.1").statik(is_static()).probe(package());
    match probe {
        Ok(library) => {
            // A folder that pkg-config names is one that the linker does not search by itself.
            if let (false, Some(folder)) = (is_static(), library.link_paths.first()) {
                println!("cargo::metadata=lib_dir={}", folder.display());
            }
            true
        }
        Err(_) => false, // not installed: the next place is tried, and main tells of the last
    }
}

#[cfg(feature = "vendored")]
fn vendored() -> bool {
    let source = checkout();
    println!("cargo::rerun-if-changed={}", source.join("src").display());
    println!("cargo::rerun-if-changed={}", source.join("capi").display());
    let mut config = cmake::Config::new(&source);
    config.define("ZEST_TESTS", "OFF").define("CMAKE_INSTALL_LIBDIR", "lib");
    if env::var_os("CXX").is_none() {
        config.define("CMAKE_C_COMPILER", "clang-19");
        config.define("CMAKE_CXX_COMPILER", "clang++-19");
    }
    link_static(&config.profile("Release").build().join("lib"));
    true
}

#[cfg(not(feature = "vendored"))]
fn vendored() -> bool {
    false
}

fn from_checkout() -> bool {
    let folder = checkout().join("build/release/lib");
    println!("cargo::rerun-if-changed={}", folder.display());
    folder.is_dir() && link(&folder)
}

fn checkout() -> PathBuf {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let above = here.join("../..");
    above.canonicalize().unwrap_or(above)
}

/// Link what lies in folder; false if there is nothing.
fn link(folder: &Path) -> bool {
    if is_static() {
        let found = folder.join("libzest.a").is_file()
            && (!has_pipeline() || folder.join("libzest-proxy.a").is_file());
        if found {
            link_static(folder);
        }
        return found;
    }
    let found = folder.join("libzest.so").exists()
        && (!has_pipeline() || folder.join("libzest-proxy.so").exists());
    if found {
        println!("cargo::rustc-link-search=native={}", folder.display());
        if has_pipeline() {
            println!("cargo::rustc-link-lib=dylib=zest-proxy");
        }
        println!("cargo::rustc-link-lib=dylib=zest");
        println!("cargo::metadata=lib_dir={}", folder.display());
    }
    found
}

fn link_static(folder: &Path) {
    println!("cargo::rerun-if-changed={}", folder.join("libzest.a").display());
    println!("cargo::rustc-link-search=native={}", folder.display());
    if has_pipeline() {
        println!("cargo::rustc-link-lib=static=zest-proxy");
    }
    println!("cargo::rustc-link-lib=static=zest");
    if has_pipeline() {
        println!("cargo::rustc-link-lib=dylib=ssl");
        println!("cargo::rustc-link-lib=dylib=crypto");
    }
    println!("cargo::rustc-link-lib=dylib=stdc++");
    println!("cargo::rustc-link-lib=dylib=m");
}

fn has_pipeline() -> bool {
    env::var_os("CARGO_FEATURE_PIPELINE").is_some()
}

/// What pkg-config is asked for; zest-proxy.pc requires zest.pc.
fn package() -> &'static str {
    if has_pipeline() { "zest-proxy" } else { "zest" }
}

fn is_static() -> bool {
    env::var_os("ZEST_STATIC").is_some_and(|value| value == "1")
}
