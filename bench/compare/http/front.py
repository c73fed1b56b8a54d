"""How clients reach a proxy: here plainly; through TLS: compare/tls/front.py."""

import http.client


class Plain:
    client = "load"  # the program
    title = "proxy"

    @staticmethod
    def lines(_template):
        """What stands in the proxies' configurations for it."""
        return {"LISTEN": "", "TLS": ""}

    @staticmethod
    def connection(port):
        return http.client.HTTPConnection("127.0.0.1", port, timeout=5)
