"""What the tests of tunnels share."""
import tls


class Case(tls.Case):
    def file_for(self, listener, origin, more="", upstream="", top=""):
        return self.file(f"""
            workers = 2
            access_log = "{self.folder}/log"
            {top}
            [[listener]]
            bind = "127.0.0.1:0"
            {listener}
            [upstream.a]
            addrs = ["{origin}"]
            {upstream}
            [admin]
            bind = "127.0.0.1:0"
            {more}
            """)
