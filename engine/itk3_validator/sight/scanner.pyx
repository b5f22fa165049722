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
from itk3_validator.fhir import FHIR as _FHIR, XHTML as _XHTML
from itk3_validator.sight.outline import MOST_WORDS as _MOST_WORDS, is_plain_urn as _is_plain_urn
from itk3_validator.sight.states import MOST_STATES as _MOST_STATES
from itk3_validator.sight.tokens import NoOutline as _NoOutline, Seen as _Seen
from itk3_validator.sight.wiring import Ends as _Ends

ctypedef const uint8_t* Bytes

cdef enum:
    DEEPEST = 200
    MOST_ATTRIBUTES = 48
    MOST_BINDINGS = 64
    MOST_NAMESPACES = 256
    LONGEST_NAME = 128
    # A tag has it whole: with a long one, a message of many elements would take as long as one that is much larger.
    LONGEST_NAMESPACE = 256
    # Of one message; more is for lxml to read.
    MOST_REFERENCES = 16_384
    # Transitions that are kept, each at one of the places from where its hash leads to.
    TRANSITIONS = 16_384
    NEARBY = 8
    MEMOS = 2_048
    LONGEST_MEMO = 236
    # libxml2 takes more only when it is asked to.
    LARGEST = 3_000_000
    NOWHERE = -1
    NOTHING = -1
    NO_NUMBER = 0xFFFFFFFF
    # namespaces
    NONE_NS = 0
    FHIR_NS = 1
    XHTML_NS = 2

# Kinds of bytes.
cdef enum:
    BEGINS_NAME = 1
    IN_NAME = 2
    SPACE = 4
    IN_TEXT = 8
    IN_VALUE = 16

# What an element is for the wiring of a message.
cdef enum:
    OTHER = 0
    ROOT = 1
    ENTRY = 2
    HOLDER = 3
    PAYLOAD = 4
    PAYLOAD_ENTRY = 5
    PAYLOAD_HOLDER = 6

# Whose references are met.
cdef enum:
    NOBODYS = 0
    OWN = 1
    OF_HEADER = 2
    OF_PAYLOAD = 3

cdef struct Span:
    uint32_t at
    # -1: there is no such value
    int32_t size
    # What stands there is not what is meant: it has references, or white space that reads as blanks.
    bint coded

cdef struct Attribute:
    Bytes name
    uint16_t size
    uint16_t prefix
    Span value

cdef struct Binding:
    Bytes prefix
    int32_t size
    int32_t namespace

cdef struct Open:
    # An element that has begun.
    Bytes name
    int32_t size
    int32_t state
    int32_t met
    int32_t bindings
    int32_t default
    int32_t area
    int32_t header
    uint8_t role
    bint refers
    # of entries: resources, fullUrls and whether something is odd; of their resource: elements, elements of FHIR
    int32_t first
    int32_t second
    bint odd

cdef struct Met:
    # An element of which something is read.
    int32_t state
    int32_t references
    int32_t attributes
    int32_t header
    Span own
    Span borrowed
    bint inside
    bint refers
    bint is_reference
    bint is_fhir
    bint is_xhtml
    # What stands between its tags.
    uint32_t content
    int32_t content_size

cdef struct Event:
    int32_t state
    int32_t met
    uint32_t word
    uint32_t number

cdef struct Reference:
    int32_t area
    int32_t header
    Span value

cdef struct Place:
    uint32_t word
    int32_t zone
    int32_t home
    int32_t attributes
    int32_t names
    bint inner
    bint outer
    bint deep
    bint opens
    bint reads
    bint values
    bint tells
    bint compared
    bint reference
    bint linked
    bint resolved
    bint header
    bint kept
    bint wired
    bint unfit

cdef struct Name:
    Bytes text
    int32_t size

cdef struct Transition:
    uint64_t hash
    int32_t origin
    int32_t to
    int32_t namespace
    int32_t size
    char* name

cdef struct Memo:
    uint64_t hash
    uint32_t word
    int32_t state
    int32_t size
    uint8_t raw[LONGEST_MEMO]

cdef struct Work:
    # All that is noted of one message.
    Bytes data
    Bytes end
    void* attachments
    Event* events
    Met* mets
    Span* spans
    Reference* references
    Span* urls
    Span* payload_urls
    int32_t n_events
    int32_t n_mets
    int32_t n_spans
    int32_t n_references
    int32_t n_urls
    int32_t n_payload_urls
    int32_t most_events
    int32_t most_mets
    int32_t most_spans
    int32_t most_references
    int32_t most_urls
    int32_t most_payload_urls
    int32_t headers
    bint is_bundle
    bint has_payload
    bint odd
    bint payload_odd
    # A Bundle in a resource, two payloads: the wiring is not told.
    bint unwired
    # There is something that is for lxml to read.
    bint unfit
    Binding bindings[MOST_BINDINGS]
    Open open[DEEPEST + 2]
    Attribute attributes[MOST_ATTRIBUTES]


cdef uint8_t KIND[256]
cdef int32_t MOST_EVENTS = _MOST_WORDS
# States, and that of the document.
cdef int32_t MOST_PLACES = _MOST_STATES + 1


cdef void _fill_kinds() noexcept:
    cdef int c
    memset(KIND, 0, 256)
    for c in range(0x20, 0x80):
        KIND[c] = IN_TEXT | IN_VALUE
    for c in (9, 10, 13, 32):
        KIND[c] |= SPACE | IN_TEXT
    for c in (ord("<"), ord("&")):
        KIND[c] = 0
    KIND[ord("]")] = IN_VALUE
    for c in (ord('"'), ord("'")):
        KIND[c] = IN_TEXT
    for c in range(ord("a"), ord("z") + 1):
        KIND[c] |= BEGINS_NAME | IN_NAME
    for c in range(ord("A"), ord("Z") + 1):
        KIND[c] |= BEGINS_NAME | IN_NAME
    KIND[ord("_")] |= BEGINS_NAME | IN_NAME
    for c in range(ord("0"), ord("9") + 1):
        KIND[c] |= IN_NAME
    for c in (ord("-"), ord(".")):
        KIND[c] |= IN_NAME


_fill_kinds()


# The bytes of a `bytes` object end with a NUL, which no loop here goes beyond.

cdef inline bint _begins(Bytes p, const char* text) noexcept nogil:
    cdef int n = 0
    while text[n]:
        if p[n] != <uint8_t>text[n]:
            return False
        n += 1
    return True


cdef inline bint _is(Bytes name, int size, const char* text, int length) noexcept nogil:
    return size == length and memcmp(name, text, length) == 0


cdef inline Bytes _spaces(Bytes p) noexcept nogil:
    while KIND[p[0]] & SPACE:
        p += 1
    return p


cdef Bytes _character(Bytes p) noexcept nogil:
    """
    Behind a character beyond ASCII; NULL where there is none that XML allows.
    """
    cdef uint32_t c = p[0]
    if 0xC2 <= c <= 0xDF:
        return p + 2 if p[1] & 0xC0 == 0x80 else NULL
    if 0xE0 <= c <= 0xEF:
        if p[1] & 0xC0 != 0x80 or p[2] & 0xC0 != 0x80:
            return NULL
        c = (c & 0x0F) << 12 | (p[1] & 0x3F) << 6 | (p[2] & 0x3F)
        if c < 0x800 or 0xD800 <= c <= 0xDFFF or c >= 0xFFFE:
            return NULL
        return p + 3
    if 0xF0 <= c <= 0xF4:
        if p[1] & 0xC0 != 0x80 or p[2] & 0xC0 != 0x80 or p[3] & 0xC0 != 0x80:
            return NULL
        c = (c & 0x07) << 18 | (p[1] & 0x3F) << 12 | (p[2] & 0x3F) << 6 | (p[3] & 0x3F)
        return p + 4 if 0x10000 <= c <= 0x10FFFF else NULL
    return NULL


cdef Bytes _reference(Bytes p) noexcept nogil:
    """
    Behind a reference to a character, or to one of the five entities that need no declaration.
    """
    cdef uint32_t c = 0
    cdef int digits = 0
    if p[1] != c'#':
        if _begins(p, "&amp;"):
            return p + 5
        if _begins(p, "&lt;") or _begins(p, "&gt;"):
            return p + 4
        if _begins(p, "&quot;") or _begins(p, "&apos;"):
            return p + 6
        return NULL
    p += 2
    if p[0] == c'x':
        p += 1
        while digits < 7:
            if c'0' <= p[0] <= c'9':
                c = c * 16 + (p[0] - c'0')
            elif c'a' <= (p[0] | 0x20) <= c'f':
                c = c * 16 + ((p[0] | 0x20) - c'a' + 10)
            else:
                break
            digits += 1
            p += 1
    else:
        while digits < 8 and c'0' <= p[0] <= c'9':
            c = c * 10 + (p[0] - c'0')
            digits += 1
            p += 1
    if not digits or p[0] != c';':
        return NULL
    if c in (9, 10, 13) or 0x20 <= c <= 0xD7FF or 0xE000 <= c <= 0xFFFD or 0x10000 <= c <= 0x10FFFF:
        return p + 1
    return NULL


cdef Bytes _text(Bytes p) noexcept nogil:
    """
    At the ``<`` behind a text.
    """
    while True:
        while KIND[p[0]] & IN_TEXT:
            p += 1
        if p[0] == c'<':
            return p
        if p[0] == c']':
            if p[1] == c']' and p[2] == c'>':
                return NULL
            p += 1
        elif p[0] == c'&':
            p = _reference(p)
        else:
            p = _character(p)
        if p == NULL:
            return NULL


cdef Bytes _value(Bytes p, uint8_t quote, bint* coded) noexcept nogil:
    """
    At the quotation mark behind an attribute's value.
    """
    while True:
        while KIND[p[0]] & IN_VALUE:
            p += 1
        if p[0] == quote:
            return p
        if p[0] == c'"' or p[0] == c"'":
            p += 1
        elif p[0] == c'&':
            coded[0] = True
            p = _reference(p)
        elif KIND[p[0]] & SPACE:
            coded[0] = True
            p += 1
        else:
            p = _character(p)
        if p == NULL:
            return NULL


cdef Bytes _comment(Bytes p) noexcept nogil:
    """
    Behind a comment that begins here.
    """
    if not _begins(p, "<!--"):
        return NULL
    p += 4
    while True:
        if p[0] == c'-':
            if p[1] == c'-':
                return p + 3 if p[2] == c'>' else NULL
            p += 1
        elif KIND[p[0]] & IN_TEXT or p[0] == c'<' or p[0] == c'&' or p[0] == c']':
            p += 1
        else:
            p = _character(p)
            if p == NULL:
                return NULL


cdef Bytes _aside(Bytes p) noexcept nogil:
    """
    Behind white space and comments.
    """
    while True:
        p = _spaces(p)
        if p[0] != c'<' or p[1] != c'!':
            return p
        p = _comment(p)
        if p == NULL:
            return NULL


cdef Bytes _quoted(Bytes p, const char* text, bint any_case) noexcept nogil:
    """
    Behind ``="text"``; letters in either case where that is allowed.
    """
    cdef uint8_t quote
    cdef int n = 0
    p = _spaces(p)
    if p[0] != c'=':
        return NULL
    p = _spaces(p + 1)
    quote = p[0]
    if quote != c'"' and quote != c"'":
        return NULL
    p += 1
    while text[n]:
        if p[n] != <uint8_t>text[n] and not (any_case and c'A' <= p[n] <= c'Z' and p[n] | 0x20 == <uint8_t>text[n]):
            return NULL
        n += 1
    return p + n + 1 if p[n] == quote else NULL


cdef Bytes _declaration(Bytes p) noexcept nogil:
    """
    Behind the XML declaration, if there is one: of XML 1.0 in UTF-8.
    """
    cdef Bytes begun
    cdef Bytes behind
    cdef int told = 0
    if p[0] == 0xEF:
        if p[1] != 0xBB or p[2] != 0xBF:
            return NULL
        p += 3
    if not _begins(p, "<?xml"):
        return p
    p += 5
    while True:
        begun = p
        p = _spaces(p)
        if p[0] == c'?' and p[1] == c'>':
            return p + 2 if told else NULL
        if p == begun:
            return NULL
        if told == 0 and _begins(p, "version"):
            p, told = _quoted(p + 7, "1.0", False), 1
        elif told == 1 and _begins(p, "encoding"):
            p, told = _quoted(p + 8, "utf-8", True), 2
        elif 1 <= told <= 2 and _begins(p, "standalone"):
            behind = _quoted(p + 10, "yes", False)
            p, told = behind if behind != NULL else _quoted(p + 10, "no", False), 3
        else:
            return NULL
        if p == NULL:
            return NULL


cdef inline Bytes _name(Bytes p, int32_t* prefix) noexcept nogil:
    """
    Behind a name, with the size of its prefix.
    """
    cdef Bytes begun = p
    prefix[0] = 0
    if not KIND[p[0]] & BEGINS_NAME:
        return NULL
    while KIND[p[0]] & IN_NAME:
        p += 1
    if p[0] == c':':
        prefix[0] = <int32_t>(p - begun)
        p += 1
        if not KIND[p[0]] & BEGINS_NAME:
            return NULL
        while KIND[p[0]] & IN_NAME:
            p += 1
        if p[0] == c':':
            return NULL
    return p if p - begun <= LONGEST_NAME else NULL


cdef inline uint64_t _hash(Bytes text, int size, uint64_t seed) noexcept nogil:
    cdef uint64_t found = 0xCBF29CE484222325ULL ^ seed
    cdef int n
    for n in range(size):
        found = (found ^ text[n]) * 0x100000001B3ULL
    return found ^ found >> 29


cdef inline uint64_t _hash_of_many(Bytes text, int size, uint64_t seed) noexcept nogil:
    """
    As `_hash`, eight bytes at a time.
    """
    cdef uint64_t found = seed ^ <uint64_t>size
    cdef uint64_t word
    cdef int n = 0
    while n + 8 <= size:
        memcpy(&word, text + n, 8)
        found = (found ^ word) * 0x9E3779B97F4A7C15ULL
        found ^= found >> 32
        n += 8
    if n < size:
        word = 0
        memcpy(&word, text + n, size - n)
        found = (found ^ word) * 0x9E3779B97F4A7C15ULL
        found ^= found >> 32
    return found


cdef bint _more(void** array, int32_t* most, size_t size) except -1:
    cdef int32_t number = 256 if most[0] == 0 else most[0] * 2
    cdef void* larger = realloc(array[0], number * size)
    if larger == NULL:
        raise MemoryError
    array[0] = larger
    most[0] = number
    return True


cdef inline bint _is_same(Bytes p, Bytes name, int size) noexcept nogil:
    cdef int n
    for n in range(size):
        if p[n] != name[n]:
            return False
    return True


cdef void _begin(Work* work, bytes data) noexcept:
    work.data = <Bytes>PyBytes_AS_STRING(data)
    work.end = work.data + PyBytes_GET_SIZE(data)
    work.n_events = work.n_mets = work.n_spans = work.n_references = work.n_urls = work.n_payload_urls = 0
    work.headers = 0
    work.is_bundle = work.has_payload = work.odd = work.payload_odd = work.unwired = work.unfit = False
    memset(&work.open[0], 0, sizeof(Open))
    work.open[0].met = NOTHING


cdef void _release(Work* work) noexcept:
    if work == NULL:
        return
    free(work.events)
    free(work.mets)
    free(work.spans)
    free(work.references)
    free(work.urls)
    free(work.payload_urls)
    free(work)


cdef int32_t _bound(Work* work, int n_bindings, Bytes prefix, int size) noexcept nogil:
    """
    The namespace of a prefix; -1 where it has none.
    """
    cdef int n
    for n in range(n_bindings - 1, -1, -1):
        if work.bindings[n].size == size and memcmp(work.bindings[n].prefix, prefix, size) == 0:
            return work.bindings[n].namespace
    return -1


cdef Span _attribute(Work* work, int n_attributes, Bytes name, int size) noexcept nogil:
    cdef int n
    cdef Attribute* each
    for n in range(n_attributes):
        each = &work.attributes[n]
        if each.size == size and each.prefix == 0 and memcmp(each.name, name, size) == 0:
            return each.value
    return Span(0, -1, False)


cdef bint _is_language(Work* work, Attribute* each) noexcept nogil:
    """
    Whether this is an xml:lang of which libxml2 has nothing to say.
    """
    cdef int n
    cdef uint8_t c
    if each.size != 8 or memcmp(each.name + 4, <const char*>"lang", 4) != 0 or each.value.size < 2:
        return False
    for n in range(each.value.size):
        c = work.data[each.value.at + n]
        if not KIND[c] & IN_NAME or c == c'_' or c == c'.':
            return False
    return True


cdef bint _is_bundle(Bytes name, int size) noexcept nogil:
    return _is(name, size, "Bundle", 6) or _is(name, size, "bundle", 6)


cdef int _note_url(Span** urls, int32_t* number, int32_t* most, Work* work, int n_attributes) except -1:
    cdef Span found = _attribute(work, n_attributes, <Bytes><const char*>"value", 5)
    if found.size < 0:
        return 0
    if number[0] >= MOST_REFERENCES:
        work.unfit = True
        return 0
    if number[0] >= most[0]:
        _more(<void**>urls, most, sizeof(Span))
    urls[0][number[0]] = found
    number[0] += 1
    return 0


cdef int _note_wiring(Work* work, int level, bint is_fhir, Bytes name, int32_t size, int n_attributes) except -1:
    """
    Note what an element is for the wiring: an entry, its fullUrl, its resource, something in that.
    """
    cdef Open* at = &work.open[level]
    cdef Open* parent = &work.open[level - 1]
    at.role = OTHER
    at.area = parent.area
    at.header = parent.header
    if level == 1:
        at.area = NOBODYS
        at.header = -1
        if is_fhir and _is(name, size, "Bundle", 6):
            at.role = ROOT
            work.is_bundle = True
    elif parent.role == ROOT or parent.role == PAYLOAD:
        if is_fhir and _is(name, size, "entry", 5):
            at.role = ENTRY if parent.role == ROOT else PAYLOAD_ENTRY
    elif parent.role == ENTRY or parent.role == PAYLOAD_ENTRY:
        if is_fhir and _is(name, size, "resource", 8):
            at.role = HOLDER if parent.role == ENTRY else PAYLOAD_HOLDER
            parent.first += 1
        elif is_fhir and _is(name, size, "fullUrl", 7):
            parent.second += 1
            if parent.role == ENTRY:
                _note_url(&work.urls, &work.n_urls, &work.most_urls, work, n_attributes)
            else:
                _note_url(&work.payload_urls, &work.n_payload_urls, &work.most_payload_urls, work, n_attributes)
    elif parent.role == HOLDER or parent.role == PAYLOAD_HOLDER:
        parent.first += 1
        parent.second += is_fhir
        parent.odd = parent.odd or not c'A' <= name[0] <= c'Z'
        if parent.role == HOLDER:
            at.area = OWN
            if is_fhir and _is_bundle(name, size):
                at.area = OF_PAYLOAD
                at.role = PAYLOAD
                work.unwired = work.unwired or work.has_payload
                work.has_payload = True
                return 0
            if is_fhir and _is(name, size, "MessageHeader", 13):
                at.area = OF_HEADER
                at.header = work.headers
                work.headers += 1
    if at.area != NOBODYS and is_fhir and _is_bundle(name, size):
        work.unwired = True
        # It counts only in headers that are looked at.
        work.unfit = work.unfit or at.area == OF_HEADER
    return 0


cdef void _close(Work* work, int level, Bytes end) noexcept nogil:
    """
    What an element's end tells of it. *end* is where its end tag begins.
    """
    cdef Open* at = &work.open[level]
    cdef Open* parent = &work.open[level - 1]
    parent.refers = parent.refers or at.refers
    if at.met != NOTHING:
        work.mets[at.met].refers = at.refers
        work.mets[at.met].content_size = <int32_t>(end - work.data) - <int32_t>work.mets[at.met].content
    if at.role == HOLDER or at.role == PAYLOAD_HOLDER:
        parent.odd = parent.odd or at.odd or at.first != 1 or at.second != 1
    elif at.role == ENTRY:
        work.odd = work.odd or at.odd or at.first != 1 or at.second > 1
    elif at.role == PAYLOAD_ENTRY:
        work.payload_odd = work.payload_odd or at.odd or at.first != 1 or at.second > 1


cdef bint _is_urn(Work* work, Span* value) noexcept nogil:
    """
    Whether a value can only be the fullUrl of an entry, or of none.
    """
    cdef Bytes p = work.data + value.at
    cdef int n
    if value.coded or value.size < 10 or memcmp(p, <const char*>"urn:uuid:", 9) != 0:
        return False
    for n in range(9, value.size):
        if not KIND[p[n]] & IN_NAME:
            return False
    return True


cdef bint _add(Work* work, Span* value, uint8_t* raw, int32_t* size) noexcept nogil:
    """
    Put a value behind others by which a word is remembered, if there is room.
    """
    cdef int32_t number = value.size
    if number > LONGEST_MEMO - 1 - size[0]:
        return False
    raw[size[0]] = <uint8_t>(number + 1)
    size[0] += 1
    if number > 0:
        memcpy(raw + size[0], work.data + value.at, number)
        size[0] += number
    return True


cdef object _decoded(Work* work, Span* value):
    """
    A value as it is meant.
    """
    if value.size < 0:
        return None
    text = PyUnicode_DecodeUTF8(<const char*>(work.data + value.at), value.size, NULL)
    return _REFERENCE.sub(_meant, _WHITE.sub(" ", text)) if value.coded else text


cdef tuple _all_decoded(Work* work, Span* values, int number):
    cdef int n
    cdef list found = []
    for n in range(number):
        found.append(_decoded(work, &values[n]))
    return tuple(found)


cdef object _text_of(Work* work, Met* met):
    """
    The text between the tags of an element and those in it, with white space normalised.
    """
    content = PyUnicode_DecodeUTF8(<const char*>(work.data + met.content), met.content_size, NULL)
    if "<" in content:
        content = _MARKUP.sub("", content)
    if "&" in content:
        content = _REFERENCE.sub(_meant, content)
    return " ".join([each for each in _BLANKS.split(content) if each])


_MARKUP = _re.compile("<!--.*?-->|<(?:[^\"'>]|\"[^\"]*\"|'[^']*')*>", _re.DOTALL)
_BLANKS = _re.compile("[ \t\r\n]+")
_WHITE = _re.compile("\r\n|[\t\r\n]")
_REFERENCE = _re.compile("&([^;]*);")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


def _meant(found):
    name = found[1]
    if name.startswith("#x"):
        return chr(int(name[2:], 16))
    return chr(int(name[1:])) if name.startswith("#") else _ENTITIES[name]


_NAMESPACE = _re.compile(rb"[A-Za-z0-9:/._#~?=%+,;@!()*$-]+")


def _is_namespace(name):
    """
    Whether libxml2 takes this for a namespace without a word.
    """
    if not _NAMESPACE.fullmatch(name):
        return False
    parser = _etree.XMLParser()
    try:
        _etree.fromstring(b'<a xmlns="%s"><p:b xmlns:p="%s"/></a>' % (name, name), parser)
    except _etree.XMLSyntaxError:
        return False
    return not len(parser.error_log)


@cython.final
cdef class Scanner:
    """
    Scans messages along states of what rules read. Threads may share it.

    Args:
        states: those of `States`.

        words: gives the words of tokens.
    """

    cdef object _states
    cdef object _words
    cdef list _objects
    cdef dict _numbers
    cdef list _names
    cdef dict _zone_numbers
    cdef list _zones
    cdef list _namespaces
    # They stay where they are: code of others runs between two looks at one, and another thread meanwhile.
    cdef Place* _places
    cdef Name* _asked
    cdef int32_t _n_asked
    cdef int32_t _most_asked
    cdef Transition* _transitions
    cdef Memo* _memos
    cdef Work* _spare

    def __cinit__(self, object states, object words):
        self._states = states
        self._words = words
        self._objects = []
        self._numbers = {}
        self._names = []
        self._zone_numbers = {"": 0}
        self._zones = [""]
        self._namespaces = [b"", _FHIR.encode(), _XHTML.encode()]
        self._places = <Place*>calloc(MOST_PLACES, sizeof(Place))
        self._transitions = <Transition*>calloc(TRANSITIONS, sizeof(Transition))
        self._memos = <Memo*>calloc(MEMOS, sizeof(Memo))
        if self._places == NULL or self._transitions == NULL or self._memos == NULL:
            raise MemoryError
        self._place(states.top)

    def __dealloc__(self):
        cdef int n
        if self._transitions != NULL:
            for n in range(TRANSITIONS):
                free(self._transitions[n].name)
        free(self._transitions)
        free(self._memos)
        free(self._places)
        free(self._asked)
        _release(self._spare)

    def scan(self, object data, object depth, tuple attachments not None):
        """
        What is read of a message: the words of each zone, whether references are plain, what is needed to tell how it
        is wired, the values that are kept. None where it has to be parsed to know.

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
            return self._told(work)
        except OverflowError:
            # Billions of words were given out.
            raise _NoOutline from None
        finally:
            if self._spare == NULL:
                self._spare = work
            else:
                _release(work)

    # states

    cdef int32_t _place(self, object state) except -1:
        """
        The number of a state's place, which is made when the state is first met.
        """
        cdef int32_t number
        cdef Place place
        cdef bytes name
        known = self._numbers.get(state)
        if known is not None:
            return known
        place.word = state.word
        place.zone = self._zone_numbers.setdefault(state.zone, len(self._zones))
        if place.zone == len(self._zones):
            self._zones.append(state.zone)
        place.home = self._zone_numbers[state.home]
        place.inner, place.outer, place.deep, place.opens = state.inner, state.outer, state.deep, state.opens
        place.reads, place.linked, place.resolved = state.reads, state.linked, state.resolved
        place.header, place.wired, place.kept = state.header, state.wired, state.kept
        place.values = state.values is not None
        place.tells = place.values and state.values.tells
        place.compared = place.values and state.values.compared
        place.reference = place.values and state.values.reference
        names = [question.name.encode() for question in state.attributes]
        # A name in a namespace; one that to XPath is no attribute.
        place.unfit = any([name.startswith(b"{") or name == b"xmlns" for name in names])
        place.attributes = <int32_t>len(names)
        # From here to the end no other thread can come between.
        number = <int32_t>len(self._objects)
        if number >= MOST_PLACES:
            raise _NoOutline
        place.names = self._n_asked
        for name in names:
            if self._n_asked >= self._most_asked:
                _more(<void**>&self._asked, &self._most_asked, sizeof(Name))
            self._names.append(name)
            self._asked[self._n_asked] = Name(<Bytes>PyBytes_AS_STRING(name), <int32_t>PyBytes_GET_SIZE(name))
            self._n_asked += 1
        self._places[number] = place
        self._objects.append(state)
        self._numbers[state] = number
        return number

    cdef int32_t _step(self, int32_t origin, int32_t namespace, Bytes name, int32_t size) except -2:
        """
        Where an element leads from a place.
        """
        cdef uint64_t hash = _hash(name, size, (<uint64_t>origin << 20) ^ <uint64_t>namespace)
        cdef Transition* found
        cdef int n
        for n in range(NEARBY):
            found = &self._transitions[(hash + n) & (TRANSITIONS - 1)]
            if found.name == NULL:
                break
            if (
                found.hash == hash and found.origin == origin and found.namespace == namespace
                and found.size == size and memcmp(found.name, name, size) == 0
            ):
                return found.to
        return self._learn(hash, origin, namespace, name, size)

    cdef int32_t _learn(self, uint64_t hash, int32_t origin, int32_t namespace, Bytes name, int32_t size) except -2:
        cdef int32_t to = NOWHERE
        cdef bytes text = PyBytes_FromStringAndSize(<const char*>name, size)
        cdef str tag = text.decode("ascii")
        if namespace != NONE_NS:
            tag = "{" + (<bytes>self._namespaces[namespace]).decode("ascii") + "}" + tag
        state = self._states.step(self._objects[origin], tag)
        if state is not None:
            to = self._place(state)
        self._keep(hash, origin, namespace, text, to)
        return to

    cdef int _keep(self, uint64_t hash, int32_t origin, int32_t namespace, bytes name, int32_t to) except -1:
        """
        Keep a transition at the first free place; where there is none, instead of another.
        """
        cdef Transition* place
        cdef int32_t size = <int32_t>PyBytes_GET_SIZE(name)
        cdef int n
        cdef char* copy = <char*>malloc(size + 1)
        if copy == NULL:
            raise MemoryError
        memcpy(copy, PyBytes_AS_STRING(name), size)
        for n in range(NEARBY):
            place = &self._transitions[(hash + n) & (TRANSITIONS - 1)]
            if place.name == NULL:
                break
        else:
            place = &self._transitions[hash & (TRANSITIONS - 1)]
            free(place.name)
        place[0] = Transition(hash, origin, to, namespace, size, copy)
        return 0

    cdef int32_t _namespace(self, Bytes text, int32_t size) except -2:
        """
        The number of a namespace; -1 where there is none for it.
        """
        cdef int n
        cdef bytes each
        if size == 0 or size > LONGEST_NAMESPACE:
            return -1
        for n in range(1, len(self._namespaces)):
            each = <bytes>self._namespaces[n]
            if PyBytes_GET_SIZE(each) == size and memcmp(PyBytes_AS_STRING(each), text, size) == 0:
                return n
        name = PyBytes_FromStringAndSize(<const char*>text, size)
        if len(self._namespaces) >= MOST_NAMESPACES or not _is_namespace(name):
            return -1
        self._namespaces.append(name)
        return <int32_t>len(self._namespaces) - 1

    # reading

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
            namespace = self._namespace(begun, each.value.size)
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
        if level > 1 and not self._places[parent.state].deep:
            return True
        at.state = self._step(parent.state, namespace, name, size)
        if at.state == NOWHERE:
            return True
        place = &self._places[at.state]
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
            work.spans[work.n_spans] = _attribute(work, n_attributes, self._asked[m].text, self._asked[m].size)
            work.n_spans += 1
        return True

    # telling

    cdef object _told(self, Work* work):
        """
        What was read, in words.
        """
        cdef int32_t n, zone, total = 0
        cdef int32_t n_zones = <int32_t>len(self._zones)
        cdef Event* event
        cdef Place* place
        cdef bint refers = True, wired = True
        cdef dict alike = {}
        cdef dict values = {}
        cdef set headers = set()
        cdef uint32_t* words
        cdef int32_t* counts
        cdef int32_t* starts
        for n in range(work.n_events):
            event = &work.events[n]
            place = &self._places[event.state]
            if event.met == NOTHING:
                continue
            event.word = self._word(work, &work.mets[event.met])
            if place.compared:
                event.number = self._number(work, &work.mets[event.met], alike, &refers)
            if (place.linked or place.resolved) and not self._is_seen(work, event, headers):
                wired = False
        counts = <int32_t*>calloc(2 * n_zones, sizeof(int32_t))
        if counts == NULL:
            raise MemoryError
        starts = counts + n_zones
        try:
            counts[0] = 1
            for n in range(work.n_events):
                place = &self._places[work.events[n].state]
                if place.opens and counts[place.zone] == 0:
                    counts[place.zone] = 1
                if place.kept:
                    zone = place.home
                    values[self._zones[zone], counts[zone] - 1] = self._seen(work, &work.mets[work.events[n].met]).value
                if place.inner:
                    counts[place.zone] += 1 + place.compared
                if place.outer:
                    counts[0] += 1 + place.compared
            found = {}
            for zone in range(n_zones):
                if counts[zone]:
                    counts[zone] -= 1
                    total += counts[zone]
                    starts[zone] = -1
            if total > _MOST_WORDS:
                raise _NoOutline
            for zone in range(n_zones):
                if starts[zone] == -1:
                    row = PyBytes_FromStringAndSize(NULL, 4 * counts[zone])
                    words = <uint32_t*>PyBytes_AS_STRING(row)
                    self._fill(work, zone, words)
                    found[self._zones[zone]] = row
        finally:
            free(counts)
        return found, refers, self._ends(work, headers) if wired else None, values

    cdef void _fill(self, Work* work, int32_t zone, uint32_t* words) noexcept:
        cdef int32_t n
        cdef Place* place
        for n in range(work.n_events):
            place = &self._places[work.events[n].state]
            if (place.inner and place.zone == zone) or (place.outer and zone == 0):
                words[0] = work.events[n].word
                words += 1
                if place.compared:
                    words[0] = work.events[n].number
                    words += 1

    cdef uint32_t _word(self, Work* work, Met* met) except? 0:
        """
        What is told of an element, from what is remembered of the same bytes at the same place if it can be.
        """
        cdef uint8_t raw[LONGEST_MEMO]
        cdef Place* place = &self._places[met.state]
        cdef int32_t size = 1, n
        cdef uint64_t hash
        cdef Memo* memo
        cdef uint32_t word
        # A text is too long to be remembered.
        cdef bint known = met.references < 2 and not (met.is_xhtml and place.values)
        if not place.resolved:
            met.refers = False
        raw[0] = met.refers | (met.inside << 1) | (met.references << 2)
        if met.own.size >= 0:
            raw[0] = met.refers | 8
        if place.values:
            if met.own.size >= 0:
                if place.tells or not (place.compared and _is_urn(work, &met.own)):
                    known = known and _add(work, &met.own, raw, &size)
                else:
                    raw[0] |= 16
            elif place.tells or not (
                place.compared and met.is_fhir and met.references == 1 and _is_urn(work, &met.borrowed)
            ):
                known = known and _add(work, &met.borrowed, raw, &size)
            else:
                raw[0] |= 16
        for n in range(place.attributes):
            known = known and _add(work, &work.spans[met.attributes + n], raw, &size)
        if not known:
            return self._new_word(work, met)
        hash = _hash_of_many(raw, size, <uint64_t>met.state * 0x9E3779B97F4A7C15ULL)
        memo = &self._memos[hash & (MEMOS - 1)]
        if memo.size == size and memo.hash == hash and memo.state == met.state and memcmp(memo.raw, raw, size) == 0:
            return memo.word
        word = self._new_word(work, met)
        memo.hash, memo.word, memo.state, memo.size = hash, word, met.state, size
        memcpy(memo.raw, raw, size)
        return word

    cdef uint32_t _new_word(self, Work* work, Met* met) except? 0:
        return self._words.of(self._objects[met.state].token(self._seen(work, met)))

    cdef object _seen(self, Work* work, Met* met):
        cdef Place* place = &self._places[met.state]
        cdef tuple attributes = ()
        if place.attributes == 1:
            attributes = (_decoded(work, &work.spans[met.attributes]),)
        elif place.attributes > 1:
            attributes = _all_decoded(work, work.spans + met.attributes, place.attributes)
        own = _decoded(work, &met.own)
        if own is not None or not (place.values or place.kept):
            return _Seen(own, None, 0, False, attributes, met.refers, <tuple>work.attachments)
        borrowed = None
        if met.is_xhtml:
            borrowed = _text_of(work, met)
        elif met.is_fhir and met.references == 1:
            borrowed = _decoded(work, &met.borrowed)
        return _Seen(None, borrowed, met.references, met.inside, attributes, met.refers, <tuple>work.attachments)

    cdef uint32_t _number(self, Work* work, Met* met, dict alike, bint* refers) except? 0:
        """
        The number of the first value that is the same.
        """
        if met.own.size > 0 and _is_urn(work, &met.own):
            value = _decoded(work, &met.own)
        elif met.own.size < 0 and met.is_fhir and met.references == 1 and _is_urn(work, &met.borrowed):
            value = _decoded(work, &met.borrowed)
        else:
            value = self._objects[met.state].values.alike(self._seen(work, met))
            if value is None:
                return NO_NUMBER
            if self._places[met.state].reference and not _is_plain_urn(value):
                refers[0] = False
        return alike.setdefault(value, len(alike))

    cdef bint _is_seen(self, Work* work, Event* event, set headers) except -1:
        """
        Whether the references of an element are seen where the wiring is told.
        """
        cdef Place* place = &self._places[event.state]
        cdef Met* met = &work.mets[event.met]
        if place.linked and not (place.wired and (met.own.size < 0 or met.is_reference)):
            return False
        if place.resolved and met.refers:
            if place.header:
                headers.add(met.header)
            elif not place.wired:
                return False
        return True

    cdef object _ends(self, Work* work, set headers):
        """
        What `wired` is told by: of the message's own resources, of its payload, of its headers.
        """
        cdef int32_t n
        if not work.is_bundle or work.unwired:
            return None
        own, payload = [], []
        of_headers = {number: [] for number in sorted(headers)}
        for n in range(work.n_references):
            value = _decoded(work, &work.references[n].value)
            if work.references[n].area == OWN:
                own.append(value)
            elif work.references[n].area == OF_PAYLOAD:
                payload.append(value)
            elif work.references[n].header in of_headers:
                of_headers[work.references[n].header].append(value)
        within = None
        if work.has_payload:
            within = _Ends(payload, _all_decoded(work, work.payload_urls, work.n_payload_urls), work.payload_odd)
        return _Ends(own, _all_decoded(work, work.urls, work.n_urls), work.odd), within, list(of_headers.values())


cdef extern from *:
    const unsigned int CYTHON_HEX_VERSION


def build() -> str:
    """
    What it was compiled with, such as ``Cython 3.1.0``.
    """
    cdef unsigned int version = CYTHON_HEX_VERSION
    return f"Cython {version >> 24}.{version >> 16 & 255}.{version >> 8 & 255}"
