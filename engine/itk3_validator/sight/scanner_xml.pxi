"""
Whether bytes are well-formed XML: of a piece that begins somewhere, what stands behind it, or NULL.

NULL where there is no such piece, or one that is left to lxml. The bytes of a `bytes` object end with a NUL, which is
allowed nowhere: so no loop goes beyond it.
"""

ctypedef const uint8_t* Bytes

cdef enum:
    LONGEST_NAME = 128

# Kinds of bytes.
cdef enum:
    BEGINS_NAME = 1
    IN_NAME = 2
    SPACE = 4
    IN_TEXT = 8
    IN_VALUE = 16

cdef uint8_t KIND[256]


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


cdef inline bint _is_same(Bytes p, Bytes name, int size) noexcept nogil:
    cdef int n
    for n in range(size):
        if p[n] != name[n]:
            return False
    return True
