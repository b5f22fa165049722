"""
A reference resolves inside the Bundle that holds it, and where it does not, the problem says what was meant.
"""

from __future__ import annotations

import pytest

from itk3_validator.fhir import local_name
from itk3_validator.message import parse
from itk3_validator.references import references_in, resolve
from itk3_validator.source import Source

FHIR = "http://hl7.org/fhir"
NAMES = {"f": FHIR}


def message(text):
    return parse(Source("m.xml", text.encode()))


def entry(url, inside):
    full = f'<fullUrl value="{url}"/>' if url else ""
    held = f"<resource>{inside}</resource>" if inside else ""
    return f"<entry>{full}{held}</entry>"


def resource(name, key=None, inside=""):
    own = f'<id value="{key}"/>' if key else ""
    return f"<{name}>{own}{inside}</{name}>"


def bundle(*entries, name="Bundle"):
    return f'<{name} xmlns="{FHIR}">{"".join(entries)}</{name}>'


def reference(value):
    return f'<sender><reference value="{value}"/></sender>'


ENTRIES = (
    entry("urn:uuid:1a", resource("Organization", "o1")),
    entry("2b", resource("Organization", "o2")),
    entry("http://example.org/fhir/Practitioner/p3", resource("Practitioner")),
    entry("urn:uuid:4", resource("Patient", "same")),
    entry("urn:uuid:4", resource("Patient", "same")),
    entry("urn:uuid:5", ""),
    entry("urn:uuid:6", '<bundle xmlns="http://hl7.org/fhir"/>'),
    entry("urn:uuid:7", '<Organization xmlns="urn:other"/>'),
    entry("urn:uuid:8", '<JohnSmith xmlns="urn:other"/>'),
    entry("urn:uuid:8b", "<johnSmith/>"),
    entry("", resource("JohnSmith", "johnSmith")),
    entry("", resource("Location", "l8")),
    entry("urn:uuid:9", resource("Observation", "ob9")),
    entry("urn:uuid:9", resource("Observation", "ob9")),
    entry("urn:uuid:9", resource("Observation", "ob9")),
)
CONTAINED = (
    f"<contained>{resource('Device', 'd')}</contained><contained>{resource('Group', 'g')}</contained>"
    f"<contained>{resource('Group', 'g')}</contained>"
)
PAYLOAD = bundle(entry("urn:uuid:inner", resource("Composition", "c", reference("urn:uuid:1a"))))


def holder(value):
    return message(
        bundle(
            entry("urn:uuid:0", resource("MessageHeader", "h", CONTAINED + reference(value))),
            *ENTRIES,
            entry("", PAYLOAD),
        )
    )


def sender(found):
    return found.root.xpath("f:entry[1]//f:sender", namespaces=NAMES)[0]


def named(target):
    key = target.find(f"{{{FHIR}}}id")
    return local_name(target) + ("" if key is None else f"/{key.get('value')}")


@pytest.mark.parametrize(
    ("value", "target"),
    [
        pytest.param("urn:uuid:1a", "Organization/o1", id="fullUrl"),
        pytest.param("2b", "Organization/o2", id="fullUrl that is a bare uuid"),
        pytest.param("urn:uuid:1a/_history/2", "Organization/o1", id="version of a fullUrl"),
        pytest.param("http://example.org/fhir/Practitioner/p3", "Practitioner", id="absolute"),
        pytest.param("http://example.org/fhir/Practitioner/p3/_history/1", "Practitioner", id="version of an address"),
        pytest.param("Organization/o1", "Organization/o1", id="type and id"),
        pytest.param("Organization/o1/_history/1", "Organization/o1", id="version of type and id"),
        pytest.param("Practitioner/p3", "Practitioner", id="type and id at the end of an address"),
        pytest.param("Location/l8", "Location/l8", id="entry without fullUrl"),
        pytest.param("#d", "Device/d", id="contained"),
        pytest.param("#", "MessageHeader/h", id="the containing resource"),
    ],
)
@pytest.mark.parametrize("place", ["f:sender", "f:sender/f:reference", "f:sender/f:reference/@value"])
def test_resolves(value, target, place):
    """
    Each form of a reference finds its one resource, whichever part of it is handed in.
    """
    found = holder(value)
    resolution = resolve(found, found.root.xpath(f"f:entry[1]//{place}", namespaces=NAMES)[0])

    assert (resolution.problem, [named(each) for each in resolution.targets]) == ("", [target])


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        pytest.param("", "it holds no reference", id="empty"),
        pytest.param(" ", "it holds no reference", id="white space"),
        pytest.param("urn:uuid:4", "two entries of this Bundle have the fullUrl or id that it names", id="two"),
        pytest.param("urn:uuid:9", "3 entries of this Bundle have the fullUrl or id that it names", id="three"),
        pytest.param("Patient/same", "two entries of this Bundle have the fullUrl or id that it names", id="two ids"),
        pytest.param("urn:uuid:5", "the entry that it names has no resource", id="no resource"),
        pytest.param(
            "urn:uuid:6",
            "the entry that it names holds 'bundle', which is no resource; write 'Bundle'",
            id="lower-case bundle",
        ),
        pytest.param(
            "urn:uuid:7",
            "the entry that it names holds 'Organization', which is not in the FHIR namespace",
            id="other namespace",
        ),
        pytest.param(
            "urn:uuid:8",
            "the entry that it names holds an element that is not in the FHIR namespace",
            id="a name in another namespace",
        ),
        pytest.param("urn:uuid:8b", "the entry that it names holds no resource", id="a name in lower case"),
        pytest.param(
            "johnSmith",
            "an entry that holds a resource that FHIR STU3 does not know has that as its resource's id;"
            " refer to its fullUrl",
            id="a name for a resource",
        ),
        pytest.param("1a", "an entry with that id exists under urn:uuid:, write the prefix", id="prefix forgotten"),
        pytest.param(
            "Organization/1a",
            "an entry with that id exists under urn:uuid:, write the prefix",
            id="type for the prefix",
        ),
        pytest.param(
            "urn:uuid:2b",
            "an entry has that id as its fullUrl without urn:uuid:; write the prefix there",
            id="prefix forgotten in the fullUrl",
        ),
        pytest.param(
            "urn:uuid:1A",
            "an entry has that fullUrl but for upper and lower case or white space; write both alike",
            id="capitals",
        ),
        pytest.param(
            " urn:uuid:1a",
            "an entry has that fullUrl but for upper and lower case or white space; write both alike",
            id="white space around",
        ),
        pytest.param(
            "Practitioner/o1", "the entry with that id holds an Organization, not a Practitioner", id="other type"
        ),
        pytest.param(
            "JohnSmith/o1",
            "the entry with that id holds an Organization, not a resource that FHIR STU3 does not know",
            id="a name where a type should be",
        ),
        pytest.param(
            "o1",
            "an entry that holds an Organization has that as its resource's id; refer to its fullUrl",
            id="id alone",
        ),
        pytest.param("urn:uuid:inner", "that entry is in the payload Bundle, not in this one", id="payload"),
        pytest.param(
            "Composition/c", "that entry is in the payload Bundle, not in this one", id="payload, type and id"
        ),
        pytest.param(
            "https://example.org/Organization/x",
            "no entry of this Bundle has that fullUrl; the address points outside the message",
            id="outside",
        ),
        pytest.param("urn:uuid:none", "no entry of this Bundle has that fullUrl or id", id="nothing like it"),
        pytest.param("#none", "no resource around it contains a resource of that id", id="not contained"),
        pytest.param("#g", "more than one contained resource has that id", id="contained twice"),
    ],
)
def test_problems(value, problem):
    """
    A reference that finds nothing, or too much, says so, with the near miss, and without its own value.
    """
    found = holder(value)

    assert resolve(found, sender(found)).problem == problem


def test_the_bundle_around_it_counts():
    """
    A reference of the payload is not looked up in the outer Bundle.
    """
    found = holder("urn:uuid:1a")
    inner = found.root.xpath("f:entry/f:resource/f:Bundle//f:sender", namespaces=NAMES)[0]

    assert resolve(found, inner).problem == "that entry is in the outer Bundle, not in this one"
    assert resolve(found, inner).targets == ()


def test_another_bundle():
    """
    Two payloads do not see into each other.
    """
    one = bundle(entry("urn:uuid:1", resource("Composition", "a", reference("urn:uuid:2"))))
    two = bundle(entry("urn:uuid:2", resource("Composition", "b")))
    found = message(bundle(entry("", one), entry("", two)))

    assert resolve(found, found.root.xpath("//f:sender", namespaces=NAMES)[0]).problem == (
        "that entry is in another Bundle of the message, not in this one"
    )


def test_no_bundle():
    """
    Outside a Bundle only a contained resource can be found.
    """
    found = message(f'<Patient xmlns="{FHIR}">{CONTAINED}{reference("Organization/1")}{reference("#d")}</Patient>')
    outside, contained = found.root.xpath("f:sender", namespaces=NAMES)

    assert resolve(found, outside).problem == "it is not inside a Bundle"
    assert [named(each) for each in resolve(found, contained).targets] == ["Device/d"]


def test_a_contained_resource_refers_to_its_neighbour():
    """
    What is contained is looked up in the resource around it.
    """
    group = resource("Group", "g", reference("#d"))
    inside = f"<contained>{resource('Device', 'd')}</contained><contained>{group}</contained>"
    found = message(bundle(entry("urn:uuid:1", resource("Patient", "p", inside))))

    assert [named(each) for each in resolve(found, sender(found)).targets] == ["Device/d"]


def test_the_first_bundle_that_has_it_is_told():
    """
    Of several Bundles that hold what a reference names, the first of the message speaks, by whichever of its names.
    """
    organization = resource("Organization", "o", reference("Patient/p"))
    inner = bundle(entry("", resource("Patient", "p")), entry("", bundle(entry("urn:uuid:1", organization))))
    found = message(bundle(entry("", inner), entry("", bundle(entry("Patient/p", resource("Patient", "p"))))))
    node = found.root.xpath("//f:sender", namespaces=NAMES)[0]

    assert resolve(found, node).problem == "that entry is in the outer Bundle, not in this one"


@pytest.mark.parametrize(
    ("value", "target", "problem"),
    [
        pytest.param("#inner", "Group/inner", "", id="in the nearest"),
        pytest.param("#outer", "Device/outer", "", id="in the one around it"),
        pytest.param("#both", "Group/both", "", id="in both: the nearest"),
        pytest.param("#none", None, "no resource around it contains a resource of that id", id="in neither"),
        pytest.param("#beyond", None, "no resource around it contains a resource of that id", id="beyond its Bundle"),
    ],
)
def test_contained_in_contained(value, target, problem):
    """
    The nearest resource around the reference that contains the id counts; the Bundle is the border.
    """

    def containing(*held):
        return "".join(f"<contained>{each}</contained>" for each in held)

    inside = containing(resource("Group", "inner"), resource("Group", "both")) + reference(value)
    around = containing(resource("Device", "outer"), resource("Device", "both"), resource("List", "l", inside))
    payload = bundle(entry("", resource("Patient", "p", around)))
    beyond = containing(resource("Device", "beyond"))
    found = message(f'<Basic xmlns="{FHIR}">{beyond}<part>{payload}</part></Basic>')
    resolution = resolve(found, sender_of(found))

    assert ([named(each) for each in resolution.targets], resolution.problem) == ([target] if target else [], problem)


def sender_of(found):
    return found.root.xpath("//f:sender", namespaces=NAMES)[0]


def test_a_uri_element():
    """
    Any element with a uri can be looked up.
    """
    found = message(bundle(entry("urn:uuid:1", resource("A", "a", '<link value="urn:uuid:1"/>'))))

    assert [named(each) for each in resolve(found, found.root.xpath("//f:link", namespaces=NAMES)[0]).targets] == [
        "A/a"
    ]


def test_references_in():
    """
    Those of a Bundle, without those of a Bundle (or `bundle`) inside it, and without elements of the type Reference.
    """
    lower = bundle(entry("", resource("C", "c", reference("lower"))), name="bundle")
    consent = '<data><reference><reference value="consent"/></reference></data><link><reference/></link>'
    found = message(
        bundle(
            entry("", resource("A", "a", reference("one") + consent)),
            entry("", bundle(entry("", resource("B", "b", reference("inner"))))),
            entry("", lower),
            entry("", resource("D", "d", reference("two"))),
        )
    )
    inner = found.root.xpath("f:entry/f:resource/f:Bundle", namespaces=NAMES)[0]
    first = found.root.xpath("f:entry/f:resource/f:A", namespaces=NAMES)[0]

    assert [each.get("value") for each in references_in(found.root)] == ["one", "consent", None, "two"]
    assert [each.get("value") for each in references_in(inner)] == ["inner"]
    assert [each.get("value") for each in references_in(first)] == ["one", "consent", None]
