"""Connections that a host in another language takes a second, by zest and by its own accept loop: each
gets one byte and is closed, by what the language makes of it. Server on CPU 0, client on CPU 1."""

import os
import pathlib
import shutil
from dataclasses import dataclass

from compare.accept import FORMS, measure, one_round
from compare.table import median, number, ratio, show

HERE = pathlib.Path(__file__).resolve().parent
NODE_MODULE = HERE.parents[2] / "build/hosts/node"  # made by tests/hosts/run.sh node
ROW = "host_accept"


@dataclass(frozen=True)
class Language:
    name: str
    own: str  # what its accept loop is called
    program: tuple

    def start(self):
        """The command, or None: something is not here."""
        return None if None in self.program else list(map(str, self.program))


def languages(binaries):
    built = binaries / "accept_go"
    node = NODE_MODULE if (NODE_MODULE / "node_modules").exists() else None
    return (
        Language("Go", "net.Listener", (built if built.exists() else None,)),
        Language("Python", "asyncio.start_server", (shutil.which("python3"), HERE / "accept_python.py")),
        Language("Node", "net.createServer",
                 (shutil.which("node"), HERE / "accept_node.js", "--module", node)),
    )


@dataclass(frozen=True)
class Variant:
    language: Language
    variant: str

    @property
    def name(self):
        return f"{self.language.name} {self.variant}"

    def command(self, _binaries, port, _work):
        return [*self.language.start(), "--port", str(port), "--variant", self.variant]


def libraries(binaries):
    """Where the interpreters find zest, and Go's program too."""
    lib = binaries.parent / "lib"
    os.environ.update({"ZEST_LIB": str(lib / "libzest.so.1"), "ZEST_PROXY_LIB": str(lib / "libzest-proxy.so.1"),
                       "LD_LIBRARY_PATH": str(lib)})


def table(found, samples):
    rows = []
    for language in found:
        own, ours = samples.get(f"{language.name} own"), samples.get(f"{language.name} zest")
        if not own or not ours:
            continue
        rows.append([language.name, language.own, number(median(own, "per_second"), 0),
                     number(median(ours, "per_second"), 0), number(ratio(ours, own, "per_second"), 3),
                     number(median(own, "cpu_us")), number(median(ours, "cpu_us")),
                     number(ratio(ours, own, "cpu_us"), 3), sum(s["failed"] for s in own + ours)])
    show("host_accept: accept, one byte, close: by zest beside the language's own accept loop",
         ["host", "its own", "conn/s", "by zest", "x own", "CPU us", "by zest", "x own", "failed"], rows)


def run(options, goals):
    """{language and way: [figures of each round]}"""
    if not options.wants_row(ROW):
        return {}
    libraries(options.binaries)
    all_of_them = languages(options.binaries)
    found = [language for language in all_of_them if language.start() and options.named(language.name)]
    absent = [language.name for language in all_of_them if not language.start()]
    if absent:
        print(f"not here, so left out: {', '.join(absent)}")
    variants = [Variant(language, variant) for language in found for variant in ("own", "zest")]
    samples = {variant.name: [] for variant in variants}
    for number_of_round in range(options.rounds if variants else 0):
        options.progress(f"accept: round {number_of_round + 1} of {options.rounds}")
        one_round(variants, number_of_round % len(variants),
                  lambda variant: measure(options, FORMS["pinned"], variant, "byte"), samples, goals)
    table(found, samples)
    return samples
