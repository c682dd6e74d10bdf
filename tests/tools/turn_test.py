"""Through NATs and firewalls to a server elsewhere: TURN of coturn, in network namespaces. Needs root."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest


from support.server import PARLEY, until

TAG = f"p{os.getpid() % 100000}"
SERVER, RELAY, ROUTER, CLIENT = "203.0.113.1", "203.0.113.2", "203.0.113.10", "10.99.0.2"
SECRET = "a-secret-of-the-turn-server"


def sh(*words, check=True):
    return subprocess.run(words, check=check, capture_output=True, text=True)


def may_make_namespaces():
    if os.geteuid() != 0:
        return False
    tried = f"{TAG}try"
    steps = (["ip", "netns", "add", tried], ["ip", "netns", "exec", tried, "sysctl", "-qw", "net.ipv4.ip_forward=1"],
             ["ip", "netns", "exec", tried, "nft", "list", "ruleset"])
    made = all(sh(*step, check=False).returncode == 0 for step in steps)
    sh("ip", "netns", "del", tried, check=False)
    return made


class Network:
    """A public network with a server and a TURN server, a router, and a client behind it."""

    public, router, client = f"{TAG}pub", f"{TAG}nat", f"{TAG}cli"

    def __enter__(self):
        for name in (self.public, self.router, self.client):
            sh("ip", "netns", "add", name)
            sh("ip", "-n", name, "link", "set", "lo", "up")
        self.link(self.public, f"{SERVER}/24", self.router, f"{ROUTER}/24", "w")
        sh("ip", "-n", self.public, "addr", "add", f"{RELAY}/24", "dev", f"{TAG}wa")
        self.link(self.router, "10.99.0.1/24", self.client, f"{CLIENT}/24", "l")
        sh("ip", "-n", self.client, "route", "add", "default", "via", "10.99.0.1")
        self.inside(self.router, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        return self

    def link(self, first, first_address, second, second_address, letter):
        ends = f"{TAG}{letter}a", f"{TAG}{letter}b"
        sh("ip", "link", "add", ends[0], "type", "veth", "peer", "name", ends[1])
        for end, space, address in ((ends[0], first, first_address), (ends[1], second, second_address)):
            sh("ip", "link", "set", end, "netns", space)
            sh("ip", "-n", space, "addr", "add", address, "dev", end)
            sh("ip", "-n", space, "link", "set", end, "up")

    def inside(self, space, *words):
        return sh("ip", "netns", "exec", space, *words)

    def rules(self, forward=()):
        """A NAT that gives each destination another port, and a firewall."""
        lines = ["flush ruleset", "table ip n {", "chain outgoing {", "type nat hook postrouting priority 100;",
                 f'oifname "{TAG}wb" masquerade fully-random', "}", "chain passing {",
                 "type filter hook forward priority 0;", *forward, "}", "}"]
        subprocess.run(["ip", "netns", "exec", self.router, "nft", "-f", "-"], input="\n".join(lines), text=True, check=True)

    def __exit__(self, *_):
        for name in (self.public, self.router, self.client):
            sh("ip", "netns", "del", name, check=False)


@unittest.skipUnless(shutil.which("turnserver"), "there is no turnserver (Debian: coturn)")
@unittest.skipUnless(may_make_namespaces(), "only root may make network namespaces")
class Turn(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.network = cls.enterClassContext(Network())
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.spawned = []
        cls.addClassCleanup(lambda: [cls.end(one) for one in cls.spawned])
        public = cls.network.public
        cls.spawn(public, "turnserver", "-n", "-L", RELAY, "-p", "3478", "--use-auth-secret",
                  f"--static-auth-secret={SECRET}", "--realm=example.org", "--no-tls", "--no-dtls", "--no-cli",
                  "--pidfile", f"{cls.folder}/turn.pid", "--log-file", "stdout", "--simple-log")
        pipeline = os.path.join(cls.folder, "server.pipeline")
        with open(pipeline, "w", encoding="utf-8") as file:
            file.write(f"rtcsignaling listen={SERVER}:8080 insecure=true turn-secret={SECRET} "
                       f'turn-uri="turn:{RELAY}:3478?transport=udp,turn:{RELAY}:3478?transport=tcp" '
                       f"rtcsfu port=10000 announce={SERVER}\n")
        cls.spawn(public, PARLEY, "run", pipeline)
        until(cls.ready)

    @classmethod
    def spawn(cls, space, *words):
        child = subprocess.Popen(["ip", "netns", "exec", space, *words], stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        cls.spawned.append(child)
        return child

    @staticmethod
    def end(child):
        if child.poll() is None:
            child.kill()
        child.wait()

    @classmethod
    def fetch(cls, path):
        done = sh("ip", "netns", "exec", cls.network.public, "curl", "-sf", "-m", "5", f"http://{SERVER}:8080{path}",
                  check=False)
        return done.stdout if done.returncode == 0 else None

    @classmethod
    def ready(cls):
        return cls.fetch("/readyz") is not None

    def flow(self, room):
        """Where the media of a room's publisher comes from, once some has."""
        stats = json.loads(self.fetch("/api/v1/stats") or '{"workers": []}')
        for worker in stats["workers"]:
            for one in worker["rooms"]:
                tracks = [layer["packetsReceived"] for track in one["tracks"] for layer in track["layers"]]
                if one["name"] == room and len(tracks) == 2 and min(tracks) > 20:
                    return one["transports"][0]["selectedFlow"]
        return None

    def publish(self, room, forward):
        self.network.rules(forward)
        child = self.spawn(self.network.client, PARLEY, "run", "publish-test-pattern", f"room={room}",
                           f"uri=ws://{SERVER}:8080/ws", "width=320", "height=180")
        self.addCleanup(self.end, child)
        return until(lambda: self.flow(room), limit=40)

    def test_direct_through_a_symmetric_nat(self):
        self.assertIn(ROUTER, self.publish("nat", []))

    def test_relayed_where_only_the_turn_server_is_to_be_reached(self):
        flow = self.publish("relay", [f"ip daddr {SERVER} udp dport 1-65535 drop",
                                      f"ip daddr {SERVER} tcp dport 10000 drop"])
        self.assertIn(RELAY, flow)

    def test_relayed_over_tcp_where_udp_is_blocked(self):
        flow = self.publish("tcp", ["ip protocol udp drop", f"ip daddr {SERVER} tcp dport 10000 drop"])
        self.assertIn(RELAY, flow)


if __name__ == "__main__":
    unittest.main()
