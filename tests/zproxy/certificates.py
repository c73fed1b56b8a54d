"""An authority of one's own, by the openssl command."""
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

KINDS = {"ec": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"], "rsa": ["-newkey", "rsa:2048"]}


@dataclass
class Issued:
    certificate: str
    key: str

    @property
    def toml(self):
        return f'{{ certificate = "{self.certificate}", key = "{self.key}" }}'


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=60)


class Authority:
    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="zproxy_ca.")
        self.count = 0
        self.file, self.key = self.path("ca.pem"), self.path("ca.key")
        openssl("req", "-x509", *KINDS["ec"], "-nodes", "-days", "100", "-subj", "/CN=an authority",
                "-keyout", self.key, "-out", self.file)

    def path(self, name):
        return str(Path(self.folder.name) / name)

    def issue(self, name, kind, days=90):
        """A certificate for a name or an IP address; days may be few."""
        self.count += 1
        issued = Issued(self.path(f"{self.count}.pem"), self.path(f"{self.count}.key"))
        request, extensions = self.path("request"), self.path("extensions")
        alternative = "IP" if name.replace(".", "").isdigit() else "DNS"
        Path(extensions).write_text(f"subjectAltName={alternative}:{name}\n")
        openssl("req", "-new", *KINDS[kind], "-nodes", "-subj", f"/CN={name}", "-keyout", issued.key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.key, "-CAcreateserial",
                "-days", str(days), "-extfile", extensions, "-out", issued.certificate)
        return issued

    def close(self):
        self.folder.cleanup()
