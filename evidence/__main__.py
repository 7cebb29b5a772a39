"""``python -m evidence NAME``, ``all`` or ``status``."""

from __future__ import annotations

import sys

from evidence import record


def state(run: record.Run) -> str:
    """Whether the answer of a run still holds, in words."""
    changed = record.changed(run)
    if changed is None:
        return "not done yet"
    if not changed:
        return "up to date"
    return "older than " + ", ".join(changed[:3]) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")


def main(arguments: list[str]) -> None:
    """Do what `arguments` name, or say how things stand."""
    names = record.names()
    if len(arguments) != 1 or arguments[0] not in (*names, "all", "status"):
        sys.exit("usage: python -m evidence NAME|all|status\nruns:  " + (", ".join(names) or "none yet"))
    chosen = names if arguments[0] in ("all", "status") else (arguments[0],)
    if not chosen:
        print("There are no long runs yet.")
    for run in map(record.load, chosen):
        if arguments[0] == "status":
            print(f"{run.name}: {state(run)}")
        elif arguments[0] == "all" and record.changed(run) == ():
            print(f"{run.name}: up to date")
        else:
            print(f"{run.name}: {run.question}", flush=True)
            print(f"{run.name}: written to {record.do(run).relative_to(record.ROOT)}")


if __name__ == "__main__":
    main(sys.argv[1:])
