//! `lemon_hyper --port N --origin N`: a runtime per shard that accepts, as `lemon --shards` does;
//! each request goes to the origin by hyper-util's pooling client, without the fields that end
//! here.

use hyper::body::Incoming;
use hyper::header::{HeaderName, CONNECTION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::client::legacy::{connect::HttpConnector, Client};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use std::net::SocketAddr;
use std::time::Duration;
use zest::{Accepted, Acceptor, AsyncShard, Event, Listener};

const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
const POOL: usize = 1024;
const HOP_BY_HOP: [HeaderName; 5] = [CONNECTION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE];

type Origin = Client<HttpConnector, Incoming>;

fn origin() -> Origin {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_max_idle_per_host(POOL)
        .build(connector)
}

async fn pass(
    mut request: Request<Incoming>,
    origin: &Origin,
    authority: &str,
) -> anyhow::Result<Response<Incoming>> {
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    *request.uri_mut() = Uri::builder()
        .scheme("http")
        .authority(authority)
        .path_and_query(path)
        .build()?;
    for name in HOP_BY_HOP {
        request.headers_mut().remove(name);
    }
    let mut response = origin.request(request).await?;
    for name in HOP_BY_HOP {
        response.headers_mut().remove(name);
    }
    anyhow::ensure!(
        response.status() != StatusCode::SWITCHING_PROTOCOLS,
        "an upgrade"
    );
    Ok(response)
}

async fn serve(accepted: Accepted, origin: Origin, authority: String) -> anyhow::Result<()> {
    let stream = accepted.into_tokio_tcp()?;
    let service = service_fn(async |request| pass(request, &origin, &authority).await);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT);
    Ok(http.serve_connection(TokioIo::new(stream), service).await?)
}

fn number(wanted: &str) -> u16 {
    let mut words = std::env::args().skip_while(|word| word != wanted).skip(1);
    words
        .next()
        .and_then(|word| word.parse().ok())
        .unwrap_or_else(|| panic!("{wanted} N"))
}

fn main() -> anyhow::Result<()> {
    let address = SocketAddr::from(([127, 0, 0, 1], number("--port")));
    let listener = Listener::tcp(address).id(1);
    let authority = format!("127.0.0.1:{}", number("--origin"));
    let (_service, shards) = Acceptor::builder().listener(listener).listen_sharded(1)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let origin = origin();
        for shard in shards {
            let shard = AsyncShard::new(shard.bind())?;
            while let Some(event) = shard.accept().await? {
                if let Event::Connection(accepted) = event {
                    let served = serve(accepted, origin.clone(), authority.clone());
                    tokio::spawn(async { drop(served.await) }); // a client that has gone
                }
            }
        }
        Ok(())
    })
}
