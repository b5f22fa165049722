"""
The states of what rules read, as a message is led through them: where the name of an element leads, from where it is.
"""

cdef enum:
    NOWHERE = -1
    MOST_NAMESPACES = 256
    # A tag has it whole: with a long one, a message of many elements would take as long as one that is much larger.
    LONGEST_NAMESPACE = 256
    # Transitions that are kept, each at one of the places from where its hash leads to.
    TRANSITIONS = 16_384
    NEARBY = 8
    # namespaces
    NONE_NS = 0
    FHIR_NS = 1
    XHTML_NS = 2

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
    # Of values it counts only whether there is something.
    bint fills
    # Answers about values are all that is told.
    bint asked
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


# States, and that of the document.
cdef int32_t MOST_PLACES = _MOST_STATES + 1


cdef inline uint64_t _hash(Bytes text, int size, uint64_t seed) noexcept nogil:
    cdef uint64_t found = 0xCBF29CE484222325ULL ^ seed
    cdef int n
    for n in range(size):
        found = (found ^ text[n]) * 0x100000001B3ULL
    return found ^ found >> 29


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
cdef class _Places:
    """
    States taken over from `States`, each by its number: *places* is what is done there, *objects* are they themselves.
    """

    cdef object _states
    cdef list objects
    cdef dict _numbers
    cdef list _names
    cdef int32_t n_zones
    cdef list _namespaces
    # They stay where they are: code of others runs between two looks at one, and another thread meanwhile.
    cdef Place* places
    cdef Name* asked
    cdef int32_t _n_asked
    cdef int32_t _most_asked
    cdef Transition* _transitions

    def __cinit__(self, object states):
        self._states = states
        self.objects = []
        self._numbers = {}
        self._names = []
        self.n_zones = 1
        self._namespaces = [b"", _FHIR.encode(), _XHTML.encode()]
        self.places = <Place*>calloc(MOST_PLACES, sizeof(Place))
        self._transitions = <Transition*>calloc(TRANSITIONS, sizeof(Transition))
        if self.places == NULL or self._transitions == NULL:
            raise MemoryError
        self.place(states.top)

    def __dealloc__(self):
        cdef int n
        if self._transitions != NULL:
            for n in range(TRANSITIONS):
                free(self._transitions[n].name)
        free(self._transitions)
        free(self.places)
        free(self.asked)

    cdef int32_t place(self, object state) except -1:
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
        place.zone, place.home = state.zone, state.home
        place.inner, place.outer, place.deep, place.opens = state.inner, state.outer, state.deep, state.opens
        place.reads, place.linked, place.resolved = state.reads, state.linked, state.resolved
        place.header, place.wired, place.kept = state.header, state.wired, state.kept
        place.values = state.values is not None
        place.tells = place.values and state.values.tells
        place.fills = place.values and state.values.fills
        place.asked = state.asked is not None
        place.compared = place.values and state.values.compared
        place.reference = place.values and state.values.reference
        names = [question.name.encode() for question in state.attributes]
        # A name in a namespace; one that to XPath is no attribute.
        place.unfit = any([name.startswith(b"{") or name == b"xmlns" for name in names])
        place.attributes = <int32_t>len(names)
        # From here to the end no other thread can come between.
        number = <int32_t>len(self.objects)
        if number >= MOST_PLACES:
            raise _NoOutline
        place.names = self._n_asked
        for name in names:
            if self._n_asked >= self._most_asked:
                _more(<void**>&self.asked, &self._most_asked, sizeof(Name))
            self._names.append(name)
            self.asked[self._n_asked] = Name(<Bytes>PyBytes_AS_STRING(name), <int32_t>PyBytes_GET_SIZE(name))
            self._n_asked += 1
        self.n_zones = max(self.n_zones, place.zone + 1, place.home + 1)
        self.places[number] = place
        self.objects.append(state)
        self._numbers[state] = number
        return number

    cdef int32_t step(self, int32_t origin, int32_t namespace, Bytes name, int32_t size) except -2:
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
        state = self._states.step(self.objects[origin], tag)
        if state is not None:
            to = self.place(state)
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

    cdef int32_t namespace(self, Bytes text, int32_t size) except -2:
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
