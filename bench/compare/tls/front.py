"""How clients reach a proxy through TLS: a certificate made for the run, and the same versions,
suites and groups in everybody's configuration. The client offers one of each, so that all do the
same work."""

import http.client
import pathlib
import ssl
import subprocess
import tempfile

from compare.process import Broken

NAME = "bench.example"
CIPHERS = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"
SUITES = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384"
GROUPS = "X25519:P-256"  # zproxy's own, without P-384

LISTEN = {
    "nginx.conf": " ssl",
    "haproxy.cfg": f" ssl crt {{dir}}/both.pem ssl-min-ver TLSv1.2 ciphers {CIPHERS} "
                   f"ciphersuites {SUITES} curves {GROUPS}",
}
TLS = {
    "nginx.conf": f"""ssl_certificate {{dir}}/leaf.pem;
    ssl_certificate_key {{dir}}/leaf.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers {CIPHERS};
    ssl_conf_command Ciphersuites {SUITES};
    ssl_ecdh_curve {GROUPS};""",
    "zproxy.toml": f"""[listener.tls]
ciphers = "{CIPHERS}"
ciphersuites = "{SUITES}"
certificates = [{{{{ certificate = "{{dir}}/leaf.pem", key = "{{dir}}/leaf.key" }}}}]""",
}


def make_certificate(directory):
    """A leaf with a P-256 key that signs itself, as files of everybody's taste."""
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
               "-nodes", "-days", "365", "-subj", f"/CN={NAME}",
               "-addext", f"subjectAltName=DNS:{NAME}", "-keyout", directory / "leaf.key",
               "-out", directory / "leaf.pem"]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=30)
    except (OSError, subprocess.SubprocessError) as why:
        raise Broken(f"openssl makes no certificate: {why}") from None
    both = (directory / "leaf.pem").read_text() + (directory / "leaf.key").read_text()
    (directory / "both.pem").write_text(both)


class Tls:
    client = "load_tls"
    title = "tls"

    def __init__(self):
        self._files = tempfile.TemporaryDirectory(prefix="zest-bench-")
        self._dir = pathlib.Path(self._files.name)
        make_certificate(self._dir)
        self._trusting = ssl.create_default_context()
        self._trusting.check_hostname = False
        self._trusting.verify_mode = ssl.CERT_NONE

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._files.cleanup()

    def lines(self, template):
        return {"LISTEN": LISTEN.get(template, "").format(dir=self._dir),
                "TLS": TLS.get(template, "").format(dir=self._dir)}

    def connection(self, port):
        return http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=self._trusting)


def kernel_tls():
    """Whether a server could have left its records to the kernel; and how often any did so far."""
    known = pathlib.Path("/proc/sys/net/ipv4/tcp_available_ulp").read_text().split()
    counts = pathlib.Path("/proc/net/tls_stat")
    kinds = ("TlsTxSw", "TlsRxSw", "TlsTxDevice", "TlsRxDevice")
    opened = 0
    if counts.exists():
        fields = dict(line.split() for line in counts.read_text().splitlines())
        opened = sum(int(fields[name]) for name in kinds)
    return "tls" in known, opened
