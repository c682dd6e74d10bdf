"""./run and its set-up on machines of every kind: all programs that they call are stand-ins that
write down how they were called."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
NOBODY = 65534
REAL = (
    "awk bash cat chmod cp date dirname env flock grep head hostname id mkdir openssl readlink rm "
    "sed sha256sum sleep sort tail tee touch tr uname"
).split()


class Machine:
    """A clone in a folder with a space in its name, and a PATH of chosen programs."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.base = pathlib.Path(self.folder.name)
        self.root = self.base / "my clone"
        self.bin = self.base / "bin"
        self.calls_file = self.base / "calls"
        self.root.mkdir()
        self.bin.mkdir()
        shutil.copy(ROOT / "run", self.root)
        shutil.copytree(ROOT / "scripts", self.root / "scripts")
        shutil.copytree(ROOT / "pipelines", self.root / "pipelines")
        for name in REAL:
            (self.bin / name).symlink_to(shutil.which(name))
        self.calls_file.touch()
        self.program("dpkg-query", 'for p; do case $p in -*|*" "*) ;; *) echo "$p installed";; esac; done')
        self.program("apt-get")
        self.program("meson", 'mkdir -p "$2" && touch "$2/build.ninja"')
        # The last step of the build is the command, which writes down its arguments too.
        made = self.root / "build/release/tools"
        parley = made / "parley"
        self.program(
            "ninja",
            f'mkdir -p "{made}"; cp "{self.bin}/parley-built" "{parley}";'
            'for i in 1 2 3 4 5 6 7 8 9 10; do echo "[$i/10] step"; done',
        )
        self.program("parley-built")
        self.user = os.geteuid()

    def program(self, name, body=""):
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(
            f'#!{self.bin}/bash\nprintf "%s" "${{0##*/}}" >>"{self.calls_file}"\n'
            f'printf " [%s]" "$@" >>"{self.calls_file}"\nprintf "\\n" >>"{self.calls_file}"\n{body}\n',
            encoding="utf-8",
        )
        path.chmod(0o755)

    def missing(self, *packages):
        """dpkg-query knows all but these."""
        cases = "|".join(packages)
        self.program(
            "dpkg-query",
            f'for p; do case $p in -*|*" "*|{cases}) ;; *) echo "$p installed";; esac; done; exit 1',
        )

    def as_user(self):
        """From here on no longer root."""
        if self.user == 0:
            for path in [self.base, *self.base.rglob("*")]:
                os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
            self.user = NOBODY

    def run(self, *arguments, cwd="/"):
        drop = {"user": self.user} if os.geteuid() == 0 and self.user != 0 else {}
        return subprocess.run(
            [self.root / "run", *arguments], cwd=cwd, capture_output=True, text=True, timeout=60,
            env={"PATH": str(self.bin), "HOME": str(self.base / "home")}, check=False, **drop,
        )

    def calls(self, program):
        lines = self.calls_file.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line.split(" ")[0] == program]


class SetUp(unittest.TestCase):
    def setUp(self):
        self.machine = Machine()
        self.addCleanup(self.machine.folder.cleanup)

    def test_nothing_is_installed_where_nothing_is_missing(self):
        done = self.machine.run()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.machine.calls("apt-get"), [])

    @unittest.skipIf(os.geteuid() != 0, "needs root")
    def test_root_installs_what_is_missing_and_no_more(self):
        self.machine.missing("meson", "libssl-dev")
        done = self.machine.run()
        self.assertEqual(done.returncode, 0, done.stderr)
        update, install = self.machine.calls("apt-get")
        self.assertIn("[update]", update)
        self.assertIn("[install]", install)
        self.assertTrue(install.endswith("[--no-install-recommends] [libssl-dev] [meson]"), install)
        self.assertIn("Installing 2 packages: libssl-dev meson", done.stderr)

    def test_others_install_with_sudo(self):
        self.machine.program("sudo", 'exec "$@"')
        self.machine.missing("meson")
        self.machine.as_user()
        done = self.machine.run()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(self.machine.calls("sudo")), 2)
        self.assertIn("[meson]", self.machine.calls("apt-get")[1])

    def test_without_root_and_sudo_it_says_what_an_administrator_must_do(self):
        self.machine.missing("meson", "libssl-dev")
        self.machine.as_user()
        done = self.machine.run()
        self.assertEqual(done.returncode, 1)
        self.assertIn("apt-get install --no-install-recommends libssl-dev meson", done.stderr)
        self.assertEqual(self.machine.calls("meson"), [])

    @unittest.skipIf(os.geteuid() != 0, "needs root")
    def test_an_installation_that_fails_shows_its_log(self):
        self.machine.missing("meson")
        self.machine.program("apt-get", 'echo "E: no such luck"; exit 100')
        done = self.machine.run()
        self.assertEqual(done.returncode, 1)
        self.assertIn("E: no such luck", done.stderr)

    def test_the_build_is_set_up_once_and_reported_in_a_few_lines(self):
        first = self.machine.run()
        self.assertIn("Building (release): 100 % of 10 steps", first.stderr)
        self.assertLessEqual(len(first.stderr.splitlines()), 6)
        self.assertNotIn("step\n", first.stdout)
        self.machine.run()
        self.assertEqual(len(self.machine.calls("meson")), 1)
        self.assertEqual(len(self.machine.calls("ninja")), 2)

    def test_a_folder_that_was_moved_here_is_built_anew(self):
        self.machine.run()
        (self.machine.root / "build/release/.parley-options").write_text("/elsewhere\n")
        self.machine.run()
        self.assertEqual(len(self.machine.calls("meson")), 2)

    def test_a_build_that_fails_shows_its_log(self):
        self.machine.program("ninja", 'echo "x.cpp:1: error: no"; exit 1')
        done = self.machine.run()
        self.assertEqual(done.returncode, 1)
        self.assertIn("x.cpp:1: error: no", done.stderr)
        self.assertEqual(self.machine.calls("parley"), [])

    @unittest.skipIf(os.geteuid() != 0, "needs root")
    def test_a_build_folder_of_another_user_is_explained(self):
        self.machine.run()
        self.machine.user = NOBODY
        for path in (self.machine.base, self.machine.root):
            path.chmod(0o755)
        done = self.machine.run()
        self.assertEqual(done.returncode, 1)
        self.assertIn("chown", done.stderr)


class Arguments(unittest.TestCase):
    def setUp(self):
        self.machine = Machine()
        self.addCleanup(self.machine.folder.cleanup)
        self.meeting = f"{self.machine.root}/pipelines/meeting.pipeline"

    def parley(self, *arguments, cwd="/"):
        done = self.machine.run(*arguments, cwd=cwd)
        self.assertEqual(done.returncode, 0, done.stderr)
        (call,) = self.machine.calls("parley")
        return call

    def test_the_meeting_is_the_default(self):
        self.assertEqual(self.parley(), f"parley [run] [{self.meeting}]")

    def test_values_alone_are_the_meetings(self):
        self.assertEqual(self.parley("port=9", "jwt-secret=a b"),
                         f"parley [run] [{self.meeting}] [port=9] [jwt-secret=a b]")

    def test_another_file_from_another_folder(self):
        self.assertEqual(self.parley("--json", "my x.pipeline", "a=1", cwd=self.machine.base),
                         "parley [run] [--json] [my x.pipeline] [a=1]")

    def test_its_exit_code_is_that_of_the_pipeline(self):
        self.machine.program("parley-built", "exit 4")
        self.assertEqual(self.machine.run().returncode, 4)

    def test_lan_listens_everywhere_with_a_certificate_for_this_machine(self):
        call = self.parley("--lan", "port=9")
        folder = self.machine.base / "home/.cache/parley"
        for value in (f"tls-cert={folder}/certificate.pem", f"tls-key={folder}/key.pem",
                      "insecure=true", "port=9"):
            self.assertIn(f"[{value}]", call)
        self.assertRegex(call, r"\[listen=(\[::\]|0\.0\.0\.0):8080\]")
        self.assertEqual((folder / "key.pem").stat().st_mode & 0o077, 0)
        shown = subprocess.run(
            ["openssl", "x509", "-in", folder / "certificate.pem", "-noout", "-ext", "subjectAltName"],
            capture_output=True, text=True, check=True,
        ).stdout
        self.assertIn("DNS:localhost", shown)
        self.assertIn("IP Address:127.0.0.1", shown)

    def test_lan_keeps_its_certificate(self):
        self.machine.run("--lan")
        certificate = self.machine.base / "home/.cache/parley/certificate.pem"
        before = certificate.read_bytes()
        self.machine.run("--lan")
        self.assertEqual(certificate.read_bytes(), before)

    def test_ones_own_values_win_over_those_of_lan(self):
        call = self.parley("--lan", "listen=0.0.0.0:9443", "insecure=false")
        self.assertIn("[listen=0.0.0.0:9443]", call)
        self.assertEqual(call.count("[listen="), 1)
        self.assertNotIn("insecure=true", call)

    def test_help_and_wrong_options_build_nothing(self):
        shown = self.machine.run("--help")
        self.assertEqual(shown.returncode, 0)
        self.assertIn("--lan", shown.stdout)
        wrong = self.machine.run("--land")
        self.assertEqual(wrong.returncode, 2)
        self.assertIn("--land", wrong.stderr)
        self.assertEqual(self.machine.run("a.pipeline", "b.pipeline").returncode, 2)
        self.assertEqual(self.machine.calls("ninja"), [])


if __name__ == "__main__":
    unittest.main()
