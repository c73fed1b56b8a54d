//! What lemon can't do, it tells, with its exit code.

mod host;

use host::{Client, Lemon, WAYS, output};
use std::net::TcpListener;

#[test]
fn a_port_in_use_is_named() {
    let stranger = TcpListener::bind("127.0.0.1:0").expect("bind");
    let address = stranger.local_addr().expect("an address").to_string();
    for way in WAYS {
        let done = output(&[way, &["--listen", &address]].concat());
        assert_eq!(done.status.code(), Some(3), "{way:?}");
        let told = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(told.starts_with("lemon: ") && told.contains(&address), "{way:?}: {told}");
    }
}

#[test]
fn a_wrong_option_is_usage() {
    let done = output(&["--listen", "nowhere"]);
    assert_eq!(done.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&done.stderr).contains("\"nowhere\""));
}

#[test]
fn help_and_version_are_told() {
    let done = output(&["--help"]);
    assert!(done.status.success());
    assert!(String::from_utf8_lossy(&done.stdout).contains("--drain-timeout"));
    let done = output(&["--version"]);
    assert!(done.status.success());
    assert!(String::from_utf8_lossy(&done.stdout).starts_with("lemon 0.1.0 (libzest 0.1"));
}

#[test]
fn what_comes_up_is_enough() {
    let stranger = TcpListener::bind("127.0.0.1:0").expect("bind");
    let taken = stranger.local_addr().expect("an address").to_string();
    for way in WAYS {
        let mut lemon = Lemon::start(way, &["--listen", &taken, "--listen", "127.0.0.1:0=2"]);
        let mut client = Client::connect(lemon.address());
        assert!(client.get("/").1.starts_with("lemon\nlistener 2\n"), "{way:?}");
        assert!(lemon.said.contains(&taken), "{way:?}: {}", lemon.said);
    }
}
