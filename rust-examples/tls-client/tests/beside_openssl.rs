//! A program that has an OpenSSL of its own, the system's, and libzest-proxy with another inside:
//! both shake hands at the same time, with each other and with themselves.
mod echoing;
#[allow(dead_code, reason = "what speaks for rustls")]
mod trusting;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use anyhow::{Result, anyhow, ensure};
use openssl::asn1::Asn1Time;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::{MessageDigest, hash};
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{SslAcceptor, SslConnector, SslMethod, SslStream, SslVerifyMode, SslVersion};
use openssl::x509::{X509, X509NameBuilder};

use echoing::{echo, exchange, join, serve};
use trusting::PATIENCE;

const TIMES: usize = 50;
const SIZES: [usize; 3] = [1, 16_385, 300_000];

fn connector(version: SslVersion) -> Result<SslConnector> {
    let mut builder = SslConnector::builder(SslMethod::tls_client())?;
    builder.set_verify(SslVerifyMode::NONE); // the certificates are made at each start
    builder.set_min_proto_version(Some(version))?;
    builder.set_max_proto_version(Some(version))?;
    builder.set_alpn_protos(b"\x04echo")?;
    Ok(builder.build())
}

fn connect(address: SocketAddr, connector: &SslConnector) -> Result<SslStream<TcpStream>> {
    let socket = TcpStream::connect(address)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_nodelay(true)?;
    connector.connect("localhost", socket).map_err(|error| anyhow!("{error}"))
}

/// By OpenSSL alone.
fn self_signed() -> Result<(PKey<Private>, X509)> {
    let key =
        PKey::from_ec_key(EcKey::generate(&*EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?)?)?;
    let mut name = X509NameBuilder::new()?;
    name.append_entry_by_text("CN", "localhost")?;
    let name = name.build();
    let mut certificate = X509::builder()?;
    certificate.set_subject_name(&name)?;
    certificate.set_issuer_name(&name)?;
    certificate.set_pubkey(&key)?;
    certificate.set_not_before(&*Asn1Time::days_from_now(0)?)?;
    certificate.set_not_after(&*Asn1Time::days_from_now(1)?)?;
    certificate.sign(&key, MessageDigest::sha256())?;
    Ok((key, certificate.build()))
}

/// The program's own OpenSSL at both ends.
fn speak_to_itself() -> Result<()> {
    let (key, certificate) = self_signed()?;
    let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server())?;
    builder.set_private_key(&key)?;
    builder.set_certificate(&certificate)?;
    let (acceptor, connector) = (builder.build(), connector(SslVersion::TLS1_3)?);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let serving = thread::spawn(move || -> Result<()> {
        for _ in 0..TIMES {
            let (socket, _) = listener.accept()?;
            let mut tls = acceptor.accept(socket).map_err(|error| anyhow!("{error}"))?;
            let mut size = [0; 4];
            std::io::Read::read_exact(&mut tls, &mut size)?;
            let mut body = vec![0; usize::try_from(u32::from_be_bytes(size))?];
            std::io::Read::read_exact(&mut tls, &mut body)?;
            std::io::Write::write_all(&mut tls, &body)?;
        }
        Ok(())
    });
    for _ in 0..TIMES {
        exchange(&mut connect(address, &connector)?, 1000)?;
    }
    join(serving)
}

/// The program's OpenSSL as the client of ours.
fn speak_to_zest(version: SslVersion) -> Result<()> {
    let (address, serving) = serve(TIMES, echo)?;
    let connector = connector(version)?;
    for _ in 0..TIMES {
        let mut tls = connect(address, &connector)?;
        for size in SIZES {
            exchange(&mut tls, size)?;
        }
        ensure!(tls.ssl().selected_alpn_protocol() == Some(b"echo"), "no ALPN");
        tls.shutdown()?;
    }
    ensure!(join(serving)?.len() == TIMES);
    Ok(())
}

#[test]
fn neither_openssl_meets_the_other() -> Result<()> {
    let speakers = [
        thread::spawn(speak_to_itself),
        thread::spawn(|| speak_to_zest(SslVersion::TLS1_3)),
        thread::spawn(|| speak_to_zest(SslVersion::TLS1_2)),
    ];
    for speaker in speakers {
        join(speaker)?;
    }
    let maps = std::fs::read_to_string("/proc/self/maps")?;
    ensure!(maps.contains("/libssl.so"), "the program has no OpenSSL of its own");
    ensure!(hash(MessageDigest::sha256(), b"abc")?.starts_with(&[0xba, 0x78, 0x16, 0xbf]));
    Ok(())
}
