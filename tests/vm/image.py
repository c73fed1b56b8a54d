"""The machine's file system: an uncompressed initramfs (cpio, "newc"), written here since it needs
a device node and the programs at their paths on the host, and no root for either."""
import stat
import subprocess
from pathlib import Path


class Image:
    def __init__(self):
        self.entries = {}  # path -> (mode, contents, device)

    def folder(self, path):
        path = Path(path)
        for parent in [*reversed(path.parents), path]:
            self.entries.setdefault(str(parent), (stat.S_IFDIR | 0o755, b"", 0))

    def file(self, path, contents, mode=0o755):
        self.folder(Path(path).parent)
        self.entries[str(path)] = (stat.S_IFREG | mode, contents, 0)

    def device(self, path, major, minor):
        self.folder(Path(path).parent)
        self.entries[str(path)] = (stat.S_IFCHR | 0o600, b"", major << 8 | minor)

    def host_file(self, path):
        """A file at its path on the host, and the libraries it is linked with."""
        if str(path) in self.entries:
            return
        self.file(path, Path(path).read_bytes())
        for library in libraries(path):
            self.host_file(library)

    def write(self, target: Path):
        with target.open("wb") as out:
            for inode, (path, entry) in enumerate(sorted(self.entries.items()), 1):
                if path != "/":
                    write_entry(out, inode, path.lstrip("/"), *entry)
            write_entry(out, 0, "TRAILER!!!", 0, b"", 0)


def write_entry(out, inode, name, mode, contents, device):
    fields = (inode, mode, 0, 0, 1, 0, len(contents), 0, 0, device >> 8, device & 0xFF, len(name) + 1, 0)
    out.write(b"070701" + b"".join(b"%08x" % field for field in fields))
    out.write(name.encode() + b"\0")
    out.write(bytes(-(110 + len(name) + 1) % 4))
    out.write(contents + bytes(-len(contents) % 4))


def libraries(program):
    found = subprocess.run(["ldd", program], capture_output=True, text=True)
    words = found.stdout.split() if found.returncode == 0 else []
    return [word for word in words if word.startswith("/")]
