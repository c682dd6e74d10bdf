"""The `parley` command as a user meets it: what it prints, how it ends."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time
import unittest

PARLEY = os.environ["PARLEY"]
ENDLESS = "fakesrc is-live=true do-timestamp=true format=time sizetype=fixed ! identity sleep-time=1000 ! fakesink"


def parley(*arguments, text=None, **options):
    return subprocess.run(
        [PARLEY, *arguments], input=text, capture_output=True, text=True, timeout=60, check=False,
        **options,
    )


class Running:
    """`parley run` of a pipeline that has started; ended with the block."""

    def __init__(self, text, *options, env=None):
        self.process = subprocess.Popen(
            [PARLEY, "run", "-", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env={**os.environ, **(env or {})},
        )
        self.process.stdin.write(text)
        self.process.stdin.close()
        self.process.stdin = None
        self.first = self.process.stdout.readline()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def signal(self, number):
        self.process.send_signal(number)

    def end(self):
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, self.first + out, err


class Usage(unittest.TestCase):
    def test_help_lists_the_commands(self):
        done = parley("--help")
        self.assertEqual(done.returncode, 0)
        for command in ("run", "list", "describe", "check"):
            self.assertRegex(done.stdout, rf"(?m)^  {command} ")
            self.assertEqual(parley(command, "--help").returncode, 0)

    def test_help_of_run_tells_the_exit_codes(self):
        self.assertRegex(parley("run", "--help").stdout, r"Exit codes: 0 .*; 1 ")

    def test_without_a_command_the_help_is_an_error(self):
        done = parley()
        self.assertEqual(done.returncode, 2)
        self.assertIn("Usage:", done.stderr)

    def test_an_unknown_command_names_the_nearest(self):
        done = parley("rum", "x")
        self.assertEqual(done.returncode, 2)
        self.assertIn('did you mean "run"', done.stderr)

    def test_wrong_options_and_values(self):
        for arguments, words in (
            (["run"], "which pipeline"),
            (["run", "--jsn", "x"], "--jsn"),
            (["run", "--grace=0", "meeting"], "--grace"),
            (["run", "--grace=x", "meeting"], "--grace"),
            (["run", "meetng"], 'did you mean "meeting"'),
            (["run", "meeting", "prot=1"], 'did you mean "port"'),
            (["run", "meeting", "port=1", "port=2"], '"port" is given twice'),
            (["run", "meeting", "other"], '"other": variables are given as name=value'),
            (["run", "/nonexistent/x.pipeline"], "/nonexistent/x.pipeline"),
            (["describe"], "one pipeline file"),
            (["check"], "which pipeline"),
        ):
            with self.subTest(arguments):
                done = parley(*arguments)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(words, done.stderr)


class Files(unittest.TestCase):
    def test_the_meeting_is_listed_and_described(self):
        self.assertRegex(parley("list").stdout, r"(?m)^meeting  +A room")
        described = parley("describe", "meeting").stdout
        self.assertRegex(described, r"(?m)^  port +.*\(default 10000\)$")
        self.assertRegex(described, r"(?m)^  listen +.*\(default 127.0.0.1:8080\)$")

    def test_a_mistake_in_a_file_names_file_and_line(self):
        with tempfile.TemporaryDirectory(prefix="two words ") as folder:
            path = pathlib.Path(folder) / "a b.pipeline"
            path.write_text("fakesrc\n! fakesink name=${\n", encoding="utf-8")
            done = parley("check", str(path))
            self.assertEqual(done.returncode, 2)
            self.assertIn("a b.pipeline: line 2:", done.stderr)

    def test_check_starts_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            target = pathlib.Path(folder) / "out"
            done = parley("check", "-", f"f={target}", text="fakesrc ! filesink location=${f}")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertFalse(target.exists())

    def test_check_names_what_is_missing(self):
        done = parley("check", "-", text="fakesrc ! nosuchelement ! fakesink")
        self.assertEqual(done.returncode, 3)
        self.assertIn('no element "nosuchelement"', done.stderr)


class Run(unittest.TestCase):
    def test_a_pipeline_that_ends_is_a_success(self):
        done = parley("run", "-", text="fakesrc num-buffers=5 ! fakesink")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("end of stream", done.stdout)

    def test_values_reach_the_elements(self):
        with tempfile.TemporaryDirectory() as folder:
            target = pathlib.Path(folder) / "a ! fakesink name=x"
            text = "fakesrc num-buffers=3 sizetype=fixed sizemax=10 ! filesink location=${out}"
            done = parley("run", "-", f"out={target}", text=text)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(target.stat().st_size, 30)

    def test_what_cannot_start_names_element_and_remedy(self):
        done = parley("run", "-", text="fakesrc ! filesink name=out location=/nonexistent/x")
        self.assertEqual(done.returncode, 3)
        self.assertRegex(done.stderr, r"out \(filesink\): .*/nonexistent/x.*check that the folder")

    def test_an_element_that_fails_while_it_runs(self):
        done = parley("run", "-", text="fakesrc ! identity sleep-time=10000 error-after=50 ! fakesink")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("identity0", done.stderr)

    def test_ctrl_c_and_sigterm_end_it_well(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number), Running(ENDLESS) as running:
                running.signal(number)
                code, out, err = running.end()
                self.assertEqual((code, err), (0, ""))
                self.assertIn("Ended: as asked", out)

    def test_files_are_finished_on_ctrl_c(self):
        with tempfile.TemporaryDirectory() as folder:
            target = pathlib.Path(folder) / "x.mkv"
            text = (
                "videotestsrc is-live=true ! video/x-raw,width=32,height=32 ! matroskamux"
                f" ! filesink location={target}"
            )
            with Running(text) as running:
                time.sleep(0.5)
                running.signal(signal.SIGINT)
                self.assertEqual(running.end()[0], 0)
            # Cues stand at the end of a Matroska file, and only a finished one has them.
            self.assertIn(b"\x1c\x53\xbb\x6b", target.read_bytes())

    def test_one_request_signalled_twice_is_one_request(self):
        # As timeout(1) does: the process, and then its group.
        with Running(ENDLESS) as running:
            running.signal(signal.SIGTERM)
            running.signal(signal.SIGTERM)
            self.assertEqual(running.end()[0], 0)

    # A sink that never gets the end of the stream: the valve keeps that too.
    STUCK = "videotestsrc is-live=true ! valve drop=true ! fakesink name=last async=false"

    def test_the_grace_is_kept_and_says_who_is_late(self):
        with Running(self.STUCK, "--grace=1") as running:
            began = time.monotonic()
            running.signal(signal.SIGTERM)
            code, _, err = running.end()
            self.assertEqual(code, 4, err)
            self.assertIn("last", err)
            self.assertIn("--grace", err)
            self.assertLess(time.monotonic() - began, 15)

    def test_a_second_ctrl_c_ends_at_once(self):
        with Running(self.STUCK, "--grace=600") as running:
            running.signal(signal.SIGINT)
            time.sleep(0.7)
            running.signal(signal.SIGINT)
            self.assertEqual(running.end()[0], 130)

    def test_a_reader_that_goes_away_does_not_end_it(self):
        with Running(ENDLESS) as running:
            running.process.stdout.close()
            running.process.stdout = None
            running.signal(signal.SIGTERM)
            self.assertEqual(running.process.wait(timeout=30), 0)

    def test_json_is_one_object_a_line(self):
        done = parley("run", "--json", "-", text="fakesrc num-buffers=5 ! fakesink")
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        states = [(line["element"], line["state"]) for line in lines if line["type"] == "state"]
        self.assertLessEqual({("fakesrc0", "ready"), ("fakesink0", "playing")}, set(states))
        others = [line for line in lines if line["type"] != "state"]
        self.assertEqual([line["type"] for line in others], ["started", "ended"])
        self.assertEqual(others[0]["addresses"], [])
        for line in lines:
            self.assertRegex(line["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")

    def test_json_errors_are_objects_too(self):
        done = parley("run", "--json", "-", text="fakesrc ! filesink location=/nonexistent/x")
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        errors = [line for line in lines if line["type"] == "error"]
        self.assertEqual(errors[0]["element"], "filesink0")
        self.assertEqual(done.stderr, "")

    def test_graphs_are_left_and_keep_secrets(self):
        with tempfile.TemporaryDirectory() as folder:
            graphs = pathlib.Path(folder) / "new" / "graphs"
            text = "fakesrc num-buffers=5 ! identity name=middle ! filesink location=/dev/null"
            done = parley("run", f"--dot={graphs}", "-", text=text)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            names = sorted(path.name for path in graphs.iterdir())
            self.assertEqual(names, ["01-paused.dot", "02-playing.dot", "03-end.dot"])
            playing = (graphs / "02-playing.dot").read_text(encoding="utf-8")
            self.assertIn("middle", playing)
            self.assertNotIn("/dev/null", playing)

    def test_a_failure_leaves_its_graph(self):
        with tempfile.TemporaryDirectory() as folder:
            text = "fakesrc ! filesink location=/nonexistent/x"
            self.assertEqual(parley("run", f"--dot={folder}", "-", text=text).returncode, 3)
            self.assertTrue(list(pathlib.Path(folder).glob("*-error.dot")))

    def test_a_folder_for_graphs_that_cannot_be(self):
        done = parley("run", "--dot=/dev/null/x", "-", text="fakesrc num-buffers=1 ! fakesink")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--dot=/dev/null/x", done.stderr)


class Service(unittest.TestCase):
    """What a service manager hears, over a path and over an abstract name."""

    def hear(self, address, given, **variables):
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        manager.settimeout(20)
        manager.bind(address)
        return manager, Running(ENDLESS, env={"NOTIFY_SOCKET": given, **variables})

    def test_it_is_ready_when_it_plays_and_says_when_it_ends(self):
        with tempfile.TemporaryDirectory() as folder:
            name = f"parley-test-{os.getpid()}"
            for address, given in ((f"{folder}/s", f"{folder}/s"), (f"\0{name}", f"@{name}")):
                manager, run = self.hear(address, given)
                with self.subTest(given), run as running:
                    self.assertIn(b"READY=1", manager.recv(4096).splitlines())
                    running.signal(signal.SIGTERM)
                    # No watchdog was asked for.
                    self.assertIn(b"STOPPING=1", manager.recv(4096).splitlines())
                    self.assertEqual(running.end()[0], 0)

    def test_the_watchdog_is_fed_and_starves_with_the_process(self):
        with tempfile.TemporaryDirectory() as folder:
            manager, run = self.hear(f"{folder}/s", f"{folder}/s", WATCHDOG_USEC="200000")
            with run as running:
                self.assertIn(b"READY=1", manager.recv(4096).splitlines())
                for _ in range(3):
                    self.assertEqual(manager.recv(4096), b"WATCHDOG=1")
                running.signal(signal.SIGSTOP)
                os.waitid(os.P_PID, running.process.pid, os.WSTOPPED)
                manager.settimeout(1)
                with self.assertRaises(TimeoutError):
                    for _ in range(10):
                        manager.recv(4096)

    def test_another_process_s_watchdog_is_left_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            manager, run = self.hear(
                f"{folder}/s", f"{folder}/s", WATCHDOG_USEC="2000", WATCHDOG_PID="1")
            with run:
                self.assertIn(b"READY=1", manager.recv(4096).splitlines())
                manager.settimeout(0.5)
                with self.assertRaises(TimeoutError):
                    manager.recv(4096)

    def test_a_wrong_environment_is_named(self):
        for variables in (
            {"NOTIFY_SOCKET": "nowhere"},
            {"NOTIFY_SOCKET": "/" + "x" * 200},
            {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "soon"},
        ):
            with self.subTest(variables):
                done = parley("run", "-", text="fakesrc num-buffers=1 ! fakesink",
                              env={**os.environ, **variables})
                self.assertEqual(done.returncode, 2)
                self.assertIn(list(variables)[-1], done.stderr)


if __name__ == "__main__":
    unittest.main()
