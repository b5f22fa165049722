"""
What is noted of one message while its bytes are read: elements, values, references, and how entries are put together.
"""

cdef enum:
    DEEPEST = 200
    MOST_ATTRIBUTES = 48
    MOST_BINDINGS = 64
    # Of one message; more is for lxml to read.
    MOST_REFERENCES = 16_384
    MOST_HEADERS = 64
    NOTHING = -1

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

cdef struct Work:
    # All that is noted of one message, and what is needed to tell of it.
    Bytes data
    Bytes end
    void* attachments
    Event* events
    Met* mets
    Span* spans
    Reference* references
    Span* urls
    Span* payload_urls
    # Values that are compared, each once.
    Span* alike
    # Where values stand in a row of them, by their hashes; 0: nowhere, else one more.
    int32_t* slots
    int32_t* counts
    int32_t n_events
    int32_t n_mets
    int32_t n_spans
    int32_t n_references
    int32_t n_urls
    int32_t n_payload_urls
    int32_t n_alike
    int32_t most_events
    int32_t most_mets
    int32_t most_spans
    int32_t most_references
    int32_t most_urls
    int32_t most_payload_urls
    int32_t most_alike
    int32_t most_slots
    int32_t most_counts
    # How many of them are a power of two.
    int32_t n_slots
    int32_t headers
    # Those that are looked at, a bit each.
    uint64_t seen_headers
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


cdef bint _room(void** array, int32_t* most, size_t size, int32_t number) except -1:
    """
    Room for at least so many.
    """
    while number > most[0]:
        _more(array, most, size)
    return True


cdef bint _more(void** array, int32_t* most, size_t size) except -1:
    cdef int32_t number = 256 if most[0] == 0 else most[0] * 2
    cdef void* larger = realloc(array[0], number * size)
    if larger == NULL:
        raise MemoryError
    array[0] = larger
    most[0] = number
    return True


cdef void _begin(Work* work, bytes data) noexcept:
    work.data = <Bytes>PyBytes_AS_STRING(data)
    work.end = work.data + PyBytes_GET_SIZE(data)
    work.n_events = work.n_mets = work.n_spans = work.n_references = work.n_urls = work.n_payload_urls = 0
    work.headers = 0
    work.seen_headers = 0
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
    free(work.alike)
    free(work.slots)
    free(work.counts)
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
                work.unfit = work.unfit or work.headers > MOST_HEADERS
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
