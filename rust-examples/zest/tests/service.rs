//! The API of the host lemon: by its names, from start to end.

#![cfg(feature = "tokio")]

mod common;

use common::{LIMIT, address, connect, connect_many, talk};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use zest::service::{
    AcceptedConnection, ZestGlobalSettings, ZestListenerConfig, ZestProtocol, ZestService,
    ZestTransportStream,
};

fn tcp(address: &str, listener_id: u64) -> ZestListenerConfig {
    let listen_address = address.parse().expect("an address");
    ZestListenerConfig { listen_address, listener_id, protocol: ZestProtocol::Tcp }
}

fn two_threads() -> ZestGlobalSettings {
    ZestGlobalSettings { listener_threads_per_address: Some(2), ..Default::default() }
}

async fn start(capacity: usize) -> (ZestService, mpsc::Receiver<AcceptedConnection>, SocketAddr) {
    let builder = ZestService::builder().listeners(vec![tcp("127.0.0.1:0", 1)]);
    let builder =
        builder.settings(two_threads()).engine(common::settings(2)).channel_capacity(capacity);
    let (service, connections) = builder.listen_with_handle().await.expect("listen");
    let at = address(service.report(), 1);
    (service, connections, at)
}

async fn recv(connections: &mut mpsc::Receiver<AcceptedConnection>) -> Option<AcceptedConnection> {
    timeout(LIMIT, connections.recv()).await.expect("in time")
}

async fn count_rest(connections: &mut mpsc::Receiver<AcceptedConnection>) -> usize {
    let mut count = 0;
    while recv(connections).await.is_some() {
        count += 1;
    }
    count
}

/// A free port for the thin form, which tells none; on a loopback address that nobody else uses,
/// so that nobody takes it in between.
fn free_port() -> SocketAddr {
    static CALLS: AtomicU8 = AtomicU8::new(1);
    let [.., high, low] = std::process::id().to_be_bytes();
    let ip = Ipv4Addr::new(127, CALLS.fetch_add(1, Relaxed), high, low);
    let listener = std::net::TcpListener::bind((ip, 0)).expect("bind");
    listener.local_addr().expect("an address")
}

/// Every name and type of the thin form, as its host writes them.
#[tokio::test]
async fn the_api_has_its_names() {
    let at = free_port();
    let (stop, stopped): (watch::Sender<()>, watch::Receiver<()>) = watch::channel(());
    let listeners: Vec<ZestListenerConfig> = vec![
        ZestListenerConfig { listen_address: at, listener_id: 7u64, protocol: ZestProtocol::Tcp },
        ZestListenerConfig {
            listen_address: "127.0.0.1:0".parse().expect("an address"),
            listener_id: 8u64,
            protocol: ZestProtocol::Udp,
        },
    ];
    let settings = ZestGlobalSettings {
        force_single_listener_mode: true,
        listener_threads_per_address: None::<usize>,
        tcp_listen_backlog: Some(64u32),
    };
    let listening: anyhow::Result<mpsc::Receiver<AcceptedConnection>> =
        ZestService::listen(listeners, settings, stopped).await;
    let mut connections = listening.expect("listen");

    let mut client = connect(at);
    let (mut tcp, mut udp) = (None, None);
    while tcp.is_none() || udp.is_none() {
        let connection = recv(&mut connections).await.expect("a connection");
        let AcceptedConnection { stream, local_addr, remote_addr, listener_id } = connection;
        match stream {
            ZestTransportStream::Tcp(stream) => {
                let stream: TcpStream = stream;
                assert_eq!((local_addr, listener_id), (at, 7));
                assert_eq!(Some(remote_addr), client.local_addr().ok());
                tcp = Some(stream);
            }
            ZestTransportStream::Udp(socket) => {
                let socket: UdpSocket = socket;
                assert_eq!(Some(local_addr), socket.local_addr().ok());
                assert_eq!((remote_addr.to_string().as_str(), listener_id), ("0.0.0.0:0", 8));
                udp = Some(socket);
            }
        }
    }
    let mut ours = tcp.and_then(|stream| stream.into_std().ok()).expect("a stream");
    ours.set_nonblocking(false).expect("blocking");
    talk(&mut ours, &mut client);
    stop.send(()).expect("a service");
    assert!(recv(&mut connections).await.is_none());
}

#[tokio::test]
async fn dropping_the_watch_sender_drains_and_ends() {
    let at = free_port();
    let (stop, stopped) = watch::channel(());
    let listeners = vec![ZestListenerConfig { listen_address: at, ..tcp("127.0.0.1:0", 1) }];
    let mut connections =
        ZestService::listen(listeners, two_threads(), stopped).await.expect("listen");
    let clients = connect_many(at, 30);
    drop(stop);
    assert_eq!(count_rest(&mut connections).await, clients.len());
    assert!(std::net::TcpStream::connect(at).is_err());
}

#[tokio::test]
async fn the_receipt_adds_up_while_the_host_receives_nothing() {
    let (service, mut connections, at) = start(1).await;
    let clients = connect_many(at, 40);
    let receipt = timeout(LIMIT, service.shutdown()).await.expect("in time").expect("shut down");
    assert!(receipt.complete, "{receipt}");
    assert_eq!((receipt.accepted, receipt.refused, receipt.left_in_kernel), (40, 0, 0));
    assert_eq!(receipt.handed_over + receipt.in_queue, 40);
    assert_eq!(count_rest(&mut connections).await, clients.len());
    assert_eq!(service.shutdown().await.expect("a second time"), receipt);
    assert_eq!(service.stats().expect_err("ended").status(), zest::Status::Closed);
    assert!(service.failures().is_empty());
}

#[tokio::test]
async fn dropping_the_handle_stops_nothing_and_dropping_the_receiver_does() {
    let (service, mut connections, at) = start(4).await;
    drop(service);
    let _client = connect(at);
    assert!(recv(&mut connections).await.is_some());

    let (service, connections, _) = start(4).await;
    drop(connections);
    let receipt = timeout(LIMIT, service.shutdown()).await.expect("in time");
    assert!(receipt.expect("a receipt").complete);
}

#[tokio::test]
async fn all_that_zest_knows_can_be_had() {
    let builder = ZestService::builder().listeners(vec![tcp("[::1]:0", 3)]);
    let (service, mut connections) = builder.listen_accepted().await.expect("listen");
    assert!(service.report().rows().iter().all(zest::ReportRow::is_ok));
    let client = connect(address(service.report(), 3));
    let accepted = timeout(LIMIT, connections.recv()).await.expect("in time").expect("one");
    assert_eq!(accepted.remote.as_inet(), client.local_addr().ok());
    assert_eq!(service.stats().expect("counters").total.accepted, 1);
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let stranger = std::net::TcpListener::bind("127.0.0.1:0").expect("bind");
    let at = stranger.local_addr().expect("an address").to_string();
    let (_stop, stopped) = watch::channel(());
    let listening = ZestService::listen(vec![tcp(&at, 1)], two_threads(), stopped).await;
    let error = listening.expect_err("refused");
    assert!(error.to_string().contains(&at), "{error}");
    let cause = error.downcast_ref::<zest::Error>().expect("zest's error");
    assert_eq!(cause.status(), zest::Status::AddressInUse);
}
