//! Lets the binary find libzest.so where it was linked from, if that is no folder of the system's.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if let Some(folder) = std::env::var_os("DEP_ZEST_LIB_DIR") {
        println!(
            "cargo::rustc-link-arg=-Wl,-rpath,{}",
            folder.to_string_lossy()
        );
    }
}
