#!/usr/bin/env python3
"""Walks docs/handbook/tutorial.md with the files and commands that stand in it,
and sees that the pieces of the cookbook are those of examples/cookbook.

usage: tests/handbook.py path/to/schalter
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = str(pathlib.Path(sys.argv[1]).resolve())
FEW = ("business-registration", "map-product-order", "vhs-course-registration")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.S | re.M)


def blocks(page):
    return BLOCK.findall((ROOT / "docs/handbook" / page).read_text())


def run(command, folder, *expected):
    """Runs a command line of the page; every text expected must be printed."""
    line = re.sub(r"^schalter\b", PROGRAM, command.strip().removeprefix("$ "))
    done = subprocess.run(line, shell=True, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    printed = done.stdout + done.stderr
    for text in expected:
        if text not in printed:
            sys.exit(f"tutorial: `{command.strip()}` should print `{text}`, but printed:\n{printed}")


def services(folder):
    return [path.parent for path in folder.glob("forms/*/form.yaml")]


def keep_few(town):
    """Leaves out services the tutorial does not speak of, to be quicker."""
    for folder in services(town):
        if folder.name not in FEW:
            shutil.rmtree(folder)
            shutil.rmtree(town / "workflows/letters" / folder.name, ignore_errors=True)


def put(path, old, new):
    """Replaces a text of a file that must be there."""
    text = path.read_text()
    if old not in text:
        sys.exit(f"tutorial: {path.name} has no `{old}` to replace")
    path.write_text(text.replace(old, new))


def tutorial(base):
    page = blocks("tutorial.md")

    def block(start):
        for _, text in page:
            if text.startswith(start):
                return text
        sys.exit(f"tutorial: no block begins with `{start}`")

    def section(path, first, last, new):
        """Puts a block in place of the lines from `first` to before `last`."""
        text = path.read_text()
        begin = text.index(first)
        end = text.index(last, begin) if last else len(text)
        path.write_text(text[:begin] + new + text[end:])

    town = base / "town"
    for folder in ("forms", "workflows", "catalogue"):
        shutil.copytree(ROOT / folder, town / folder)
    keep_few(town)
    # What only the services left out use is warned of, which is not for here.
    clean = f"{len(FEW) + 1} services: 0 errors"
    form = town / "forms/pavilion-loan/form.yaml"
    table = town / "forms/fees/pavilion-loan.yaml"
    workflow = town / "workflows/pavilion-loan.yaml"
    letters = town / "workflows/letters/pavilion-loan"
    scenarios = town / "forms/pavilion-loan/scenarios.yaml"

    run("schalter check", town, f"{len(FEW)} services: 0 errors")
    run(block("schalter new service pavilion-loan \\"), town, "0 errors, 0 warnings in these files")
    run(block("rm forms/pavilion-loan/scenarios.yaml"), town)
    start = "      - id: applicant\n        use: applicant.brief\n        label: { de: Ihre Kontaktdaten, en: Your contact details }\n"
    put(form, start, block("      - id: applicant\n"))
    section(form, "  - id: request\n", "  - id: attachments\n", block("  - id: request\n") + "\n")
    run("schalter check", town, clean)
    put(form, 'borrower = "club"', 'borrower = "verein"')
    run("schalter check", town, "error[feel-unknown-option]", "form.yaml:70:29", "club, school, private")
    put(form, 'borrower = "verein"', 'borrower = "club"')

    table.write_text(block("schalter: decision/1"))
    section(form, "fee:\n", None, block("fee:\n"))
    run("schalter check", town, 'no rule fits borrower = "club", pavilions = 3')
    put(table, '"> 3"', '">= 3"')
    run("schalter check", town, 'borrower = "school"')
    private = "  - when: { borrower: '\"private\"' }"
    put(table, private, block("  - when: { borrower: '\"school\"' }") + private)
    section(form, "  cost:", "  next:", block("  cost:\n"))
    run("schalter check", town, clean)

    section(form, "  - id: attachments\n", "  - id: declarations\n", block("  - id: attachments\n") + "\n")
    put(workflow, "vars:\n  reason: { type: text }\n", block("vars:\n"))
    put(workflow, "\ninitial: submitted\n", block("  complete:\n") + "\ninitial: submitted\n")
    section(workflow, "      complete:\n        by", "      reject:\n        by", block("      complete:\n"))
    run("schalter check", town, "sends the letter `handover`, which is not there")
    letters.mkdir()
    german, english = [text for kind, text in page if kind == "hbs"]
    (letters / "handover.de.hbs").write_text(german.replace("answers.first_day", "answers.firstday"))
    (letters / "handover.en.hbs").write_text(english)
    run("schalter check", town, "there is no value `answers.firstday`", "did you mean `first_day`?")
    (letters / "handover.de.hbs").write_text(german)
    run("schalter check", town, clean)

    scenarios.write_text(block("schalter: scenarios/1"))
    run("schalter test pavilion-loan --coverage", town, "table rows: 1 of 4", "1 scenario, 0 failed")
    scenarios.write_text(scenarios.read_text() + block("  - id: school-borrows-free"))
    run("schalter test pavilion-loan --coverage", town, "table rows: 3 of 4", "5 scenarios, 0 failed")
    for line in block("$ schalter fmt").splitlines():
        run(line, town)

    settings = next(text for kind, text in page if kind == "toml")
    (base / "schalter.toml").write_text(settings)
    run("schalter migrate --config schalter.toml", base, "the database is up to date")
    run("schalter publish --config schalter.toml town", base, " holds from ")
    shutil.copytree(town, base / "town-in-force")
    put(form, "version: 1", "version: 2")
    last = "        label: { de: Tag der Rückgabe, en: Day of return }\n"
    put(form, last, last + block("      - id: side_walls\n"))
    put(table, "10.00", "12.00")
    run("schalter test --path town pavilion-loan", base, "got side_walls: required")
    put(scenarios, "    last_day: 2027-05-09\n", "    last_day: 2027-05-09\n    side_walls: false\n")
    put(scenarios, "fee: 20.00", "fee: 24.00")
    run("schalter test --path town pavilion-loan", base, "5 scenarios, 0 failed")
    told = block("$ schalter diff").splitlines()
    run(told[0], base, *told[2:])
    run("schalter impact --config schalter.toml town --lang en", base)
    # The page says 2027; the day must be to come whenever this is played.
    run("schalter publish --config schalter.toml --at 2099-01-01 town", base, "holds from 2099-01-01 00:00:00")
    run("schalter published --config schalter.toml", base, "2099-01-01 00:00:00\tcoming")


def cookbook():
    tried = "\n".join(
        path.read_text() for path in sorted((ROOT / "examples/cookbook").rglob("*")) if path.is_file()
    )
    for kind, text in blocks("cookbook.md"):
        # A piece may begin with the key it stands under.
        piece = re.sub(r"\A(forms:|data: \[camps\]|version: 2|params:)\n+", "", text)
        if kind in ("yaml", "hbs") and piece not in tried:
            sys.exit(f"cookbook: this piece is not in examples/cookbook:\n{text}")
    both = f"{PROGRAM} check . examples/cookbook"
    count = len(services(ROOT)) + len(services(ROOT / "examples/cookbook"))
    run(both, ROOT, f"{count} services: 0 errors, 0 warnings")
    run(f"{PROGRAM} test --path . --path examples/cookbook street-party holiday-camp", ROOT, " 0 failed")


with tempfile.TemporaryDirectory() as folder:
    tutorial(pathlib.Path(folder))
cookbook()
print("handbook: the tutorial and the cookbook hold")
