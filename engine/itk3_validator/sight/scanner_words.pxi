"""
What was noted of a message, in words.
"""

cdef enum:
    MEMOS = 2_048
    LONGEST_MEMO = 236
    NO_NUMBER = 0xFFFFFFFF

cdef struct Memo:
    uint64_t hash
    uint32_t word
    int32_t state
    int32_t size
    uint8_t raw[LONGEST_MEMO]


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


@cython.final
cdef class _Telling:
    """
    Makes the words of messages, and remembers which were made of the same bytes at the same place.
    """

    cdef _Places _places
    cdef object _words
    cdef Memo* _memos

    def __cinit__(self, _Places places, object words):
        self._places = places
        self._words = words
        self._memos = <Memo*>calloc(MEMOS, sizeof(Memo))
        if self._memos == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self._memos)

    cdef object told(self, Work* work):
        """
        What was read, in words.
        """
        cdef int32_t n, zone, total = 0
        cdef int32_t n_zones = <int32_t>len(self._places.zones)
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
            place = &self._places.places[event.state]
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
                place = &self._places.places[work.events[n].state]
                if place.opens and counts[place.zone] == 0:
                    counts[place.zone] = 1
                if place.kept:
                    zone = place.home
                    values[self._places.zones[zone], counts[zone] - 1] = self._seen(work, &work.mets[work.events[n].met]).value
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
                    found[self._places.zones[zone]] = row
        finally:
            free(counts)
        return found, refers, self._ends(work, headers) if wired else None, values

    cdef void _fill(self, Work* work, int32_t zone, uint32_t* words) noexcept:
        cdef int32_t n
        cdef Place* place
        for n in range(work.n_events):
            place = &self._places.places[work.events[n].state]
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
        cdef Place* place = &self._places.places[met.state]
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
        return self._words.of(self._places.objects[met.state].token(self._seen(work, met)))

    cdef object _seen(self, Work* work, Met* met):
        cdef Place* place = &self._places.places[met.state]
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
            value = self._places.objects[met.state].values.alike(self._seen(work, met))
            if value is None:
                return NO_NUMBER
            if self._places.places[met.state].reference and not _is_plain_urn(value):
                refers[0] = False
        return alike.setdefault(value, len(alike))

    cdef bint _is_seen(self, Work* work, Event* event, set headers) except -1:
        """
        Whether the references of an element are seen where the wiring is told.
        """
        cdef Place* place = &self._places.places[event.state]
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
