#!/usr/bin/env python3
"""Compares a report's findings with the planted regressions.

    expect_findings.py REGRESSIONS.tsv FINDINGS.json all        every regression is found
    expect_findings.py REGRESSIONS.tsv FINDINGS.json only NAME  exactly that one, nothing else
    expect_findings.py REGRESSIONS.tsv FINDINGS.json none       no finding at all
"""
import json
import re
import sys

SEVERITIES = ["info", "minor", "major", "critical"]


def regressions(path):
    with open(path, encoding="utf-8") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines if line.strip() and not line.startswith("#")]
    return [dict(zip(rows[0], row)) for row in rows[1:]]


def route_fits(wanted, finding):
    """":id" stands for any one parameter; "*" for a change that many routes share."""
    if wanted == "*":
        return True
    pattern = "^" + re.sub(r":[a-z]+", "[^/]+", wanted.rstrip("/") or "/") + "/?$"
    return any(re.match(pattern, route) for route in [finding["route"], *finding["routes"]])


def says_enough(row, finding):
    told = finding["title"] + " " + finding["effect"]
    return all(words in told for words in row.get("says", "").split(";"))


def fits(row, finding):
    return (
        row["kind"] == finding["kind"]
        and (row["field"] == "-" or row["field"].lower() in finding["field"].lower())
        and route_fits(row["route"], finding)
        and SEVERITIES.index(finding["severity"]) >= SEVERITIES.index(row["severity"])
        and says_enough(row, finding)
    )


def tell(finding):
    return "%s %s %s [%s] field=%r: %s | %s -> %s | %s" % (
        finding["id"], finding["severity"], finding["kind"], finding["route"], finding["field"], finding["title"],
        str(finding["production"])[:100], str(finding["staging"])[:100], finding["effect"])


def main():
    rows = regressions(sys.argv[1])
    with open(sys.argv[2], encoding="utf-8") as file:
        findings = json.load(file)["findings"]
    mode = sys.argv[3]
    wanted = {"all": rows, "none": [], "only": [r for r in rows if r["name"] in sys.argv[4:]]}[mode]
    assert mode != "only" or wanted, "no regression is called %s" % sys.argv[4:]
    faults = ["missing: %s (%s on %s)%s" % (row["name"], row["kind"], row["route"],
                                            row.get("says") and " that says " + row["says"] or "")
              for row in wanted if not any(fits(row, f) for f in findings)]
    if mode != "all":
        extra = [f for f in findings if not any(fits(row, f) for row in wanted)]
        faults += ["not planted: " + tell(f) for f in extra]
        faults += ["said %d times: %s" % (n, row["name"]) for row in wanted
                   for n in [sum(fits(row, f) for f in findings)] if n > 1]
    for fault in faults:
        print(fault)
    print("%d of %d planted regressions found, %d findings" % (
        len(wanted) - sum(f.startswith("missing") for f in faults), len(wanted), len(findings)))
    return 1 if faults else 0


sys.exit(main())
