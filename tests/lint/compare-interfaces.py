#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares D-Bus interfaces as served with those that the XML files promise.

usage: compare-interfaces.py SERVED-DIRECTORY FILE...

SERVED-DIRECTORY has one introspection document per object. Of the interfaces in the FILEs, every
one must be served by some object, with the same members, arguments, access and change signals.
"""

import pathlib
import sys
import xml.etree.ElementTree as ElementTree

EMITS = 'org.freedesktop.DBus.Property.EmitsChangedSignal'
DEPRECATED = 'org.freedesktop.DBus.Deprecated'


def annotations(element, *names):
    values = {a.get('name'): a.get('value') for a in element.findall('annotation')}
    return ''.join(f' {name.rsplit(".", 1)[1]}={values[name]}' for name in names if name in values)


def arguments(member, default_direction):
    return ', '.join(
        f'{a.get("direction", default_direction)} {a.get("type")} {a.get("name", "")}'
        for a in member.findall('arg')
    )


def members(interface):
    """Name of a member to all that is promised of it, as text."""
    found = {}
    for member in interface:
        name = f'{member.tag} {member.get("name")}'
        if member.tag == 'property':
            # The annotation may stand on the interface for all properties, and "true" is the default.
            emits = annotations(member, EMITS) or annotations(interface, EMITS)
            emits = '' if emits.endswith('=true') else emits
            found[name] = f'{member.get("type")} {member.get("access")}{emits}'
        elif member.tag in ('method', 'signal'):
            found[name] = f'({arguments(member, "in" if member.tag == "method" else "out")})'
        else:
            continue
        found[name] += annotations(member, DEPRECATED)
    return found


def interfaces(path):
    root = ElementTree.parse(path).getroot()
    return {i.get('name'): members(i) for i in root.iter('interface')}


def line_of(path, name):
    word = name.split()[-1]
    for number, text in enumerate(path.read_text().splitlines(), 1):
        if f'name="{word}"' in text:
            return number
    return 1


def compare(path, interface, promised, served):
    for name in sorted(promised.keys() | served.keys()):
        is_, should = served.get(name), promised.get(name)
        if is_ == should:
            continue
        where = f'{path}:{line_of(path, name)}: {interface}: {name}'
        if is_ is None:
            print(f'{where} is not served')
        elif should is None:
            print(f'{where} is served, but not here: {is_}')
        else:
            print(f'{where} is {should} here, and served as {is_}')


def main():
    served = {}
    for document in sorted(pathlib.Path(sys.argv[1]).iterdir()):
        served.update(interfaces(document))

    for path in map(pathlib.Path, sys.argv[2:]):
        for interface, promised in interfaces(path).items():
            if interface not in served:
                print(f'{path}:1: {interface} is not served by any object')
            else:
                compare(path, interface, promised, served[interface])


main()
