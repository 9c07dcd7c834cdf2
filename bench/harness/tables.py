"""The figures as tables to read."""
from harness.rows import VARIANTS
from harness.targets import verdict


def timed(result, total):
    rate = total / result["median"] / 1e9
    return f"{result['median']:.3f} ±{result['spread'] * 50:.0f}% ({rate:.2f})"


def table(header, lines):
    print("| " + " | ".join(header) + " |")
    print("|---|" + "---:|" * (len(header) - 1))
    for line in lines:
        print("| " + " | ".join(line) + " |")
    print()


def print_rows(rows):
    table(["pair", "GB", "M events", "threads", "evdiff", "floor", "iterate_many", "/ floor",
           "/ floor, mapped", "/ iterate_many", "M events/s", "memory MiB", "B/event",
           "peak RSS MiB"],
          [[row["name"], f"{row['bytes'] / 1e9:.2f}", f"{row['events'] / 1e6:.2f}",
            str(row["threads"]),
            *(timed(row[program], row["bytes"]) for program in ("evdiff", "floor", "iterate_many")),
            f"{row['to_floor']:.2f}", f"{row['to_floor_mapped']:.2f}",
            f"{row['to_iterate_many']:.2f}", f"{row['events_per_s'] / 1e6:.1f}",
            f"{row['memory'] / 2**20:.0f}", f"{row['bytes_per_event']:.1f}",
            f"{row['peak_rss'] / 2**20:.0f}"] for row in rows])


def print_limits(rows):
    """What is left to gain: how much of the speed that a limit allows each row has."""
    def share(row, seconds):
        return f"{100 * seconds / row['evdiff']['median']:.0f} %"
    table(["share of the limit's speed", "threads", "GB/s", "of iterate_many", "of the floor", "of the memory"],
          [[row["name"], str(row["threads"]), f"{row['gb_per_s']:.2f}", share(row, row["iterate_many"]["median"]),
            share(row, row["floor"]["median"]), share(row, row["floor_mapped_seconds"])] for row in rows])


def print_huge(rows):
    if rows:
        table(["through pipes", "GB", "CPU seconds", "of them evdiff's own", "ns a byte", "wall seconds", "peak RSS MiB"],
              [[f"{row['size'] / 2**30:.1f} GiB", f"{row['bytes'] / 1e9:.2f}", f"{row['cpu']:.2f}", f"{row['user']:.2f}", f"{row['ns_per_byte']:.3f}",
                f"{row['seconds']:.1f}", f"{row['peak_rss'] / 2**20:.0f}"] for row in rows])


def print_variants(rows):
    """Each beside the cold diff that it took turns with."""
    lines = []
    for row in rows:
        if VARIANTS[0] not in row:
            continue
        cells = [row["name"], timed(row["evdiff"], row["bytes"])]
        for name in VARIANTS:
            result = row[name]
            cells += [f"{result['median']:.4f} ±{result['spread'] * 50:.0f}%",
                      f"{result['median'] / row['evdiff']['median']:.4f}"]
        lines.append(cells)
    if lines:
        table(["pair", "cold", *(cell for name in VARIANTS for cell in (name, "/ cold"))], lines)


def print_resync(rows):
    if rows:
        table(["all divergences", "threads paired", "seconds", "cold", "CPU", "cold", "matched", "divergences",
               "families", "of them roots", "peak RSS MiB", "B/event"],
              [[row["name"], row["way"], f"{row['evdiff']['median']:.3f} ±{row['evdiff']['spread'] * 50:.0f}%",
                f"{row['cold']['median']:.3f}", f"{row['cpu']['median']:.2f}", f"{row['cold_cpu']['median']:.2f}",
                f"{row['matched_share'] * 100:.2f} %",
                f"{row['divergences']:,}", f"{row['families']:,}", f"{row['root_families']:,}",
                f"{row['peak_rss'] / 2**20:.0f}", f"{row['memory'] / row['events']:.0f}"]
               for row in rows])


def print_targets(found):
    table(["what", "measured", "at least", "aim", ""],
          [[text, "" if value is None else f"{value:.3f}", str(least), str(aim),
            verdict(value, least, aim, less)] for text, value, least, aim, less in found])


def print_peers(peers):
    table(["peer", "seconds", "GB/s", "peak RSS MiB"],
          [[peer["name"], peer["absent"], "", ""] if peer["absent"] else
           [peer["name"], f"{peer['seconds']['median']:.3f} ±{peer['seconds']['spread'] * 50:.0f}%",
            f"{peer['gb_per_s']:.4f}", f"{peer['peak_rss'] / 2**20:.0f}"] for peer in peers])


def print_tables(machine, rows, resync, found_targets, peers):
    print(f"{machine['cpu']}, {machine['cores']} cores, Linux {machine['kernel']}. "
          "Seconds of wall time, median, half the spread, in brackets GB/s.\n")
    print_rows(rows)
    print_limits(rows)
    print_variants(rows)
    print_resync(resync)
    print_targets(found_targets)
    print_peers(peers)
