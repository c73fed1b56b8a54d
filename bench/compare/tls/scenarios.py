"""What the proxies are asked to do through TLS, and what issue 4 asks of zproxy."""

from compare.http.scenarios import Scenario, cpu

# Few at once: those under way at a measurement's begin and end are its error.
CLOSE = {"close": True, "connections": 16}

SCENARIOS = (
    Scenario("tls_full", "TLS 1.3, full handshakes (P-256, ECDSA), one GET 128 B each",
             {**CLOSE, "transport": "1.3"}, cpu(None, 0.92, 0.85)),
    Scenario("tls_x25519", "TLS 1.3, full handshakes, X25519",
             {**CLOSE, "transport": "1.3 X25519"}),
    Scenario("tls_resume", "TLS 1.3, resumed, one GET 128 B each",
             {**CLOSE, "transport": "1.3 resume"}, cpu(None, 0.90, 0.80)),
    Scenario("tls12_full", "TLS 1.2, full handshakes, one GET 128 B each",
             {**CLOSE, "transport": "1.2"}, cpu(None, 0.95, None)),
    Scenario("tls_ka128", "HTTPS GET 128 B, keep-alive, 64 connections",
             {"transport": "1.3"}, cpu(None, 0.80, 0.75)),
    Scenario("tls_1m", "HTTPS GET 1 MB, 8 connections",
             {"path": "/1m", "expect": 1 << 20, "connections": 8, "transport": "1.3"},
             cpu(None, 0.85, 0.75)),
)
IDLE_SHARE = 0.75  # of nginx's memory per idle connection, at most
IDLE_AIM = 12_800  # bytes
