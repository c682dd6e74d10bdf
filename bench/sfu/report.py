"""Tables of a campaign: medians, spreads, and ratios of runs that were measured side by side."""

import pathlib
import statistics

MOST_LOSS = 0.001
SERVERS = ("Janus", "Parley")
PROFILE_NAMES = {"cm": "AES-CM/SHA1", "gcm": "AES-128-GCM"}


def pattern_name(pattern):
    return pathlib.Path(pattern).stem.replace("chromium-720p-", "Chromium 720p ") \
        if "/" in pattern else pattern


def counts(run):
    """Whether a run gives a figure."""
    return "error" not in run and abs(run["loss"]) < MOST_LOSS and run["check_failures"] == 0 \
        and run["sessions_lost"] == 0 and run["received"] > 0


def print_run(run):
    note = "" if counts(run) else "   NO FIGURE"
    print(f"{run['server']:7} {PROFILE_NAMES[run['profile']]:12} {run['subscribers']:4} x "
          f"{pattern_name(run['pattern']):18} {run['cpu_us_a_packet']:6.2f} us a packet, delay "
          f"{run['delay_us_p50']:6.0f} {run['delay_us_p99']:6.0f} {run['delay_us_p999']:6.0f} us, "
          f"loss {100 * run['loss']:.3f} %, others {run['foreign_cpu_s']:.2f} s{note}", flush=True)


def print_search(found):
    rate = found["highest_rate"]
    text = f"{rate:,.0f} packets/s (limit: {found['limit']})" if rate else "none without loss"
    print(f"{found['server']:7} {PROFILE_NAMES[found['profile']]:12} {found['subscribers']:4} x "
          f"{pattern_name(found['pattern']):18} highest rate {text}", flush=True)


def spread(values, digits=1, scale=1.0):
    """Median (least-most)."""
    if not values:
        return "-"
    values = [v * scale for v in values]
    middle = f"{statistics.median(values):,.{digits}f}"
    if len(values) == 1:
        return middle
    return f"{middle} ({min(values):,.{digits}f}-{max(values):,.{digits}f})"


class Table:
    def __init__(self, *heads):
        self.rows = [heads]

    def add(self, *cells):
        self.rows.append(tuple(map(str, cells)))

    def text(self):
        if len(self.rows) == 1:
            return "Nothing was measured.\n"
        widths = [max(len(row[i]) for row in self.rows) for i in range(len(self.rows[0]))]
        lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(row, widths)) + " |"
                 for row in self.rows]
        lines.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
        return "\n".join(lines) + "\n"


def by_server(items, key, value):
    """{key: {server: {repeat: value}}}, in the order of appearance."""
    groups = {}
    for item in items:
        group = groups.setdefault(key(item), {name: {} for name in SERVERS})
        group[item["server"]][item["repeat"]] = value(item)
    return groups


def ratios(group, over="Janus", under="Parley"):
    """Of each round in which both have a figure."""
    return [group[over][r] / group[under][r] for r in group[over]
            if r in group[under] and group[under][r]]


def add_rows(table, items, key, value, digits, scale=1.0, invert=False):
    for cells, group in by_server(items, key, value).items():
        pair = ratios(group, "Parley", "Janus") if invert else ratios(group)
        table.add(*cells, *(spread(list(group[name].values()), digits, scale) for name in SERVERS),
                  spread(pair, 2))


def goals(runs, sessions, searches):
    """The goals of docs/performance.md, at 200 subscribers in frames of five unless it says other."""
    table = Table("what", "profile", "goal", "aim", "measured (median of the rounds)")

    def ratio(items, field, over, under, **wanted):
        chosen = [i for i in items if all(i[k] == v for k, v in wanted.items())]
        groups = by_server(chosen, lambda _: "", lambda i: i[field])
        values = ratios(groups[""], over, under) if groups else []
        return spread(values, 2) if values else "-"

    for profile, goal, aim in (("cm", ">= 4", "6"), ("gcm", ">= 3", "4")):
        table.add("packets per CPU-second, Parley / Janus", PROFILE_NAMES[profile], goal, aim, ratio(
            runs, "cpu_us_a_packet", "Janus", "Parley", profile=profile, subscribers=200,
            pattern="fives"))
    rates = [s["highest_rate"] for s in searches if s["highest_rate"] and s["profile"] == "gcm"
             and s["server"] == "Parley" and s["pattern"] == "fives"]
    table.add("packets a second a core", PROFILE_NAMES["gcm"], ">= 200,000", "300,000",
              spread(rates, 0))
    for profile in PROFILE_NAMES:
        name = PROFILE_NAMES[profile]
        plain = [s for s in sessions if s["codec"] == "vp8"]
        table.add("memory a subscriber, Parley / Janus", name, "<= 0.4", "0.2", ratio(
            plain, "memory_each", "Parley", "Janus", profile=profile, subscribers=200))
        table.add("delay p99, Parley / Janus", name, "<= 0.5", "0.3", ratio(
            runs, "delay_us_p99", "Parley", "Janus", profile=profile, subscribers=200,
            pattern="fives"))
        table.add("CPU of a set-up, Parley / Janus", name, "<= 0.5", "0.3", ratio(
            plain, "setup_cpu_us", "Parley", "Janus", profile=profile, subscribers=200))
        few = [r for r in runs if r["server"] == "Parley" and r["subscribers"] == 10
               and r["pattern"] == "fives" and r["profile"] == profile]
        for what, field, goal in (("median", "delay_us_p50", "<= 100"),
                                  ("p99", "delay_us_p99", "<= 1,000")):
            table.add(f"delay at 10 subscribers, {what}, us", name, goal, "",
                      spread([r[field] for r in few], 0))
    return table.text()


def tables(results):
    runs = [r for r in results["runs"] if counts(r)]
    sessions, searches = results["sessions"], results["searches"]
    facts = results["machine"]
    out = [f"Measured {facts['date'][:10]} at {facts['commit']}"
           f"{' with changes' if facts['changed'] else ''}: {facts['cpu']}, {facts['cores']} cores, "
           f"Linux {facts['kernel']}, Janus {facts['janus']}; {facts['repeats']} rounds of "
           f"{facts['seconds']:g} s a run. Median (least-most) of the rounds.\n"]
    for name, reason in results["missing"].items():
        out.append(f"{name} is missing: {reason.splitlines()[0]}\n")
    without = [r for r in results["runs"] if not counts(r)]
    for run in without:
        why = run.get("error") or f"loss {100 * run['loss']:.2f} %"
        out.append(f"No figure: {run['server']}, {run['subscribers']} subscribers, "
                   f"{pattern_name(run.get('pattern', '-'))}, "
                   f"{PROFILE_NAMES[run['profile']]}: {why}\n")

    def run_key(run):
        return PROFILE_NAMES[run["profile"]], pattern_name(run["pattern"]), str(run["subscribers"])

    out += ["### Goals\n", goals(runs, sessions, searches)]

    heads = ("profile", "pattern", "subscribers")
    table = Table(*heads, "Janus", "Parley", "Janus / Parley")
    add_rows(table, runs, run_key, lambda r: r["cpu_us_a_packet"], 2)
    out += ["### CPU of the server a forwarded packet, us\n", table.text()]

    table = Table("profile", "pattern", "subscribers", "Janus", "Parley", "Parley / Janus", "limit")
    for cells, group in by_server([s for s in searches if s["highest_rate"]], lambda s: (
            PROFILE_NAMES[s["profile"]], s["pattern"], str(s["subscribers"])),
            lambda s: s["highest_rate"]).items():
        limits = {s["server"]: s["limit"] for s in searches if s["highest_rate"] and
                  (PROFILE_NAMES[s["profile"]], s["pattern"]) == cells[:2]}
        table.add(*cells, *(spread(list(group[n].values()), 0) for n in SERVERS),
                  spread(ratios(group, "Parley", "Janus"), 2),
                  ", ".join(f"{n}: {limit}" for n, limit in limits.items()))
    out += ["### Highest rate that one core forwards with loss below 0.1 %, packets a second\n",
            table.text()]

    for title, field in (("median", "delay_us_p50"), ("p99", "delay_us_p99"),
                         ("p99.9", "delay_us_p999")):
        table = Table(*heads, "Janus", "Parley", "Parley / Janus")
        add_rows(table, runs, run_key, lambda r, f=field: r[f], 0, invert=True)
        out += [f"### Forwarding delay, {title}, us\n", table.text()]

    def session_key(session):
        return PROFILE_NAMES[session["profile"]], str(session["subscribers"])

    plain = [s for s in sessions if s["codec"] == "vp8"]
    for title, field, digits, scale in (
            ("### Resident memory a subscriber, KB\n", "memory_each", 1, 1 / 1024),
            ("### CPU of the server for one call set-up, ms\n", "setup_cpu_us", 2, 1 / 1000),
            ("### Threads a subscriber\n", "threads_each", 2, 1)):
        table = Table("profile", "subscribers", "Janus", "Parley", "Parley / Janus")
        add_rows(table, plain, session_key, lambda s, f=field: s[f], digits, scale, invert=True)
        out += [title, table.text()]
    return "\n".join(out)
