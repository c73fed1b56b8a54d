//! The initializers of the bindings have the bytes of those of the headers.

mod header;

use zest_sys::*;

/// The value's bytes, as the C program prints them.
fn bytes<T: Copy>(value: &T) -> String {
    let start: *const u8 = std::ptr::from_ref(value).cast();
    // SAFETY: value lives and is size_of::<T>() bytes; the structs asked for have no padding.
    let bytes = unsafe { std::slice::from_raw_parts(start, size_of::<T>()) };
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

macro_rules! inits {
    ($($type:ident = $init:ident),+ $(,)?) => {
        vec![$((stringify!($type), stringify!($init), bytes::<$type>(&$init))),+]
    };
}

#[test]
fn initializers_are_those_of_the_headers() {
    let table = inits!(
        zest_socket_options = ZEST_SOCKET_OPTIONS_INIT,
        zest_listener_config = ZEST_LISTENER_CONFIG_INIT,
        zest_settings = ZEST_SETTINGS_INIT,
        zest_connection = ZEST_CONNECTION_INIT,
        zest_receipt = ZEST_RECEIPT_INIT,
        zest_shard_stats = ZEST_SHARD_STATS_INIT,
        zest_service_stats = ZEST_SERVICE_STATS_INIT,
        zest_report_row = ZEST_REPORT_ROW_INIT,
        zest_http_request = ZEST_HTTP_REQUEST_INIT,
        zest_http_response = ZEST_HTTP_RESPONSE_INIT,
        zest_http_trailers = ZEST_HTTP_TRAILERS_INIT,
        zest_http_limits = ZEST_HTTP_LIMITS_INIT,
        zest_http_chunk = ZEST_HTTP_CHUNK_INIT,
        zest_proxy_config = ZEST_PROXY_CONFIG_INIT,
        zest_proxy_receipt = ZEST_PROXY_RECEIPT_INIT,
        zest_proxy_stats = ZEST_PROXY_STATS_INIT,
        zest_proxy_listener = ZEST_PROXY_LISTENER_INIT,
        zest_hook_event = ZEST_HOOK_EVENT_INIT,
        zest_hook_protocol = ZEST_HOOK_PROTOCOL_INIT,
        zest_proxy_hooks = ZEST_PROXY_HOOKS_INIT,
        zest_hook_answer = ZEST_HOOK_ANSWER_INIT,
        zest_hook_passing = ZEST_HOOK_PASSING_INIT,
        zest_upstream_config = ZEST_UPSTREAM_CONFIG_INIT,
        zest_take = ZEST_TAKE_INIT,
        zest_link_state = ZEST_LINK_STATE_INIT,
        zest_outcome = ZEST_OUTCOME_INIT,
        zest_peer = ZEST_PEER_INIT,
        zest_tunnel_settings = ZEST_TUNNEL_SETTINGS_INIT,
        zest_tunnel_options = ZEST_TUNNEL_OPTIONS_INIT,
        zest_tunnel_end = ZEST_TUNNEL_END_INIT,
        zest_tunnel_receipt = ZEST_TUNNEL_RECEIPT_INIT,
        zest_tunnel_stats = ZEST_TUNNEL_STATS_INIT,
        zest_tls_certificate = ZEST_TLS_CERTIFICATE_INIT,
        zest_tls_config = ZEST_TLS_CONFIG_INIT,
        zest_tls_facts = ZEST_TLS_FACTS_INIT,
    );
    let mut source = format!("#include <stdio.h>\n{}", header::includes());
    source += "static void show(const char *name, const void *at, size_t size) {\n\
         \x20 printf(\"%s \", name);\n\
         \x20 for (size_t i = 0; i < size; i++) printf(\"%02x\", ((const unsigned char *)at)[i]);\n\
         \x20 printf(\"\\n\");\n}\nint main(void) {\n";
    let mut rust = Vec::new();
    for (name, init, bytes) in table {
        source += &format!("  static {name} {name}_value = {init};\n");
        source += &format!("  show(\"{name}\", &{name}_value, sizeof({name}));\n");
        rust.push(format!("{name} {bytes}"));
    }
    let program = header::compile("inits", &(source + "  return 0;\n}\n"));
    assert_eq!(header::run(&program), rust);
}
