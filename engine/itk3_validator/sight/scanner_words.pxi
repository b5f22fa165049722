"""
What was noted of a message, in words.
"""

cdef enum:
    # Twos of them.
    MEMOS = 4_096
    TELLINGS = 4_096
    LONGEST_MEMO = 235
    # So many steps from where its hash leads to, a value is looked for: it is for senders to choose what they hash to.
    FURTHEST = 64
    TOO_FAR = -2
    NO_NUMBER = 0xFFFFFFFF

cdef struct Memo:
    uint64_t hash
    uint32_t word
    int32_t state
    int32_t size
    # It was met a second time.
    uint8_t again
    uint8_t raw[LONGEST_MEMO]


cdef struct Told:
    # What was told of an element of which this was answered.
    uint64_t answers
    int32_t state
    uint32_t word
    uint8_t flags


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
    # The last byte has to reach the lowest bits: those are asked.
    found *= 0xBF58476D1CE4E5B9ULL
    return found ^ found >> 32


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


cdef bint _is_plain(Work* work, Span* value) noexcept nogil:
    """
    Whether what stands there is what is meant, in ASCII, and not blank.
    """
    cdef Bytes p = work.data + value.at
    cdef uint8_t most = 0
    cdef int n
    if value.coded or value.size <= 0:
        return False
    for n in range(value.size):
        if not 0x20 <= p[n] < 0x7F:
            return False
        most |= p[n] ^ 0x20
    return most != 0


cdef bint _begin_slots(Work* work, int32_t number) except -1:
    """
    Make room to find so many values by what they are.
    """
    cdef int32_t size = 256
    while size < 2 * number:
        size *= 2
    _room(<void**>&work.slots, &work.most_slots, sizeof(int32_t), size)
    memset(work.slots, 0, size * sizeof(int32_t))
    work.n_slots = size
    return True


cdef int32_t _slot(Work* work, Span* among, Span* value, int32_t new) noexcept nogil:
    """
    Where a value stands among others. Where it does not it is noted as *new*, unless that is NOTHING. TOO_FAR where it
    would take long to tell.
    """
    cdef Bytes text = work.data + value.at
    cdef int32_t at = <int32_t>(_hash_of_many(text, value.size, 0) & <uint64_t>(work.n_slots - 1))
    cdef Span* other
    cdef int steps = 0
    while work.slots[at] != 0:
        if steps == FURTHEST:
            return TOO_FAR
        steps += 1
        other = &among[work.slots[at] - 1]
        if other.size == value.size and memcmp(work.data + other.at, text, value.size) == 0:
            return work.slots[at] - 1
        at = (at + 1) & (work.n_slots - 1)
    if new != NOTHING:
        work.slots[at] = new + 1
    return new


cdef bint _is_far(Work* work, Span* value) noexcept nogil:
    """
    Whether a value is an address on the web.
    """
    cdef Bytes p = work.data + value.at
    return value.size >= 7 and (_begins(p, "http://") or (value.size >= 8 and _begins(p, "https://")))


cdef bint _is_lead(Work* work, Span* urls, Span* value) noexcept nogil:
    """
    Whether a reference is sure to be one of these fullUrls, which have been noted.
    """
    return (
        _is_plain(work, value) and value.size >= 9 and _begins(work.data + value.at, "urn:uuid:")
        and _slot(work, urls, value, NOTHING) >= 0
    )


cdef bint _note_urls(Work* work, Span* urls, int32_t number) except -1:
    """
    Note fullUrls to find references among them; false where these have to be looked at more closely.
    """
    cdef int32_t n
    _begin_slots(work, number)
    for n in range(number):
        if not _is_plain(work, &urls[n]) or _slot(work, urls, &urls[n], n) != n:
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


# A named tuple's own takes twice as long.
_new = tuple.__new__
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
    cdef bint _wired
    cdef Memo* _memos
    cdef Told* _tellings

    def __cinit__(self, _Places places, object words, bint wired):
        self._places = places
        self._words = words
        self._wired = wired
        self._memos = <Memo*>calloc(MEMOS, sizeof(Memo))
        self._tellings = <Told*>calloc(TELLINGS, sizeof(Told))
        if self._memos == NULL or self._tellings == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self._memos)
        free(self._tellings)

    cdef tuple told(self, Work* work):
        """
        What was read, in words.
        """
        cdef int32_t n
        cdef Event* event
        cdef Place* place
        cdef bint refers = True, wired = self._wired, is_plain = True
        work.n_alike = 0
        _begin_slots(work, work.n_mets)
        _room(<void**>&work.alike, &work.most_alike, sizeof(Span), work.n_mets)
        for n in range(work.n_events):
            event = &work.events[n]
            if event.met == NOTHING:
                continue
            place = &self._places.places[event.state]
            event.word = self._word(work, &work.mets[event.met])
            if place.compared:
                is_plain = is_plain and _number(work, event, place.reference, &refers)
            if (place.linked or place.resolved) and not _is_seen(work, event, place):
                wired = False
        if not is_plain:
            refers = self._number_anew(work)
        rows, values = self._rows(work)
        return rows, refers, self._wiring(work) if wired else None, values

    cdef bint _number_anew(self, Work* work) except -1:
        """
        Number values of which some are not what stands in the bytes; whether all references are plain.
        """
        cdef int32_t n
        cdef Event* event
        cdef bint refers = True
        cdef dict alike = {}
        for n in range(work.n_events):
            event = &work.events[n]
            if event.met == NOTHING or not self._places.places[event.state].compared:
                continue
            value = self._places.objects[event.state].values.alike(self._seen(work, &work.mets[event.met]))
            if value is None:
                event.number = NO_NUMBER
                continue
            event.number = alike.setdefault(value, len(alike))
            if self._places.places[event.state].reference and not _is_plain_urn(value):
                refers = False
        return refers

    cdef tuple _rows(self, Work* work):
        """
        The words of each zone and the numbers of those whose values are kept, as an outline has them; and the values.
        """
        cdef int32_t n, zone, at = 0, n_kept = 0, n_words = 0
        cdef int32_t n_zones = self._places.n_zones
        cdef Place* place
        cdef int32_t *there
        cdef int32_t *words
        cdef int32_t *kept
        cdef int32_t *first
        cdef int32_t *value
        cdef uint32_t *numbers
        _room(<void**>&work.counts, &work.most_counts, sizeof(int32_t), 5 * n_zones)
        memset(work.counts, 0, 5 * n_zones * sizeof(int32_t))
        there, words, kept = work.counts, work.counts + n_zones, work.counts + 2 * n_zones
        first, value = work.counts + 3 * n_zones, work.counts + 4 * n_zones
        there[0] = 1
        for n in range(work.n_events):
            place = &self._places.places[work.events[n].state]
            if place.opens:
                there[place.zone] = 1
            if place.kept:
                kept[place.home] += 1
            if place.inner:
                words[place.zone] += 1 + place.compared
            if place.outer:
                words[0] += 1 + place.compared
        for zone in range(n_zones):
            if there[zone]:
                at += 3 + words[zone] + kept[zone]
                n_words += words[zone]
        if n_words > _MOST_WORDS:
            raise _NoOutline
        row = PyBytes_FromStringAndSize(NULL, 4 * at)
        numbers = <uint32_t*>PyBytes_AS_STRING(row)
        at = 0
        # From here on it counts where the next word, number and value of a zone go.
        for zone in range(n_zones):
            if not there[zone]:
                continue
            numbers[at] = zone
            numbers[at + 1] = words[zone]
            first[zone] = at + 2
            at += 2 + words[zone]
            words[zone] = first[zone]
            numbers[at] = kept[zone]
            at += 1
            value[zone] = n_kept
            n_kept += kept[zone]
            there[zone] = at
            at += n_kept - value[zone]
        cdef list values = [None] * n_kept
        for n in range(work.n_events):
            place = &self._places.places[work.events[n].state]
            if place.kept:
                zone = place.home
                numbers[there[zone]] = words[zone] - first[zone]
                there[zone] += 1
                values[value[zone]] = self._value(work, &work.mets[work.events[n].met])
                value[zone] += 1
            if place.inner:
                words[place.zone] = _put(numbers, words[place.zone], &work.events[n], place.compared)
            if place.outer:
                words[0] = _put(numbers, words[0], &work.events[n], place.compared)
        return row, values

    cdef object _value(self, Work* work, Met* met):
        """
        What `Seen.value` is.
        """
        if _is_plain(work, &met.own):
            return _decoded(work, &met.own)
        return self._seen(work, met).value

    cdef uint32_t _word(self, Work* work, Met* met) except? 0:
        """
        What is told of an element, from what is remembered of the same bytes at the same place if it can be.
        """
        cdef uint8_t raw[LONGEST_MEMO]
        cdef Place* place = &self._places.places[met.state]
        cdef int32_t size = 1, n
        cdef uint64_t hash
        cdef Memo* memo
        cdef Span* value
        cdef uint32_t word
        # A text is too long to be remembered.
        cdef bint known = met.references < 2 and not (met.is_xhtml and place.values)
        if not place.resolved:
            met.refers = False
        raw[0] = met.refers | (met.inside << 1) | (met.references << 2)
        if met.own.size >= 0:
            raw[0] = met.refers | 8
        if place.values:
            value = &met.own if met.own.size >= 0 else &met.borrowed
            # What is compared, or only has to be there, is none of the other values that all tell of the same.
            if (value == &met.own or (met.is_fhir and met.references == 1)) and (
                _is_plain(work, value) if place.fills else not place.tells and place.compared and _is_urn(work, value)
            ):
                raw[0] |= 16
            else:
                known = known and _add(work, value, raw, &size)
        for n in range(place.attributes):
            known = known and _add(work, &work.spans[met.attributes + n], raw, &size)
        if not known:
            return self._new_word(work, met)
        hash = _hash_of_many(raw, size, <uint64_t>met.state * 0x9E3779B97F4A7C15ULL)
        for n in range(2):
            memo = &self._memos[(hash & (MEMOS - 2)) + n]
            if memo.size == size and memo.hash == hash and memo.state == met.state and memcmp(memo.raw, raw, size) == 0:
                memo.again = True
                return memo.word
        word = self._word_of_answers(work, met, raw[0]) if place.asked else self._new_word(work, met)
        # Values that never come again, as ids, crowd out one another and not those that all messages have.
        memo = &self._memos[hash & (MEMOS - 2)]
        if memo[0].again and memo[1].again:
            memo[0].again = memo[1].again = False
        elif memo[0].again:
            memo += 1
        memo.hash, memo.word, memo.state, memo.size, memo.again = hash, word, met.state, size, False
        memcpy(memo.raw, raw, size)
        return word

    cdef uint32_t _word_of_answers(self, Work* work, Met* met, uint8_t flags) except? 0:
        """
        What is told of an element, from what is remembered of the same answers if its values are plain. Those of an
        element without one may depend on more.
        """
        cdef Place* place = &self._places.places[met.state]
        cdef Span* value = &met.own if met.own.size >= 0 else &met.borrowed
        cdef Span* attribute
        cdef uint64_t answers = 1
        cdef Told* told
        cdef uint32_t word
        cdef int32_t n
        if place.values:
            if not _is_plain(work, value) or not (value == &met.own or (met.is_fhir and met.references == 1)):
                return self._new_word(work, met)
        for n in range(place.attributes):
            attribute = &work.spans[met.attributes + n]
            if attribute.size >= 0 and not _is_plain(work, attribute):
                return self._new_word(work, met)
        wrong, questions = self._places.objects[met.state].asked
        try:
            if place.values:
                text = _decoded(work, value)
                for check in <tuple>wrong:
                    answer = check(text, text, None)
                    if isinstance(answer, _Unknown):
                        return self._new_word(work, met)
                    answers = answers << 1 | (answer is None)
            for n in range(place.attributes):
                attribute = &work.spans[met.attributes + n]
                answers = answers << 1 | (attribute.size >= 0)
                if attribute.size >= 0:
                    text = _decoded(work, attribute)
                    for ask in <tuple>(<tuple>questions)[n]:
                        answers = answers << 1 | <bint>ask(text)
        except Exception:
            return self._new_word(work, met)
        told = &self._tellings[(answers * 0x9E3779B97F4A7C15ULL >> 40 ^ <uint64_t>met.state * 31 ^ flags) & (TELLINGS - 1)]
        if told.answers == answers and told.state == met.state and told.flags == flags:
            return told.word
        word = self._new_word(work, met)
        told[0] = Told(answers, met.state, word, flags)
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
            return _new(_Seen, (own, None, 0, False, attributes, met.refers, <tuple>work.attachments))
        borrowed = None
        if met.is_xhtml:
            borrowed = _text_of(work, met)
        elif met.is_fhir and met.references == 1:
            borrowed = _decoded(work, &met.borrowed)
        return _new(_Seen, (None, borrowed, met.references, met.inside, attributes, met.refers, <tuple>work.attachments))

    cdef object _wiring(self, Work* work):
        """
        How a message is wired; None where a reference leads elsewhere.
        """
        if not work.is_bundle or work.unwired:
            return None
        cdef uint64_t leading = 0
        cdef bint own = False, payload = False
        if not self._is_wired(work, &own, &payload, &leading):
            return _wired(*self._ends(work))
        cdef list headers = []
        cdef int32_t n
        for n in range(work.headers):
            if work.seen_headers >> n & 1:
                headers.append((leading >> n & 1) == 1)
        return _Wired(own, payload, tuple(headers))

    cdef bint _is_wired(self, Work* work, bint* own, bint* payload, uint64_t* leading) except -1:
        """
        Whether it is plain to see that every reference leads to one resource; then in which areas, and in which headers,
        there are some.
        """
        cdef int32_t n
        cdef Reference* each
        if work.odd or work.payload_odd or not _note_urls(work, work.urls, work.n_urls):
            return False
        for n in range(work.n_references):
            each = &work.references[n]
            if each.area == OF_PAYLOAD:
                payload[0] = True
                continue
            if each.area == OF_HEADER:
                if not work.seen_headers >> each.header & 1 or (not each.value.coded and _is_far(work, &each.value)):
                    continue
                leading[0] |= <uint64_t>1 << each.header
            else:
                own[0] = True
            if not _is_lead(work, work.urls, &each.value):
                return False
        if not work.has_payload:
            return True
        if not _note_urls(work, work.payload_urls, work.n_payload_urls):
            return False
        for n in range(work.n_references):
            each = &work.references[n]
            if each.area == OF_PAYLOAD and not _is_lead(work, work.payload_urls, &each.value):
                return False
        return True

    cdef tuple _ends(self, Work* work):
        """
        What `wired` is told by: of the message's own resources, of its payload, of its headers.
        """
        cdef int32_t n
        own, payload = [], []
        of_headers = {n: [] for n in range(work.headers) if work.seen_headers >> n & 1}
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


cdef inline int32_t _put(uint32_t* numbers, int32_t at, Event* event, bint compared) noexcept nogil:
    """
    Put down the word of an element; where the next one goes.
    """
    numbers[at] = event.word
    if not compared:
        return at + 1
    numbers[at + 1] = event.number
    return at + 2


cdef bint _number(Work* work, Event* event, bint is_reference, bint* refers) noexcept nogil:
    """
    Note the number of the first value that is the same; false where that is for Python to tell.
    """
    cdef Met* met = &work.mets[event.met]
    cdef Span* value = &met.own
    cdef int32_t found
    if met.own.size < 0:
        if met.is_xhtml:
            return False
        value = &met.borrowed
        if not met.is_fhir or met.references != 1:
            value = &met.own
    if value.size <= 0:
        event.number = NO_NUMBER
        return True
    if not _is_plain(work, value):
        return False
    found = _slot(work, work.alike, value, work.n_alike)
    if found == TOO_FAR:
        return False
    if found == work.n_alike:
        work.alike[found] = value[0]
        work.n_alike += 1
    event.number = found
    if is_reference and not _is_urn(work, value):
        refers[0] = refers[0] and _is_lone(work, value)
    return True


cdef bint _is_lone(Work* work, Span* value) noexcept nogil:
    """
    What `is_plain_urn` tells of a plain value.
    """
    cdef Bytes p = work.data + value.at
    cdef int n
    if value.size < 9 or not _begins(p, "urn:uuid:"):
        return False
    for n in range(9, value.size):
        if p[n] == c'/' or p[n] == c'#':
            return False
    return True


cdef bint _is_seen(Work* work, Event* event, Place* place) noexcept nogil:
    """
    Whether the references of an element are seen where the wiring is told.
    """
    cdef Met* met = &work.mets[event.met]
    if place.linked and not (place.wired and (met.own.size < 0 or met.is_reference)):
        return False
    if place.resolved and met.refers:
        if place.header and met.header >= 0:
            work.seen_headers |= <uint64_t>1 << met.header
        elif not place.wired:
            return False
    return True
