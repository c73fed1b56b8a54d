//! Every constant of the headers is in the bindings, with its value.
//!
//! The names are read from the headers' text, the Rust values from one table, and the C values
//! from a program that a C compiler makes.

mod header;

use std::collections::BTreeMap;
use zest_sys::*;

macro_rules! constants {
    ($($name:ident),+ $(,)?) => {
        BTreeMap::from([$((stringify!($name).to_owned(), $name.to_string())),+])
    };
}

fn constants_of_the_acceptor() -> BTreeMap<String, String> {
    constants!(
        ZEST_VERSION_MAJOR,
        ZEST_VERSION_MINOR,
        ZEST_VERSION_PATCH,
        ZEST_VERSION_NUMBER,
        ZEST_OK,
        ZEST_TIMED_OUT,
        ZEST_CLOSED,
        ZEST_LISTENER_FAILED,
        ZEST_NEED_MORE,
        ZEST_WANT_READ,
        ZEST_WANT_WRITE,
        ZEST_NULL_ARGUMENT,
        ZEST_INVALID_ARGUMENT,
        ZEST_UNSUPPORTED,
        ZEST_BAD_ADDRESS,
        ZEST_DUPLICATE_LISTENER,
        ZEST_WRONG_THREAD,
        ZEST_WRONG_MODE,
        ZEST_FORKED,
        ZEST_ADDRESS_IN_USE,
        ZEST_ADDRESS_NOT_AVAILABLE,
        ZEST_PERMISSION_DENIED,
        ZEST_OUT_OF_FDS,
        ZEST_OUT_OF_MEMORY,
        ZEST_SYSTEM,
        ZEST_BAD_MESSAGE,
        ZEST_REFUSED,
        ZEST_LIMIT_REACHED,
        ZEST_TLS_FAILED,
        ZEST_TLS_TRUNCATED,
        ZEST_TLS_NOT_TLS,
        ZEST_INTERNAL,
        ZEST_FAMILY_NONE,
        ZEST_FAMILY_IPV4,
        ZEST_FAMILY_IPV6,
        ZEST_FAMILY_UNIX,
        ZEST_TCP,
        ZEST_UDP,
        ZEST_UNIX,
        ZEST_DEFAULT,
        ZEST_ON,
        ZEST_OFF,
        ZEST_LISTENER_SINGLE,
        ZEST_LISTENER_JOIN,
        ZEST_LISTENER_ADOPT_FD,
        ZEST_LISTENER_FLAGS_ALL,
        ZEST_SINGLE_LISTENER,
        ZEST_SHARDS,
        ZEST_NOTIFY_PIPE,
        ZEST_PIN_CPUS,
        ZEST_SETTINGS_FLAGS_ALL,
        ZEST_STEER_HASH,
        ZEST_STEER_CPU,
        ZEST_STEER_LESS_LOADED,
        ZEST_BACKEND_AUTO,
        ZEST_BACKEND_IO_URING,
        ZEST_BACKEND_EPOLL,
        ZEST_HEALTH_OK,
        ZEST_HEALTH_DEGRADED,
        ZEST_HEALTH_FAILED,
        ZEST_FDS_PER_MESSAGE,
    )
}

fn constants_of_the_pipeline() -> BTreeMap<String, String> {
    constants!(
        ZEST_HTTP_BODY_NONE,
        ZEST_HTTP_BODY_LENGTH,
        ZEST_HTTP_BODY_CHUNKED,
        ZEST_HTTP_BODY_UNTIL_CLOSE,
        ZEST_HTTP_GET,
        ZEST_HTTP_HEAD,
        ZEST_HTTP_POST,
        ZEST_HTTP_PUT,
        ZEST_HTTP_DELETE,
        ZEST_HTTP_CONNECT,
        ZEST_HTTP_OPTIONS,
        ZEST_HTTP_TRACE,
        ZEST_HTTP_PATCH,
        ZEST_HTTP_OTHER,
        ZEST_HTTP_ORIGIN_FORM,
        ZEST_HTTP_ABSOLUTE_FORM,
        ZEST_HTTP_AUTHORITY_FORM,
        ZEST_HTTP_ASTERISK_FORM,
        ZEST_HTTP_CHUNK_DATA,
        ZEST_HTTP_CHUNK_TRAILERS,
        ZEST_HTTP_CHUNK_END,
        ZEST_HTTP_KEEP_TRAILERS,
        ZEST_HTTP_DECODE_FLAGS_ALL,
        ZEST_BALANCE_ROUND_ROBIN,
        ZEST_BALANCE_LEAST_CONNECTIONS,
        ZEST_UPSTREAM_NO_KEEPALIVE,
        ZEST_UPSTREAM_TCP_FAST_OPEN,
        ZEST_UPSTREAM_FLAGS_ALL,
        ZEST_TAKE_FRESH,
        ZEST_TAKE_FLAGS_ALL,
        ZEST_PEER_UNKNOWN,
        ZEST_PEER_UP,
        ZEST_PEER_DOWN,
    )
}

fn constants_of_hook() -> BTreeMap<String, String> {
    constants!(
        ZEST_HOOK_REQUEST,
        ZEST_HOOK_CONNECTION,
        ZEST_HOOK_LATER,
        ZEST_HOOK_PASS,
        ZEST_HOOK_QUEUE,
        ZEST_CLAIM_NO,
        ZEST_CLAIM_YES,
        ZEST_CLAIM_MORE,
        ZEST_HOOK_NOTIFY_PIPE,
        ZEST_HOOK_FLAGS_ALL,
        ZEST_HOOK_SET,
        ZEST_HOOK_ADD,
        ZEST_HOOK_REMOVE,
    )
}

fn constants_of_tunnel() -> BTreeMap<String, String> {
    constants!(
        ZEST_TUNNEL_LOAD_SOCKMAP,
        ZEST_TUNNEL_PIPE,
        ZEST_TUNNEL_SERVICE_FLAGS_ALL,
        ZEST_TUNNEL_BACKEND_AUTO,
        ZEST_TUNNEL_BACKEND_IO_URING,
        ZEST_TUNNEL_BACKEND_EPOLL,
        ZEST_TUNNEL_AUTO,
        ZEST_TUNNEL_COPY,
        ZEST_TUNNEL_SPLICE,
        ZEST_TUNNEL_SOCKMAP,
        ZEST_TUNNEL_SILENT,
        ZEST_TUNNEL_FLAGS_ALL,
        ZEST_TUNNEL_PREREAD_MAX,
        ZEST_TUNNEL_NEVER,
        ZEST_TUNNEL_DONE,
        ZEST_TUNNEL_A_BROKEN,
        ZEST_TUNNEL_B_BROKEN,
        ZEST_TUNNEL_IDLE_TIMEOUT,
        ZEST_TUNNEL_TOTAL_TIMEOUT,
        ZEST_TUNNEL_END_TIMEOUT,
        ZEST_TUNNEL_CANCELLED,
        ZEST_TUNNEL_NO_MEMORY,
        ZEST_TUNNEL_MISMATCH,
    )
}

fn constants_of_tls() -> BTreeMap<String, String> {
    constants!(
        ZEST_TLS_NO_VERIFY,
        ZEST_TLS_NO_TICKETS,
        ZEST_TLS_SERVE_EXPIRED,
        ZEST_TLS_FLAGS_ALL,
        ZEST_TLS_VERSION_DEFAULT,
        ZEST_TLS_1_2,
        ZEST_TLS_1_3,
        ZEST_TLS_CLIENTS_ANY,
        ZEST_TLS_CLIENTS_MAY,
        ZEST_TLS_CLIENTS_MUST,
        ZEST_TLS_KERNEL_OFF,
        ZEST_TLS_KERNEL_PREFER,
        ZEST_TLS_KERNEL_REQUIRE,
        ZEST_TLS_USER,
        ZEST_TLS_KERNEL,
    )
}

fn constants() -> BTreeMap<String, String> {
    let mut all = constants_of_the_acceptor();
    all.extend(constants_of_the_pipeline());
    all.extend(constants_of_tunnel());
    all.extend(constants_of_hook());
    all.extend(constants_of_tls());
    all
}

/// Macros that are no number: attributes, brackets, initializers (see `inits`).
const NOT_NUMBERS: [&str; 3] = ["ZEST_API", "ZEST_C_BEGIN", "ZEST_C_END"];

/// The names of the headers that start with `ZEST_`, but for include guards and initializers.
fn names_in_headers() -> Vec<String> {
    let text = header::text();
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let mut names: Vec<String> = words
        .filter(|word| {
            word.starts_with("ZEST_") && !word.ends_with("_H") && !word.ends_with("_INIT")
        })
        .filter(|word| !NOT_NUMBERS.contains(word))
        .map(str::to_owned)
        .collect();
    names.sort();
    names.dedup();
    names
}

#[test]
fn every_constant_of_the_headers_is_bound() {
    let bound: Vec<String> = constants().into_keys().collect();
    assert_eq!(names_in_headers(), bound);
}

#[test]
fn values_are_those_of_the_headers() {
    let mut source = format!("#include <stdio.h>\n{}int main(void) {{\n", header::includes());
    for name in constants().keys() {
        source += &format!("  printf(\"{name} %ld\\n\", (long)({name}));\n");
    }
    let program = header::compile("constants", &(source + "  return 0;\n}\n"));
    let rust: Vec<String> =
        constants().into_iter().map(|(name, value)| format!("{name} {value}")).collect();
    assert_eq!(header::run(&program), rust);
}
