//! lemon answers, whichever way it serves.

mod host;

use host::{Client, Lemon, WAYS};
use std::process::Command;

#[test]
fn an_answer_names_listener_peer_and_shard() {
    for way in WAYS {
        let more = ["--listen", "127.0.0.1:0=7", "--listen", "[::1]:0=8"];
        let mut lemon = Lemon::start(way, &more);
        for id in [7, 8] {
            let mut client = Client::connect(lemon.address());
            let (head, body) = client.get("/");
            assert!(head.starts_with("http/1.1 200 ok\r\n"), "{way:?}: {head}");
            let expected = format!("lemon\nlistener {id}\npeer {}\nshard ", client.local());
            assert!(body.starts_with(&expected), "{way:?}: {body}");
        }
    }
}

#[test]
fn the_report_comes_first() {
    for way in WAYS {
        let mut lemon = Lemon::start(way, &["--listen", "127.0.0.1:0"]);
        let address = lemon.address();
        let (report, _) = lemon.said.split_once("lemon: serving").expect("a report");
        assert!(report.contains(&address.to_string()), "{way:?}: {report}");
    }
}

#[test]
fn a_connection_is_kept_and_mistakes_are_told() {
    for way in WAYS {
        let mut lemon = Lemon::start(way, &["--listen", "127.0.0.1:0"]);
        let mut client = Client::connect(lemon.address());
        assert!(client.get("/").0.starts_with("http/1.1 200"));
        assert!(client.get("/elsewhere").0.starts_with("http/1.1 404"));
        client.send("DELETE / HTTP/1.1\r\nHost: lemon\r\n\r\n");
        let (head, _) = client.answer();
        assert!(head.starts_with("http/1.1 405") && head.contains("allow: get, head"), "{head}");
        assert!(client.get("/").0.starts_with("http/1.1 200"));
    }
}

#[test]
fn every_shard_of_many_serves() {
    for way in [["--threads", "2"].as_slice(), &["--shards", "--threads", "2"]] {
        let mut lemon = Lemon::start(way, &["--listen", "127.0.0.1:0"]);
        let address = lemon.address();
        let shard = |_| {
            let (_, body) = Client::connect(address).get("/");
            body.lines().find_map(|line| line.strip_prefix("shard ").map(str::to_owned))
        };
        // By hash: that one of two gets none of 200 happens once in 2^199.
        let mut shards: Vec<String> = (0..200).filter_map(shard).collect();
        assert_eq!(shards.len(), 200);
        shards.sort();
        shards.dedup();
        assert_eq!(shards, ["0", "1"]);
    }
}

#[test]
fn curl_is_answered() {
    let mut lemon = Lemon::start(WAYS[0], &["--listen", "127.0.0.1:0"]);
    let url = format!("http://{}/", lemon.address());
    let done = Command::new("curl").args(["-sS", "--max-time", "60", &url]).output();
    let done = done.expect("run curl");
    assert!(done.status.success());
    assert!(String::from_utf8_lossy(&done.stdout).starts_with("lemon\nlistener 1\n"));
}
