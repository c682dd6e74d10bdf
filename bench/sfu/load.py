"""Drives the load client, one process for each session with a server."""

import json
import os
import subprocess


class LoadError(Exception):
    pass


class Load:
    def __init__(self, program, server, core, profile, codec="vp8"):
        def pin():
            if core is not None:
                os.sched_setaffinity(0, {core})

        self.process = subprocess.Popen(
            [str(program), f"--server={server.kind}", f"--address={server.address}",
             f"--pid={server.pid}", f"--profile={profile}", f"--codec={codec}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            preexec_fn=pin)

    def do(self, command, **arguments):
        try:
            self.process.stdin.write(json.dumps({"do": command, **arguments}) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            self.process.kill()
            raise LoadError("the load client ended: " + self.process.stderr.read().strip())
        answer = json.loads(line)
        if "error" in answer:
            raise LoadError(answer["error"])
        return answer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()
