//! The structs of the bindings lie in memory as those of the headers do.
//!
//! One table names every struct and field. From it a C program is made that prints the sizes and
//! offsets that a C compiler sees; Rust's own must be the same. That the table misses no field is
//! read from the headers' text.

mod header;

use std::mem::offset_of;
use zest_sys::*;

struct Layout {
    name: &'static str,
    size: usize,
    fields: Vec<(&'static str, usize)>,
}

macro_rules! layout {
    ($name:ident: $($field:ident),+ $(,)?) => {
        Layout {
            name: stringify!($name),
            size: size_of::<$name>(),
            fields: vec![$((stringify!($field), offset_of!($name, $field))),+],
        }
    };
}

fn layouts_of_the_acceptor() -> Vec<Layout> {
    vec![
        layout!(zest_error: code, os_errno, message),
        layout!(zest_address: family, port, scope_id, ip, path_size, path),
        layout!(zest_socket_options: struct_size, nodelay, keepalive, keepalive_idle_s,
            keepalive_interval_s, keepalive_count, receive_buffer, send_buffer, defer_accept_s,
            fast_open_queue, v6only, busy_poll_us, transparent),
        layout!(zest_listener_config: struct_size, flags, listener_id, address, protocol, fd,
            unix_mode, reserved, socket_options),
        layout!(zest_settings: struct_size, flags, threads_per_address, backlog, queue_capacity,
            steering, backend, reserved, socket_options),
        layout!(zest_connection: struct_size, fd, listener_id, protocol, shard, accepted_at_ns,
            os_errno, reserved, local, remote),
        layout!(zest_receipt: struct_size, complete, accepted, handed_over, in_queue, refused,
            left_in_kernel, duration_ns),
        layout!(zest_shard_stats: struct_size, health, accepted, handed_over, refused, queued,
            queue_full_pauses, resource_pauses, transient_errors, transient_by_errno, kernel_queue,
            kernel_queue_max, wakeups),
        layout!(zest_service_stats: struct_size, shards, listen_overflows, listen_drops, total),
        layout!(zest_report_row: struct_size, status, os_errno, shard, listener_id, protocol,
            reuseport, backend, steering, cpu, numa_node, backlog_asked, backlog_effective,
            address, thread_name, note),
    ]
}

fn layouts_of_http() -> Vec<Layout> {
    vec![
        layout!(zest_slice: offset, size),
        layout!(zest_http_field: name, value, name_id, skip, reserved),
        layout!(zest_http_head: bytes, fields, field_count, field_capacity, size, minor, reserved,
            index),
        layout!(zest_http_refusal: status, reserved, offset, reason),
        layout!(zest_http_body: kind, reserved, length, keep_alive, expect_continue, reserved2),
        layout!(zest_http_request: struct_size, reserved, head, method, target, authority, path,
            host, method_id, form, reserved2, body, refusal),
        layout!(zest_http_response: struct_size, reserved, head, status, reserved2, reason,
            reserved3, body, refusal),
        layout!(zest_http_trailers: struct_size, reserved, head, refusal),
        layout!(zest_http_parser: words),
        layout!(zest_http_limits: struct_size, head_bytes, request_line, fields, chunk_line_bytes,
            chunk_excess_bytes, trailer_bytes, trailer_fields),
        layout!(zest_http_decoder: words),
        layout!(zest_http_chunk: struct_size, state, consumed, data, data_size, left, refusal),
        layout!(zest_http_writer: bytes, capacity, size, status, reserved),
    ]
}

fn layouts_of_the_pipeline() -> Vec<Layout> {
    vec![
        layout!(zest_proxy_record: struct_size, listener, began_ns, duration_ns, first_byte_ns,
            bytes_in, bytes_out, method, target, host, upstream, method_size, target_size,
            host_size, upstream_size, status, minor, reused, cut, reserved, timeout, limit, why,
            client, origin),
        layout!(zest_proxy_config: struct_size, reserved, text, text_size, name, path, log,
            log_context, hooks),
        layout!(zest_proxy_text: bytes, size, needed),
        layout!(zest_proxy_receipt: struct_size, complete, finished, closed_idle, tunnels, forced,
            duration_ns),
        layout!(zest_proxy_stats: struct_size, workers, connections, active, idle_links,
            tunnels_open, buffers, buffers_free, accept_queue, connections_accepted,
            connections_closed, connections_reset, requests, answers, bytes_from_clients,
            bytes_to_clients, bytes_from_origins, bytes_to_origins, timeouts, limits,
            upstream_connects, upstream_connect_failures, upstream_reused, upstream_retries,
            accept_errors, tunnels, handshakes, handshakes_failed, hooked, hooks_waiting,
            connections_given),
        layout!(zest_proxy_listener: struct_size, sockets, backlog_effective, encrypted, address,
            note),
        layout!(zest_hook_event: struct_size, kind, id, listener_id, name, upstream, method,
            target, host, head, name_size, upstream_size, method_size, target_size, host_size, fd,
            body_length, deadline_ns, body_kind, encrypted, client),
        layout!(zest_hook_protocol: struct_size, reserved, name, prefix, prefix_size, claims,
            context),
        layout!(zest_proxy_hooks: struct_size, flags, asked, context, protocols, protocol_count),
        layout!(zest_hook_field: name, name_size, value, value_size),
        layout!(zest_hook_answer: struct_size, status, fields, field_count, body, body_size,
            release, release_context),
        layout!(zest_hook_change: name, name_size, value, value_size, how, reserved),
        layout!(zest_hook_passing: struct_size, reserved, upstream, upstream_size, request,
            request_count, answer, answer_count),
        layout!(zest_upstream_config: struct_size, flags, text, text_size, addresses, address_count,
            strategy, pool_size, idle_timeout_ms, requests_per_connection, connect_timeout_ms,
            first_byte_timeout_ms, between_bytes_timeout_ms, reserved),
        layout!(zest_take: struct_size, flags),
        layout!(zest_link_state: struct_size, fd, deadline_ns, peer, requests,
            first_byte_timeout_ms, between_bytes_timeout_ms, address),
        layout!(zest_outcome: struct_size, failed, status, reserved, first_byte_ns),
        layout!(zest_tend: fd, reserved, deadline_ns),
        layout!(zest_peer: struct_size, state, active, idle, connects, connect_failures, reused,
            requests, failures, retries, answers, dropped_idle, expired, crowded_out,
            first_byte_ns, address),
        layout!(zest_tunnel_settings: struct_size, flags, threads, tunnels, buffers, buffer_size,
            backend, reserved),
        layout!(zest_tunnel_options: struct_size, flags, context, engine, idle_timeout_ms,
            total_timeout_ms, end_timeout_ms, preread_a, preread_a_size, preread_b, preread_b_size),
        layout!(zest_tunnel_end: struct_size, end, id, context, bytes_a_to_b, bytes_b_to_a,
            began_ns, duration_ns, os_errno, reserved),
        layout!(zest_tunnel_receipt: struct_size, complete, finished, cut, duration_ns),
        layout!(zest_tunnel_stats: struct_size, threads, backend, sockmap, open, waiting, joined,
            refused, shed, ends, bytes_a_to_b, bytes_b_to_a, note),
        layout!(zest_tls_certificate: struct_size, reserved, certificate_file, key_file,
            certificate, certificate_size, key, key_size, ocsp_file),
        layout!(zest_tls_config: struct_size, flags, certificates, certificate_count, self_signed,
            self_signed_count, alpn, alpn_count, ca_file, ca, ca_size, ciphers, ciphersuites,
            ticket_key_file, version_min, version_max, clients, kernel, session_timeout_s,
            reserved),
        layout!(zest_tls_facts: struct_size, version, resumed, mode, cipher, alpn, server_name,
            peer_subject, peer_fingerprint, cipher_size, alpn_size, server_name_size,
            peer_subject_size, peer_fingerprint_size, reserved),
    ]
}

fn layouts() -> Vec<Layout> {
    let all = [layouts_of_the_acceptor(), layouts_of_http(), layouts_of_the_pipeline()];
    all.into_iter().flatten().collect()
}

#[test]
fn sizes_and_offsets_are_those_of_the_headers() {
    let mut source = format!("#include <stdio.h>\n{}int main(void) {{\n", header::includes());
    let mut rust = Vec::new();
    for Layout { name, size, fields } in layouts() {
        source += &format!("  printf(\"{name} %zu\\n\", sizeof({name}));\n");
        rust.push(format!("{name} {size}"));
        for (field, offset) in fields {
            source += &format!("  printf(\"{name}.{field} %zu\\n\", offsetof({name}, {field}));\n");
            rust.push(format!("{name}.{field} {offset}"));
        }
    }
    let program = header::compile("layout", &(source + "  return 0;\n}\n"));
    assert_eq!(header::run(&program), rust);
}

#[test]
fn the_table_names_every_struct_and_field() {
    let text = header::text();
    let mut headers: Vec<String> = Vec::new();
    for part in text.split("typedef struct ").skip(1) {
        let Some((name, rest)) = part.split_once('{') else { continue };
        let Some((body, _)) = rest.split_once('}') else { continue };
        if name.contains(';') {
            continue; // an opaque handle
        }
        headers.push(format!("{}: {}", name.trim(), field_names(body).join(" ")));
    }
    let table: Vec<String> = layouts()
        .iter()
        .map(|layout| {
            let fields: Vec<&str> = layout.fields.iter().map(|(name, _)| *name).collect();
            format!("{}: {}", layout.name, fields.join(" "))
        })
        .collect();
    assert_eq!(headers, table);
}

/// The declared names in a struct's body: the last word before `;` or `[`.
fn field_names(body: &str) -> Vec<&str> {
    body.split(';')
        .map(str::trim)
        .filter(|declaration| !declaration.is_empty())
        .map(|declaration| {
            let plain = declaration.split('[').next().unwrap_or(declaration);
            plain.rsplit([' ', '*']).next().unwrap_or(plain)
        })
        .collect()
}
