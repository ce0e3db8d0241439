"""Writes the pair kerning of Noto Sans as text, one rule a line: left characters, step, right characters.

    python3 kerning.py NotoSans-Regular.ttf > NotoSans-Regular.kern

Takes the unchanged font and fontTools. Steps are units of the font, a thousandth of its size."""

import sys

from fontTools.ttLib import TTFont

CHARACTERS = [*range(0x21, 0x7F), *range(0xA1, 0x180), *range(0x218, 0x21C), 0x1E9E]
CHARACTERS += [*range(0x2010, 0x2027), 0x2039, 0x203A, 0x20AC]


def subtables(font):
    gpos = font["GPOS"].table
    script = next(record.Script for record in gpos.ScriptList.ScriptRecord if record.ScriptTag == "latn")
    features = (gpos.FeatureList.FeatureRecord[index] for index in script.DefaultLangSys.FeatureIndex)
    lookups = sorted({index for f in features if f.FeatureTag == "kern" for index in f.Feature.LookupListIndex})
    for index in lookups:
        for subtable in gpos.LookupList.Lookup[index].SubTable:
            pairs = subtable.ExtSubTable if subtable.LookupType == 9 else subtable
            if pairs.LookupType == 2:
                yield pairs


def step(tables, left, right):
    for table in tables:
        if left not in table.Coverage.glyphs:
            continue
        if table.Format == 1:
            pairs = table.PairSet[table.Coverage.glyphs.index(left)].PairValueRecord
            found = [pair.Value1 for pair in pairs if pair.SecondGlyph == right]
            if found:
                return getattr(found[0], "XAdvance", 0) or 0
        else:
            row = table.Class1Record[table.ClassDef1.classDefs.get(left, 0)]
            value = row.Class2Record[table.ClassDef2.classDefs.get(right, 0)].Value1
            return getattr(value, "XAdvance", 0) or 0
    return 0


def rules(path):
    font = TTFont(path)
    names = font.getBestCmap()
    tables = list(subtables(font))
    known = [code for code in CHARACTERS if code in names]
    rows = {}
    for left in known:
        steps = {}
        for right in known:
            if value := step(tables, names[left], names[right]):
                steps.setdefault(value, []).append(chr(right))
        for value, rights in steps.items():
            rows.setdefault((value, "".join(rights)), []).append(chr(left))
    return [f"{''.join(lefts)} {value} {rights}" for (value, rights), lefts in rows.items()]


print("\n".join(rules(sys.argv[1])))
