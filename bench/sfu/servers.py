"""Starts the servers that are compared, each at its best, pinned to one core."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]

JANUS_CONFIG = """
general: {{
    configs_folder = "{folder}"
    plugins_folder = "{lib}/plugins"
    transports_folder = "{lib}/transports"
    events_folder = "{folder}/none"
    loggers_folder = "{folder}/none"
    debug_level = 2
    event_loops = 1
    session_timeout = 0
    interface = "127.0.0.1"
}}
media: {{ ipv6 = false }}
nat: {{
    ice_lite = true
    ice_enforce_list = "{address}"
}}
plugins: {{ disable = "{other_plugins}" }}
transports: {{ disable = "{other_transports}" }}
"""

JANUS_UNIX = """
general: {{
    enabled = true
    json = "compact"
    path = "{folder}/api"
    type = "SOCK_SEQPACKET"
}}
admin: {{ admin_enabled = false }}
"""

JANUS_WEBSOCKETS = """
general: {{
    json = "compact"
    ws = true
    ws_port = {port}
    ws_ip = "127.0.0.1"
    wss = false
}}
admin: {{ admin_ws = false }}
"""


def build():
    """The release build that is measured; gives its folder."""
    folder = ROOT / "build/bench"
    if not (folder / "build.ninja").exists():
        subprocess.run(["meson", "setup", str(folder), str(ROOT), "--buildtype=release",
                        "-Dtests=false"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", str(folder)], check=True, stdout=subprocess.DEVNULL)
    return folder


def stop_on_signals():
    """A bench that is told to end (timeout, a closed terminal) stops its servers too."""
    def interrupt(*_):
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)


class Unavailable(Exception):
    """A server that cannot be measured on this machine, and why."""


class Server:
    """A running server; `pid` is the process that is measured."""

    name = ""

    def __init__(self):
        self.process = None
        self.folder = tempfile.TemporaryDirectory(prefix="parley-bench-")
        self.log = pathlib.Path(self.folder.name) / "log"

    @property
    def pid(self):
        return self.process.pid

    def launch(self, command, core, env=None, tries=1):
        """Starts the server, waits until it answers, and pins all its threads to `core`."""
        for left in reversed(range(tries)):
            with self.log.open("wb") as log:
                self.process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    env={**os.environ, **(env or {})}, start_new_session=True)
            try:
                self.wait_until(self.ready)
                break
            except Unavailable:
                if left == 0:
                    raise
        if core is not None:
            # Threads to come inherit it from those that make them.
            for task in os.listdir(f"/proc/{self.pid}/task"):
                os.sched_setaffinity(int(task), {core})

    def wait_until(self, ready, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise Unavailable(f"{self.name} ended at its start:\n{self.tail()}")
            if ready():
                return
            time.sleep(0.05)
        self.stop()
        raise Unavailable(f"{self.name} was not ready in {seconds} s:\n{self.tail()}")

    def tail(self):
        return self.log.read_text(errors="replace")[-2000:]

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        self.folder.cleanup()


class Janus(Server):
    """Debian's Janus: one event loop, ICE-lite, only the VideoRoom plugin and one transport."""

    name = "Janus"
    kind = "janus"

    def __init__(self, core=0, build=ROOT / "build/bench", websocket_port=None):
        super().__init__()
        janus = shutil.which("janus")
        library = next(pathlib.Path("/usr/lib").glob("*/janus"), None)
        if not janus or not library:
            raise Unavailable("Janus is not installed: apt-get install janus")
        folder = pathlib.Path(self.folder.name)
        used = {"libjanus_videoroom.so", "libjanus_pfunix.so", "libjanus_websockets.so"}
        if websocket_port is None:
            used.remove("libjanus_websockets.so")
        others = {part: ",".join(sorted(p.name for p in (library / part).glob("*.so")
                                        if p.name not in used))
                  for part in ("plugins", "transports")}
        (folder / "janus.jcfg").write_text(JANUS_CONFIG.format(
            folder=folder, lib=library, address="127.0.0.1", other_plugins=others["plugins"],
            other_transports=others["transports"]))
        (folder / "janus.plugin.videoroom.jcfg").write_text("general: { events = false }\n")
        (folder / "janus.transport.pfunix.jcfg").write_text(JANUS_UNIX.format(folder=folder))
        if websocket_port is not None:
            (folder / "janus.transport.websockets.jcfg").write_text(
                JANUS_WEBSOCKETS.format(port=websocket_port))
        self.address = str(folder / "api")
        # Janus 1.1.2 loses a race with its own pfunix thread now and then, and ends at its start.
        self.launch([janus, "-F", str(folder)], core,
                    {"LD_PRELOAD": str(build / "bench/sfu/parley-show-loopback.so")}, tries=10)

    def ready(self):
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as probe:
                probe.connect(self.address)
                return True
        except OSError:
            return False

    @staticmethod
    def version():
        try:
            result = subprocess.run(["dpkg-query", "--show", "--showformat=${Version}", "janus"],
                                    capture_output=True, text=True, check=False)
        except OSError:
            return "unknown"
        return result.stdout.strip() or "unknown"


class Parley(Server):
    """rtcsignaling and rtcsfu of a release build, from plain gst-launch-1.0."""

    name = "Parley"
    kind = "whip"

    def __init__(self, core=0, build=ROOT / "build/bench", port=8080, media_port=10000):
        super().__init__()
        plugins = build / "plugins"
        if not list(plugins.glob("libgstparley*")):
            raise Unavailable(f"no plugin in {plugins}")
        self.address = f"http://127.0.0.1:{port}"
        registry = pathlib.Path(self.folder.name) / "registry"
        self.launch(
            ["gst-launch-1.0", "-q", "rtcsignaling", f"listen=127.0.0.1:{port}",
             "rtcsfu", f"port={media_port}"], core,
            {"GST_PLUGIN_PATH": str(plugins), "GST_REGISTRY": str(registry)})

    def ready(self):
        try:
            with urllib.request.urlopen(self.address + "/readyz", timeout=1) as reply:
                return reply.status == 200
        except OSError:
            return False


SERVERS = {"Janus": Janus, "Parley": Parley}
