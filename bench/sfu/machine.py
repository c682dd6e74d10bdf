"""What the machine is, and what else it did while a measurement ran."""

import os
import pathlib
import platform
import subprocess

TICKS = os.sysconf("SC_CLK_TCK")


def core_ticks(core):
    """Busy and stolen ticks of one core since boot."""
    for line in pathlib.Path("/proc/stat").read_text().splitlines():
        words = line.split()
        if words and words[0] == f"cpu{core}":
            user, nice, system, _, _, irq, softirq, steal = map(int, words[1:9])
            return user + nice + system + irq + softirq, steal
    return 0, 0


class CoreWatch:
    """How busy a core was with other things than the process that is measured."""

    def __init__(self, core):
        self.core = core
        self.before = core_ticks(core)

    def foreign_seconds(self, own_seconds):
        """Of others, and stolen by other machines; to some hundredths of a second."""
        busy, steal = core_ticks(self.core)
        others = (busy - self.before[0]) / TICKS - own_seconds
        return max(0.0, others), (steal - self.before[1]) / TICKS


def describe(root):
    def first(path, key):
        for line in pathlib.Path(path).read_text().splitlines():
            if line.startswith(key):
                return line.split(":", 1)[1].strip()
        return "unknown"

    def git(*arguments):
        result = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True,
                                text=True, check=False)
        return result.stdout.strip() or "unknown"

    return {
        "cpu": first("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "commit": git("rev-parse", "--short=12", "HEAD"),
        "changed": bool(git("status", "--porcelain", "--untracked-files=no").replace("unknown", "")),
        "load_average": os.getloadavg()[0],
    }
