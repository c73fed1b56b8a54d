//! Lets the tests of this crate find libzest.so where it was linked from, if that is no folder of
//! the system's. What depends on this crate is not touched: hosts say their own rpath.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if let Some(folder) = std::env::var_os("DEP_ZEST_LIB_DIR") {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{}", folder.to_string_lossy());
    }
}
