"""A Parley server for tests of the command, and what they wait with."""
import json
import os
import pathlib
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

PARLEY = os.environ["PARLEY"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def until(what, limit=30):
    """Waits for a truth that another process brings about."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        value = what()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError("it did not come about in time")


class Server:
    """A meeting with whatever else belongs to its pipeline, and what it says."""

    def __init__(self, further="", template=""):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)
        (self.path / "record.pipeline").write_text(template)
        self.http = f"127.0.0.1:{free_port()}"
        self.tap = self.path / "tap"
        further = further.replace("TEMPLATE", str(self.path / "record.pipeline")).replace("FOLDER", str(self.path))
        text = f"rtcsignaling listen={self.http} rtcsfu port={free_port()} tap-socket={self.tap} {further}"
        self.process = subprocess.Popen([PARLEY, "run", "--json", "-"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.process.stdin.write(text)
        self.process.stdin.close()
        self.lines = []
        self.more = threading.Condition()
        self.reader = threading.Thread(target=self.read)
        self.reader.start()
        self.children = []

    def read(self):
        for line in self.process.stdout:
            with self.more:
                self.lines.append(json.loads(line) if line.startswith("{") else {"type": "text", "text": line})
                self.more.notify_all()

    def wait_for(self, limit=30, after=0, **members):
        """The first line from `after` on that has all these members; its number too."""
        def found():
            for number, line in enumerate(self.lines[after:], after):
                if all(line.get(key) == value for key, value in members.items()):
                    return number + 1, line
            return None
        with self.more:
            if not self.more.wait_for(found, limit):
                raise AssertionError(f"no {members} in {self.lines}")
            return found()

    def launch(self, *words):
        child = subprocess.Popen(["gst-launch-1.0", "-q", *words], stdout=subprocess.DEVNULL)
        self.children.append(child)
        return child

    def run(self, *words):
        """`parley run --json`, until the test ends."""
        child = subprocess.Popen([PARLEY, "run", "--json", *words], stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True)
        self.children.append(child)
        return child

    def publish(self, room):
        """A tone, as the participant `tone`."""
        return self.launch("audiotestsrc", "is-live=true", "!", "rtcroomsink", f"uri=unix:{self.tap}",
                           f"room={room}", "participant=tone")

    def ask(self, path, method="GET", body=None):
        request = urllib.request.Request(f"http://{self.http}/api/v1{path}", method=method,
                                         data=body.encode() if body is not None else None)
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read()
            return json.loads(text) if text else None

    def refused(self, path, method="GET", body=None):
        try:
            self.ask(path, method, body)
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())["detail"]
        raise AssertionError("it was not refused")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for child in [*self.children, self.process]:
            if child.poll() is None:
                child.kill()
            child.wait()
            if child is not self.process and child.stdout:
                child.stdout.close()
        self.reader.join()
        self.process.stdout.close()
        self.folder.cleanup()

    def tracks(self, room):
        """What the server knows of the tracks of a room, by their ids."""
        return {track["id"]: track for worker in self.ask("/stats")["workers"] for one in worker["rooms"]
                if one["name"] == room for track in one["tracks"]}

    def started(self):
        self.wait_for(type="started")
        return self
