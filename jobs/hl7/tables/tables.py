#!/usr/bin/env python3
"""Writes tables.txt: the structures, groups, segments and types of every version of HL7 v2, from hl7apy 1.3.5 (MIT, see LICENSE-hl7apy).

    pip install hl7apy==1.3.5 && python tables.py > tables.txt

A line is a kind, a name, the versions in which it is so (a bit each, the lowest for the first of the line `versions`), and its parts
in order:
    m  a message structure, and  g  a group: a segment, or a group in parentheses; first a bar if one of the parts is taken at a time
    s  a segment, and  t  a composite type: the type of each field or component, `?` where it has none; a minus where there is no such number
After a part stands how often: nothing 0 to 1, `!` 1, `*` any number, `+` at least 1, else `{least,most}`.
"""
import collections
import importlib
import sys

VERSIONS = ['2.1', '2.2', '2.3', '2.3.1', '2.4', '2.5', '2.5.1', '2.6', '2.7', '2.8', '2.8.1', '2.8.2']
OFTEN = {(0, 1): '', (1, 1): '!', (0, -1): '*', (1, -1): '+'}


def often(card):
    return OFTEN.get(tuple(card)) if tuple(card) in OFTEN else '{%d,%d}' % tuple(card)


def group(reference):
    """The parts of a structure or group."""
    bar = ['|'] if reference[0] == 'choice' else []
    return bar + [('(%s)' if part[3][0] == 'G' else '%s') % part[0] + often(part[2]) for part in reference[1]]


def numbered(parts):
    """The fields of a segment or the components of a type, by their numbers."""
    out = []
    for name, reference, card, _ in parts:
        number = int(name.rsplit('_', 1)[1])
        out += ['-'] * (number - 1 - len(out))
        # What was withdrawn has no type.
        out.append((reference[2] or '?') + often(card))
    return out


def of_version(version):
    """Every entry of a version: kind, name, parts."""
    module = 'hl7apy.v' + version.replace('.', '_')
    tables = {name: vars(importlib.import_module('%s.%s' % (module, name)))[name.upper()] for name in ('messages', 'groups', 'segments')}
    types = importlib.import_module(module + '.datatypes').DATATYPES_STRUCTS
    yield from (('m', name, group(reference)) for name, reference in tables['messages'].items())
    # Some groups are named and have no parts.
    yield from (('g', name, group(reference)) for name, reference in tables['groups'].items() if len(reference) > 1 and reference[1])
    for name, reference in tables['segments'].items():
        if len(reference) > 1 and not name.startswith('ANY'):
            # One segment of 2.1 stands there without what stands around the others.
            yield 's', name, numbered(reference[1] if isinstance(reference[0], str) else reference)
    yield from (('t', name, numbered(parts)) for name, parts in types.items())


def main():
    entries = collections.defaultdict(int)
    for bit, version in enumerate(VERSIONS):
        for kind, name, parts in of_version(version):
            entries[kind, name, ' '.join(parts)] |= 1 << bit
    print('versions', *VERSIONS)
    for (kind, name, parts), versions in sorted(entries.items()):
        print(kind, name, '%x' % versions, parts)


if __name__ == '__main__':
    sys.exit(main())
