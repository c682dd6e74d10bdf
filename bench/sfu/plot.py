#!/usr/bin/env python3
"""Plots CPU a packet against subscribers, both servers, from a results folder."""

import json
import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import report  # noqa: E402

try:
    import matplotlib
    import matplotlib.ticker
except ImportError:
    sys.exit("plot.py needs python3-matplotlib; the tables are there without it")
matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402

COLOURS = {"Janus": "#b5651d", "Parley": "#1f5fa8"}
DASHES = {"single": "--", "fives": "-"}


def plot(results, field, label, path):
    runs = [r for r in results["runs"] if report.counts(r) and r["pattern"] in DASHES]
    profiles = [p for p in report.PROFILE_NAMES if any(r["profile"] == p for r in runs)]
    if not profiles:
        return
    figure, axes = plt.subplots(1, len(profiles), figsize=(5 * len(profiles), 3.8), sharey=True,
                                squeeze=False)
    for axis, profile in zip(axes[0], profiles):
        for server in report.SERVERS:
            for pattern, dash in DASHES.items():
                points = {}
                for run in runs:
                    if (run["server"], run["pattern"], run["profile"]) == (server, pattern, profile):
                        points.setdefault(run["subscribers"], []).append(run[field])
                if not points:
                    continue
                x = sorted(points)
                middle = [statistics.median(points[n]) for n in x]
                error = [[m - min(points[n]) for n, m in zip(x, middle)],
                         [max(points[n]) - m for n, m in zip(x, middle)]]
                axis.errorbar(x, middle, yerr=error, color=COLOURS[server], linestyle=dash,
                              marker="o", markersize=3, capsize=2, label=f"{server}, {pattern}")
        axis.set_xscale("log")
        axis.set_xticks(sorted({r["subscribers"] for r in runs}))
        axis.get_xaxis().set_major_formatter(matplotlib.ticker.ScalarFormatter())
        axis.minorticks_off()
        axis.set_xlabel("subscribers")
        axis.set_title(report.PROFILE_NAMES[profile])
        axis.grid(alpha=0.3)
        axis.set_ylim(bottom=0)
    axes[0][0].set_ylabel(label)
    axes[0][-1].legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def main():
    matplotlib.rcParams["svg.hashsalt"] = "parley"  # the same file for the same data
    folder = pathlib.Path(sys.argv[1])
    results = json.loads((folder / "results.json").read_text())
    plot(results, "cpu_us_a_packet", "server CPU a forwarded packet, us", folder / "cpu.svg")
    plot(results, "delay_us_p99", "forwarding delay, p99, us", folder / "delay.svg")


if __name__ == "__main__":
    main()
