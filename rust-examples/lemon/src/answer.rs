//! What lemon answers.

use crate::route::Route;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CONNECTION, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use zest::Accepted;

/// What the requests of one connection are answered.
#[derive(Debug, Clone)]
pub struct Answers {
    /// Where it came from, as text.
    from: Bytes,
    place: Place,
}

/// Where lemon stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Alone,
    /// Another connection may be for the origin.
    BeforeOrigin,
    /// This one was, and it can't be reached.
    NoOrigin,
}

impl Answers {
    pub fn of(accepted: &Accepted, has_front: bool) -> Self {
        let Accepted { listener_id, remote, shard, .. } = accepted;
        let from = format!("lemon\nlistener {listener_id}\npeer {remote}\nshard {shard}\n");
        let place = if has_front { Place::BeforeOrigin } else { Place::Alone };
        Self { from: from.into(), place }
    }

    /// Of a connection that was for the origin, which can't be reached.
    pub fn without_origin(self) -> Self {
        Self { place: Place::NoOrigin, ..self }
    }

    /// The answer to one request. `last`: say that the connection closes behind it.
    pub fn answer(&self, request: &Request<Incoming>, last: bool) -> Response<Full<Bytes>> {
        let path = request.uri().path();
        let misdirected = self.place == Place::BeforeOrigin && Route::of_path(path) != Route::Own;
        let no_origin = self.place == Place::NoOrigin;
        let mut response = match request.method() {
            // RFC 9110, 15.5.20: on another connection it will be somebody else's.
            _ if misdirected => text(StatusCode::MISDIRECTED_REQUEST, "not here\n".into()),
            _ if no_origin => text(StatusCode::BAD_GATEWAY, "no origin\n".into()),
            _ if path != "/" && !path.starts_with("/own/") => {
                text(StatusCode::NOT_FOUND, "only / and /own/ are here\n".into())
            }
            &Method::GET | &Method::HEAD => text(StatusCode::OK, self.from.clone()),
            _ => {
                let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "GET or HEAD\n".into());
                response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
                response
            }
        };
        if last || misdirected || no_origin {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

fn text(status: StatusCode, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
