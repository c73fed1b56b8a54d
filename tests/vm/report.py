"""What the machine says over its serial port (init), and whether it has said all of it."""
import re
from dataclasses import dataclass, field

LINE = re.compile(rb"(up|missing|runs|ran|end)\b ?([^\n]*)\n")


@dataclass
class Report:
    kernel: str = ""
    boot_seconds: float = 0
    tests: dict = field(default_factory=dict)  # name -> (exit status, seconds, output)
    running: list = field(default_factory=list)
    trouble: list = field(default_factory=list)
    ended: bool = False
    talks: bool = False  # what passed shows its output, too
    data: bytes = b""

    def take(self, piece, say):
        """Whole lines, and whole outputs behind them, are taken; the rest waits for more."""
        self.data += piece
        while not self.ended and (line := LINE.match(self.data)):
            words = line[2].decode().split()
            size = int(words[4]) if line[1] == b"ran" else 0
            if len(self.data) < line.end() + size:
                return
            output = self.data[line.end():line.end() + size].decode(errors="replace")
            self.data = self.data[line.end() + size:]
            getattr(self, line[1].decode())(words, output, say)

    def up(self, words, _output, say):
        self.kernel, self.boot_seconds = words[0], float(words[1])
        say(f"kernel {self.kernel}, up after {self.boot_seconds} s")

    def missing(self, words, _output, _say):
        self.trouble.append(f"the kernel refused module {words[0]}")

    def runs(self, words, _output, _say):
        self.running += words

    def ran(self, words, output, say):
        name, status, start, end, _ = words
        self.running.remove(name)
        self.tests[name] = int(status), float(end) - float(start), output
        say(f"{name}: {word_for(int(status))}, {self.tests[name][1]:.1f} s")
        if self.talks or int(status) not in (0, 77):
            print(output, flush=True)

    def end(self, _words, _output, _say):
        self.ended = True

    def problems(self, names):
        """What is wrong with it as a whole, in words."""
        found = list(self.trouble)
        if not names:
            found.append("there are no tests")
        if not self.ended:
            found.append("its report did not come to its end; it ran " + (" and ".join(self.running) or "no test"))
        missing = [name for name in names if name not in self.tests]
        if missing:
            found.append("no result of " + ", ".join(missing))
        return found

    def good(self, names):
        bad = [name for name, (status, _, _) in self.tests.items() if status not in (0, 77)]
        return not bad and not self.problems(names)


def word_for(status):
    return {0: "passed", 77: "skipped", 137: "KILLED, it took too long"}.get(status, f"FAILED, exit {status}")
