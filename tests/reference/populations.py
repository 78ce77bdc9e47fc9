"""Many simulated populations through the real hub, each compared with the reference model: every lead's timeline and 25 people.

    populations.py [--from-seed N] [--count N] [--minutes M] [--families N] [--days N] [--today DAY] [--people N] [--vary]

Each seed is one population, fed source by source into a data directory of its own that is gone afterwards. Prints seed and person of
every difference, and at the end where the next run goes on (--from-seed). Without --from-seed, KINHUB_SEED=N is the first, or a new
one is drawn. Ends after --count populations or --minutes, whichever comes first. Exit 0: no difference; 1: some.
"""

import argparse
import os
import pathlib
import random
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "journey"))
import hub  # noqa: E402
import model  # noqa: E402
import reference  # noqa: E402

COUNT_MAX = 1_000_000


def differences(seed, given):
    """Of one population; None where it holds what the model does not know."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="kinhub-populations-") as folder:
        folder = pathlib.Path(folder)
        options = reference.OPTIONS[seed % len(reference.OPTIONS)] if given.vary else []
        files = reference.population(folder / "files", seed, options, given.families, given.days, given.today)
        (folder / "hub").mkdir()
        one = reference.fed(hub.Hub(folder / "hub", given.today, hub.Ground(log="embedded", store="sqlite")), files, chance)
        try:
            return reference.check(one, files, people=given.people, chance=chance)
        except model.Unknown as why:
            print(f"seed {seed}: beyond the model: {why}", flush=True)
            return None


def first_seed(given):
    said = os.environ.get("KINHUB_SEED", "new") if given is None else given
    return random.SystemRandom().randrange(1 << 30) if said == "new" else int(said)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from-seed", type=int, metavar="N")
    parser.add_argument("--count", type=int, default=COUNT_MAX, metavar="N")
    parser.add_argument("--minutes", type=float, default=10, metavar="M")
    parser.add_argument("--families", type=int, default=40, metavar="N")
    parser.add_argument("--days", type=int, default=200, metavar="N")
    parser.add_argument("--today", default=hub.TODAY, metavar="DAY")
    parser.add_argument("--people", type=int, default=25, metavar="N", help="whose family records are compared, by chance")
    parser.add_argument("--vary", action="store_true", help="with snapshots, open ends and new police ids, by seed")
    given = parser.parse_args()
    first, begin = first_seed(given.from_seed), time.monotonic()
    print(f"--from-seed {first}", flush=True)
    seed, differing, refused = first, 0, 0
    while seed < first + min(given.count, COUNT_MAX) and time.monotonic() - begin < 60 * given.minutes:
        found = differences(seed, given)
        refused += found is None
        differing += bool(found)
        for difference in found or []:
            print(f"seed {seed}: {difference}", flush=True)
        seed += 1
        if (seed - first) % 50 == 0:
            print(f"{seed - first} populations, {differing} differ, {time.monotonic() - begin:.0f} s", flush=True)
    print(f"{seed - first} populations, {differing} differ, {refused} beyond the model; go on with --from-seed {seed}", flush=True)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
