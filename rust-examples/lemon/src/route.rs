//! Who serves a connection: what its first request asks for.

use zest::http::{Method, Request};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// lemon itself.
    Own,
    /// The proxy in this process.
    Proxied,
    /// Nobody: the client is joined with the origin.
    Tunnel,
}

impl Route {
    pub fn of(request: &Request<'_>) -> Self {
        if is_web_socket(request) { Self::Tunnel } else { Self::of_path(request.path()) }
    }

    /// Of a request that asks for nothing but an answer.
    pub fn of_path(path: &str) -> Self {
        if path.starts_with("/proxied/") { Self::Proxied } else { Self::Own }
    }
}

/// RFC 6455, 4.1; whether its key is good is for the origin to say.
fn is_web_socket(request: &Request<'_>) -> bool {
    request.method_id() == Method::Get
        && request.minor_version() == 1
        && names(request, "connection", "upgrade")
        && names(request, "upgrade", "websocket")
}

/// Does a field that is a list have this element?
fn names(request: &Request<'_>, field: &str, element: &str) -> bool {
    let mut elements = request.get_all(field).flat_map(|value| value.split(|byte| *byte == b','));
    elements.any(|found| found.trim_ascii().eq_ignore_ascii_case(element.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use zest::http::{Field, Parser};

    fn route(line: &str, fields: &str) -> Route {
        let head = format!("{line}\r\nHost: a\r\n{fields}\r\n");
        let mut room = [Field::EMPTY; 8];
        let mut parser = Parser::new();
        let request = parser.request(head.as_bytes(), &mut room);
        Route::of(&request.expect("a head").expect("all of it"))
    }

    #[test]
    fn a_path_says_whose_it_is() {
        for (path, expected) in [
            ("/own/a", Route::Own),
            ("/proxied/a?b", Route::Proxied),
            ("/proxied", Route::Own),
            ("http://b/proxied/", Route::Proxied),
            ("/", Route::Own),
        ] {
            assert_eq!(route(&format!("GET {path} HTTP/1.1"), ""), expected, "{path}");
        }
    }

    #[test]
    fn a_web_socket_is_a_tunnel_wherever_it_is_asked_for() {
        const ASKED: &str = "Upgrade: h2c, WebSocket\r\nConnection: keep-alive, Upgrade\r\n";
        assert_eq!(route("GET /proxied/a HTTP/1.1", ASKED), Route::Tunnel);
        assert_eq!(route("POST /own/a HTTP/1.1", ASKED), Route::Own);
        assert_eq!(route("GET /own/a HTTP/1.0", ASKED), Route::Own);
        assert_eq!(route("GET /proxied/a HTTP/1.1", "Upgrade: websocket\r\n"), Route::Proxied);
        assert_eq!(route("GET /own/a HTTP/1.1", "Connection: upgrade\r\n"), Route::Own);
    }
}
