"""`parley run --control` and `parley ctl`: a running pipeline is asked and steered."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import threading
import unittest

PARLEY = os.environ["PARLEY"]
PIPELINE = "videotestsrc is-live=true name=src ! identity name=middle ! fakesink name=sink"


class Running:
    """A pipeline with a control socket, once it plays."""

    def __init__(self, pipeline=PIPELINE, control=None, **options):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "control")
        self.process = subprocess.Popen(
            [PARLEY, "run", "--json", f"--control={control or self.path}", "-"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options,
        )
        self.limit = threading.Timer(60, self.process.kill)
        self.limit.start()
        self.process.stdin.write(pipeline)
        self.process.stdin.close()

    def __enter__(self):
        line = self.process.stdout.readline()
        while json.loads(line or "{}").get("type") == "state":
            line = self.process.stdout.readline()
        if json.loads(line or "{}").get("type") != "started":
            raise AssertionError(f"not started: {line}{self.process.stderr.read()}")
        return self

    def __exit__(self, *_):
        self.limit.cancel()
        self.process.kill()
        self.process.stdout.close()
        self.process.stderr.close()
        self.process.wait()
        self.folder.cleanup()

    def ctl(self, *words):
        return subprocess.run([PARLEY, "ctl", self.path, *words], capture_output=True, text=True,
                              timeout=20, check=False)


class Control(unittest.TestCase):
    def value(self, running, *words):
        done = running.ctl(*words)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(done.stdout)

    def refused(self, running, *words):
        done = running.ctl(*words)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        return done.stderr

    def test_asks_and_sets(self):
        with Running() as running:
            self.assertEqual(pathlib.Path(running.path).stat().st_mode & 0o777, 0o600)
            names = {one["name"] for one in self.value(running, "list")}
            self.assertLessEqual({"src", "middle", "sink"}, names)
            self.assertEqual(self.value(running, "get", "src", "pattern"), "smpte")
            self.assertEqual(running.ctl("set", "src", "pattern", "ball").returncode, 0)
            self.assertEqual(self.value(running, "get", "src", "pattern"), "ball")
            self.assertIn("rendered", self.value(running, "get", "sink", "stats"))
            self.assertIn("sink", self.value(running, "stats"))
            self.assertEqual(self.value(running, "properties", "src")["pattern"], "ball")

    def test_refuses_in_words(self):
        with Running() as running:
            self.assertIn('did you mean "src"', self.refused(running, "get", "srd", "pattern"))
            self.assertIn('did you mean "pattern"', self.refused(running, "get", "src", "patern"))
            self.assertIn("no GstVideoTestSrcPattern", self.refused(running, "set", "src", "pattern", "nonesuch"))
            self.assertIn("can only be read", self.refused(running, "set", "sink", "stats", "1"))
            self.assertIn("out of its range", self.refused(running, "set", "src", "num-buffers", "-2"))
            self.assertIn("no action", self.refused(running, "action", "src", "explode"))
            done = running.ctl("gett", "src", "pattern")
            self.assertEqual(done.returncode, 2)
            self.assertIn('did you mean "get"', done.stderr)

    def test_emits_actions(self):
        with Running("appsrc name=a is-live=true ! fakesink async=false") as running:
            self.assertEqual(self.value(running, "action", "a", "end-of-stream"), "ok")
            self.assertEqual(running.process.wait(20), 0)

    def test_stop_ends_it_as_ctrl_c_does(self):
        with Running() as running:
            self.assertEqual(running.ctl("stop").returncode, 0)
            self.assertEqual(running.process.wait(20), 0)
            self.assertFalse(os.path.exists(running.path), "and the socket is gone")
            self.assertIn("Is a pipeline running", running.ctl("list").stderr)

    def test_watch_tells_what_happens(self):
        with Running() as running:
            watch = subprocess.Popen([PARLEY, "ctl", running.path, "watch"], stdout=subprocess.PIPE, text=True)
            with watch:
                self.assertEqual(len(json.loads(watch.stdout.readline())), 3)
                running.process.send_signal(signal.SIGINT)
                events = [json.loads(line) for line in watch.stdout]
            self.assertEqual(events[-1]["event"], "eos")

    def test_garbage_is_answered_and_forgotten(self):
        with Running() as running:
            with socket.socket(socket.AF_UNIX) as raw:
                raw.connect(running.path)
                lines = raw.makefile()
                for garbage in (b"\n", b"[]\n", b"\xff\xfe\n", b'{"type":"set","element":"src"}\n', b'{"type":7}\n'):
                    raw.sendall(garbage)
                    self.assertEqual(json.loads(lines.readline())["type"], "error")
                raw.sendall(b"x" * 70000)
                self.assertIn("too long", lines.readline())
            self.assertEqual(self.value(running, "get", "src", "pattern"), "smpte")

    def test_an_inherited_connection_that_ends_is_the_end(self):
        ours, theirs = socket.socketpair(socket.AF_UNIX)
        with Running(control=f"fd:{theirs.fileno()}", pass_fds=[theirs.fileno()]) as running:
            theirs.close()
            ours.sendall(b'{"type":"get","id":"1","element":"src","property":"pattern"}\n')
            self.assertEqual(json.loads(ours.makefile().readline())["value"], "smpte")
            ours.close()
            self.assertEqual(running.process.wait(20), 0)

    def test_a_bad_place_is_named(self):
        done = subprocess.run([PARLEY, "run", "--control=/nonesuch/control", "-"], input=PIPELINE,
                              capture_output=True, text=True, timeout=20, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn("/nonesuch/control", done.stderr)


if __name__ == "__main__":
    unittest.main()
