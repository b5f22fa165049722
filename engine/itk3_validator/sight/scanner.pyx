# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, auto_pickle=False
"""
The outline of a message from its bytes, without a tree: what `walk` makes of the tree that lxml makes of them.

*What it reads.* UTF-8 without DOCTYPE, CDATA, instructions, names beyond ASCII, namespaces that are taken back, and a few
other things that messages hardly have. At anything else it stops, and says nothing: then lxml reads the message. So
there are two ways to be wrong, both held by tests that ask lxml: to go on where a message is not well formed, and to
see another element or value than lxml does.

*How.* One pass over the bytes checks that they are well formed, and follows the names of elements through the states of
what rules read. It notes the elements that a state is for, and where in the bytes the values stand that count. Only
when the last byte has been read are words made of them. What a value is told apart by is decided in `tokens` as ever;
what was told of the same bytes at the same place is remembered.

*Where it stands.* `scanner_xml.pxi`: whether bytes are well formed. `scanner_work.pxi`: what is noted of a message.
`scanner_places.pxi`: the states, and where names lead from them. `scanner_words.pxi`: what was noted, in words. Here:
the one pass.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport int32_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcmp, memcpy, memset

import re as _re

from lxml import etree as _etree

# What has no underscore here is for others.
from itk3_validator.checks.verb import Unknown as _Unknown
from itk3_validator.fhir import FHIR as _FHIR, XHTML as _XHTML
from itk3_validator.sight.outline import MOST_WORDS as _MOST_WORDS, is_plain_urn as _is_plain_urn
from itk3_validator.sight.states import MOST_STATES as _MOST_STATES
from itk3_validator.sight.tokens import NoOutline as _NoOutline, Seen as _Seen
from itk3_validator.sight.wiring import Ends as _Ends, Wired as _Wired, wired as _wired

# One module, in which the compiler sees all of it; each part uses those before it.
include "scanner_xml.pxi"
include "scanner_work.pxi"
include "scanner_places.pxi"
include "scanner_words.pxi"

cdef enum:
    # libxml2 takes more only when it is asked to.
    LARGEST = 3_000_000

cdef int32_t MOST_EVENTS = _MOST_WORDS


@cython.final
cdef class Scanner:
    """
    Scans messages along states of what rules read. Threads may share it.

    Args:
        states: those of `States`.

        words: gives the words of tokens.

        wired: it is told how messages are wired.
    """

    cdef _Places _places
    cdef _Telling _telling
    cdef Work* _spare

    def __cinit__(self, object states, object words, *, bint wired):
        self._places = _Places(states)
        self._telling = _Telling(self._places, words, wired)

    def __dealloc__(self):
        _release(self._spare)

    def scan(self, object data, object depth, tuple attachments not None):
        """
        What is read of a message: rows of words, whether references are plain, how it is wired, and the values that are
        kept, as its outline has them. None where it has to be parsed to know.

        Args:
            depth: the deepest nesting of elements that is read.

            attachments: those that are shortened in the bytes.

        Raises:
            NoOutline: It is not one that outlines are made for.
        """
        if type(data) is not bytes or PyBytes_GET_SIZE(data) > LARGEST:
            return None
        cdef int deepest = min(depth, DEEPEST)
        cdef Work* work = self._spare
        self._spare = NULL
        if work == NULL:
            work = <Work*>calloc(1, sizeof(Work))
            if work == NULL:
                raise MemoryError
        try:
            _begin(work, <bytes>data)
            work.attachments = <void*>attachments
            if not self._run(work, deepest):
                return None
            return self._telling.told(work)
        except OverflowError:
            # Billions of words were given out.
            raise _NoOutline from None
        finally:
            if self._spare == NULL:
                self._spare = work
            else:
                _release(work)

    cdef bint _run(self, Work* work, int depth) except -1:
        """
        Read a message to its end; false where that is for lxml to do.
        """
        cdef Bytes p = _declaration(work.data)
        cdef Bytes begun
        cdef Open* at
        cdef int level = 0
        if p == NULL:
            return False
        p = _aside(p)
        if p == NULL or p[0] != c'<':
            return False
        work.open[0].state = 0
        work.open[0].met = NOTHING
        while True:
            if p[1] == c'/':
                at = &work.open[level]
                begun = p
                p += 2
                if level == 0 or not _is_same(p, at.name, at.size):
                    return False
                p = _spaces(p + at.size)
                if p[0] != c'>':
                    return False
                p += 1
                _close(work, level, begun)
                level -= 1
            elif p[1] == c'!':
                p = _comment(p)
                if p == NULL:
                    return False
            else:
                if level >= depth:
                    return False
                level += 1
                p = self._start(work, level, p + 1)
                if p == NULL or work.unfit:
                    return False
                if work.open[level].met != NOTHING:
                    work.mets[work.open[level].met].content = <uint32_t>(p - work.data)
                if (p - 2)[0] == c'/':
                    _close(work, level, p)
                    level -= 1
            if level == 0:
                p = _aside(p)
                return p != NULL and p == work.end
            p = _text(p)
            if p == NULL:
                return False

    cdef Bytes _start(self, Work* work, int level, Bytes p) except? NULL:
        """
        Behind a start tag, of which *p* is the name.
        """
        cdef Open* at = &work.open[level]
        cdef Open* parent = &work.open[level - 1]
        cdef Attribute* each
        cdef Bytes begun
        cdef int32_t prefix, other, namespace, n, m
        cdef int n_attributes = 0, n_bindings = parent.bindings
        cdef uint8_t quote
        at.name = p
        p = _name(p, &prefix)
        if p == NULL:
            return NULL
        at.size = <int32_t>(p - at.name)
        at.default = parent.default
        while True:
            begun = p
            p = _spaces(p)
            if p[0] == c'>':
                p += 1
                break
            if p[0] == c'/':
                if p[1] != c'>':
                    return NULL
                p += 2
                break
            if p == begun or n_attributes >= MOST_ATTRIBUTES:
                return NULL
            each = &work.attributes[n_attributes]
            each.name = p
            p = _name(p, &other)
            if p == NULL:
                return NULL
            each.prefix = other
            each.size = <uint16_t>(p - each.name)
            p = _spaces(p)
            if p[0] != c'=':
                return NULL
            p = _spaces(p + 1)
            quote = p[0]
            if quote != c'"' and quote != c"'":
                return NULL
            p += 1
            begun = p
            each.value.coded = False
            p = _value(p, quote, &each.value.coded)
            if p == NULL:
                return NULL
            each.value.at = <uint32_t>(begun - work.data)
            each.value.size = <int32_t>(p - begun)
            for n in range(n_attributes):
                if work.attributes[n].size == each.size and memcmp(work.attributes[n].name, each.name, each.size) == 0:
                    return NULL
            n_attributes += 1
            p += 1
            if each.name[0] != c'x' or each.size < 5 or memcmp(each.name, <const char*>"xmlns", 5) != 0:
                continue
            if each.prefix == 0 and each.size > 5:
                continue
            if each.prefix != 0 and each.prefix != 5:
                continue
            if each.value.coded:
                return NULL
            namespace = self._places.namespace(begun, each.value.size)
            if namespace < 0:
                return NULL
            if each.prefix == 0:
                at.default = namespace
                continue
            if n_bindings >= MOST_BINDINGS or _begins(each.name + 6, "xml"):
                return NULL
            work.bindings[n_bindings] = Binding(each.name + 6, each.size - 6, namespace)
            n_bindings += 1
        at.bindings = n_bindings
        for n in range(n_attributes):
            each = &work.attributes[n]
            if each.prefix == 0:
                continue
            if _is(each.name, each.prefix, "xmlns", 5):
                continue
            if _is(each.name, each.prefix, "xml", 3):
                if not _is_language(work, each):
                    return NULL
                continue
            if _bound(work, n_bindings, each.name, each.prefix) < 0:
                return NULL
            for m in range(n_attributes):
                # Two prefixes may be bound to one namespace.
                if m != n and work.attributes[m].prefix != 0 and work.attributes[m].size - work.attributes[m].prefix \
                        == each.size - each.prefix and memcmp(work.attributes[m].name + work.attributes[m].prefix,
                                                              each.name + each.prefix, each.size - each.prefix) == 0:
                    return NULL
        if prefix == 0:
            namespace = at.default
            begun = at.name
        else:
            namespace = _bound(work, n_bindings, at.name, prefix)
            if namespace < 0:
                return NULL
            begun = at.name + prefix + 1
        if not self._note(work, level, namespace, begun, at.size - <int32_t>(begun - at.name), n_attributes):
            return NULL
        return p

    cdef bint _note(
        self, Work* work, int level, int32_t namespace, Bytes name, int32_t size, int n_attributes
    ) except -1:
        """
        Note an element: where it leads, and what is read of it.
        """
        cdef Open* at = &work.open[level]
        cdef Open* parent = &work.open[level - 1]
        cdef bint is_fhir = namespace == FHIR_NS
        cdef bint is_reference = is_fhir and _is(name, size, "reference", 9)
        cdef Span own
        cdef Reference* refer
        cdef Met* met
        cdef Place* place
        cdef int32_t n, m
        at.met = NOTHING
        at.refers = is_reference
        at.first = at.second = 0
        at.odd = False
        _note_wiring(work, level, is_fhir, name, size, n_attributes)
        if is_reference:
            own = _attribute(work, n_attributes, <Bytes><const char*>"value", 5)
            if at.area != NOBODYS:
                if work.n_references >= MOST_REFERENCES:
                    return False
                if work.n_references >= work.most_references:
                    _more(<void**>&work.references, &work.most_references, sizeof(Reference))
                refer = &work.references[work.n_references]
                work.n_references += 1
                refer.area = at.area
                refer.header = at.header
                refer.value = own
        if parent.met != NOTHING:
            met = &work.mets[parent.met]
            met.inside = True
            if is_reference:
                if met.references == 0:
                    met.borrowed = own
                met.references += 1
        at.state = NOWHERE
        if parent.state == NOWHERE:
            return True
        if level > 1 and not self._places.places[parent.state].deep:
            return True
        at.state = self._places.step(parent.state, namespace, name, size)
        if at.state == NOWHERE:
            return True
        place = &self._places.places[at.state]
        if place.unfit:
            return False
        # Each is a word, or two.
        if work.n_events >= MOST_EVENTS:
            raise _NoOutline
        if work.n_events >= work.most_events:
            _more(<void**>&work.events, &work.most_events, sizeof(Event))
        work.events[work.n_events] = Event(at.state, NOTHING, place.word, NO_NUMBER)
        work.n_events += 1
        if not place.reads:
            return True
        if work.n_mets >= work.most_mets:
            _more(<void**>&work.mets, &work.most_mets, sizeof(Met))
        at.met = work.n_mets
        work.events[work.n_events - 1].met = at.met
        met = &work.mets[at.met]
        work.n_mets += 1
        met.state = at.state
        met.references = 0
        met.attributes = work.n_spans
        met.header = at.header
        met.own = _attribute(work, n_attributes, <Bytes><const char*>"value", 5)
        met.borrowed = Span(0, -1, False)
        met.inside = met.refers = False
        met.is_reference = is_reference
        met.is_fhir = is_fhir
        met.is_xhtml = namespace == XHTML_NS
        met.content = 0
        met.content_size = 0
        for n in range(place.attributes):
            if work.n_spans >= work.most_spans:
                _more(<void**>&work.spans, &work.most_spans, sizeof(Span))
            m = place.names + n
            work.spans[work.n_spans] = _attribute(work, n_attributes, self._places.asked[m].text, self._places.asked[m].size)
            work.n_spans += 1
        return True


cdef extern from *:
    const unsigned int CYTHON_HEX_VERSION


def build() -> str:
    """
    What it was compiled with, such as ``Cython 3.1.0``.
    """
    cdef unsigned int version = CYTHON_HEX_VERSION
    return f"Cython {version >> 24}.{version >> 16 & 255}.{version >> 8 & 255}"
