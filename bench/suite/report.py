# SPDX-License-Identifier: MIT
"""Samples to medians, a table, JSON and a picture for each workload."""

import html
import json
import statistics

from .workloads import UNITS


class Results:
    def __init__(self, systems):
        self.systems = systems  # names, Elfin's first
        self.rows = {}  # (workload, name, unit): {system: [value...]}
        self.stalls = {}  # (workload, system): rounds that came to no end

    def add(self, workload, system, rows):
        for name, value, unit in rows:
            row = self.rows.setdefault((workload, name, unit), {})
            row.setdefault(system, []).append(value)

    def add_stall(self, workload, system):
        self.stalls[workload, system] = self.stalls.get((workload, system), 0) + 1

    def ratio(self, key, system):
        """How many times better Elfin is than system; None when unknown."""
        row = self.rows[key]
        if "elfin" not in row or system not in row:
            return None
        ours = statistics.median(row["elfin"])
        theirs = statistics.median(row[system])
        if not UNITS[key[2]]:
            ours, theirs = theirs, ours
        return ours / theirs if theirs > 0 else None

    def of(self, workload):
        return [key for key in self.rows if key[0] == workload]

    def workloads(self):
        return list(dict.fromkeys(key[0] for key in self.rows))

    def write_json(self, path, about):
        out = dict(about)
        out["rows"] = [
            {"workload": w, "name": n, "unit": u, "more_is_better": UNITS[u],
             "samples": samples,
             "elfin_is_better_by": {s: self.ratio((w, n, u), s)
                                    for s in samples if s != "elfin"}}
            for (w, n, u), samples in self.rows.items()]
        out["stalled"] = [{"workload": w, "system": s, "rounds": n}
                          for (w, s), n in self.stalls.items()]
        with open(path, "w") as f:
            json.dump(out, f, indent=1)

    def print_table(self, workload):
        for (stalled, system), n in self.stalls.items():
            if stalled == workload:
                print(f"{workload}: {system} stalled in {n} rounds")
        keys = self.of(workload)
        if not keys:
            return
        width = max(len(name) for _, name, _ in keys) + 1
        head = f"{workload:{width}} {'unit':>12}"
        for system in self.systems:
            head += f" {system:>{column(system)}} {'min-max':>19}"
            head += f" {'E is better':>11}" if system != "elfin" else ""
        print(head)
        for key in keys:
            line = f"{key[1]:{width}} {key[2]:>12}"
            for system in self.systems:
                samples = self.rows[key].get(system)
                line += cells(samples, column(system))
                if system != "elfin":
                    ratio = self.ratio(key, system)
                    line += f" {ratio:11.2f}" if ratio else f" {'-':>11}"
            print(line)
        print(flush=True)


def short(value):
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}"


def column(system):
    return max(10, len(system))


def cells(samples, width):
    if not samples:
        return f" {'-':>{width}} {'':>19}"
    spread = f"{short(min(samples))}-{short(max(samples))}" if len(samples) > 1 else ""
    return f" {short(statistics.median(samples)):>{width}} {spread:>19}"


# --- pictures ---------------------------------------------------------------------

COLOURS = ["#2f7d4f", "#8a8f98", "#c9a227", "#7a5ea8", "#b5533c"]
BAR, GAP, WIDTH, LETTER = 13, 12, 860, 6.6  # pixels; LETTER: of text, at most


def picture(results, workload):
    """Bars: how each system does, the best round of a row being the longest;
    lines: min to max. Longer is better whatever the unit."""
    keys = results.of(workload)
    shown = [s for s in results.systems if any(s in results.rows[k] for k in keys)]
    height = 60 + sum(BAR * len(results.rows[key]) + GAP for key in keys)
    left = 20 + LETTER * max(len(name) for _, name, _ in keys)
    right = 20 + LETTER * max(len(label(samples, key[2])) for key in keys
                              for samples in results.rows[key].values())
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
           f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="11">',
           f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
           f'<text x="10" y="20" font-size="14">{html.escape(workload)}: longer is better, '
           'each row with its own scale</text>']
    x = 10
    for i, system in enumerate(shown):
        out.append(f'<rect x="{x:.0f}" y="30" width="10" height="10" fill="{colour(i)}"/>'
                   f'<text x="{x + 14:.0f}" y="39">{html.escape(system)}</text>')
        x += 34 + LETTER * len(system)
    y = 52
    for key in keys:
        out += bars(results.rows[key], key, shown, y, left, WIDTH - left - right)
        y += BAR * len(results.rows[key]) + GAP
    out.append("</svg>")
    return "\n".join(out) + "\n"


def colour(i):
    return COLOURS[i % len(COLOURS)]


def label(samples, unit):
    return f"{short(statistics.median(samples))} {unit}"


def bars(row, key, shown, top, left, width):
    more = UNITS[key[2]]

    def goodness(value):
        return value if more else 1 / max(value, 1e-9)

    scale = width / max(goodness(v) for samples in row.values() for v in samples)
    out = [f'<text x="10" y="{top + 9}">{html.escape(key[1])}</text>']
    y = top - BAR
    for i, system in enumerate(shown):
        if system not in row:
            continue
        y += BAR
        middle = left + scale * goodness(statistics.median(row[system]))
        ends = sorted(left + scale * goodness(v) for v in row[system])
        out.append(f'<rect x="{left:.1f}" y="{y}" width="{middle - left:.1f}" '
                   f'height="{BAR - 3}" fill="{colour(i)}"/>')
        out.append(f'<path d="M{ends[0]:.1f} {y + 5}H{ends[-1]:.1f}" stroke="#222"/>')
        out.append(f'<text x="{max(middle, ends[-1]) + 5:.1f}" y="{y + 9}">'
                   f'{label(row[system], key[2])}</text>')
    return out
