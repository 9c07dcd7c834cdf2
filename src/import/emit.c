#include "import/emit.h"

static const char HEX[] = "0123456789abcdef";

void evd_put_many_digits(struct evd_import_sink *sink, uint64_t value)
{
    const uint64_t upper = value / EVD_EIGHT_DIGITS;
    if (upper < EVD_EIGHT_DIGITS) {
        sink->at += evd_digits_write_few(sink->at, (uint32_t)upper);
    } else {
        sink->at += evd_digits_write_few(sink->at, (uint32_t)(upper / EVD_EIGHT_DIGITS));
        evd_digits_write(sink->at, evd_digits_spread((uint32_t)(upper % EVD_EIGHT_DIGITS)));
        sink->at += 8;
    }
    evd_digits_write(sink->at, evd_digits_spread((uint32_t)(value % EVD_EIGHT_DIGITS)));
    sink->at += 8;
}

void evd_put_hex(struct evd_import_sink *sink, uint64_t value, unsigned digits)
{
    while (digits < 16 && value >> (4 * digits) != 0)
        digits++;
    for (unsigned i = digits; i-- > 0;)
        evd_put_byte(sink, HEX[value >> (4 * i) & 15]);
}

static enum evd_status grow_scratch(struct evd_import_sink *sink, size_t size)
{
    struct evd_scratch *scratch = sink->context;
    scratch->buffer.length = evd_scratch_length(scratch);
    if (!evd_buffer_reserve(&scratch->buffer, size))
        return EVD_E_NO_MEMORY;
    sink->at = scratch->buffer.data + scratch->buffer.length;
    sink->end = scratch->buffer.data + scratch->buffer.capacity;
    return EVD_OK;
}

void evd_scratch_init(struct evd_scratch *scratch)
{
    *scratch = (struct evd_scratch){.sink = {.context = scratch, .make_room = grow_scratch}};
}

/* What Python's json module writes for the bytes that can't stand for themselves. */
static void put_escaped(struct evd_import_sink *sink, unsigned char byte)
{
    evd_put_byte(sink, '\\');
    switch (byte) {
    case '"':
    case '\\': evd_put_byte(sink, (char)byte); break;
    case '\b': evd_put_byte(sink, 'b'); break;
    case '\f': evd_put_byte(sink, 'f'); break;
    case '\n': evd_put_byte(sink, 'n'); break;
    case '\r': evd_put_byte(sink, 'r'); break;
    case '\t': evd_put_byte(sink, 't'); break;
    default:
        EVD_PUT(sink, "u00");
        evd_put_byte(sink, HEX[byte >> 4]);
        evd_put_byte(sink, HEX[byte & 15]);
    }
}

static bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte != '"' && byte != '\\';
}

/* Set where one of 8 bytes can't stand for itself: Bit Twiddling Hacks (S. E. Anderson), "Determine if a word has a byte
 * less than n". */
static uint64_t unplain_of(uint64_t word)
{
    static const uint64_t ONES = 0x0101010101010101u, HIGHS = 0x8080808080808080u;
    const uint64_t quote = word ^ ONES * '"', backslash = word ^ ONES * '\\';
    return (((word - ONES * 0x20) & ~word) | ((quote - ONES) & ~quote) | ((backslash - ONES) & ~backslash) | word) &
           HIGHS;
}

/* Copies the plain ASCII that a text begins with; returns how much. */
static size_t put_plain(struct evd_import_sink *sink, const char *bytes, size_t length)
{
    size_t done = 0;
    uint64_t word;
    for (; length - done >= sizeof word; done += sizeof word) {
        memcpy(&word, bytes + done, sizeof word);
        if (unplain_of(word) != 0)
            break;
        memcpy(sink->at + done, &word, sizeof word);
    }
    /* What is left is looked at with bytes that were looked at before. */
    if (length >= sizeof word && length - done < sizeof word) {
        memcpy(&word, bytes + length - sizeof word, sizeof word);
        if (unplain_of(word) == 0) {
            memcpy(sink->at + length - sizeof word, &word, sizeof word);
            done = length;
        }
    } else if (length >= 4 && length < sizeof word) {
        uint32_t first, last;
        memcpy(&first, bytes, sizeof first);
        memcpy(&last, bytes + length - sizeof last, sizeof last);
        if (unplain_of((uint64_t)last << 32 | first) == 0) {
            memcpy(sink->at, &first, sizeof first);
            memcpy(sink->at + length - sizeof last, &last, sizeof last);
            done = length;
        }
    }
    for (; done < length && is_plain((unsigned char)bytes[done]) && (unsigned char)bytes[done] < 0x80; done++)
        sink->at[done] = bytes[done];
    sink->at += done;
    return done;
}

void evd_put_utf8(struct evd_import_sink *sink, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        i += put_plain(sink, bytes + i, length - i);
        if (i == length)
            break;
        if (is_plain((unsigned char)bytes[i]))
            evd_put_byte(sink, bytes[i]);
        else
            put_escaped(sink, (unsigned char)bytes[i]);
    }
}

void evd_put_latin1(struct evd_import_sink *sink, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        i += put_plain(sink, bytes + i, length - i);
        if (i == length)
            break;
        const unsigned char byte = (unsigned char)bytes[i];
        if (!is_plain(byte)) {
            put_escaped(sink, byte);
        } else {
            evd_put_byte(sink, (char)(0xc0 | byte >> 6));
            evd_put_byte(sink, (char)(0x80 | (byte & 0x3f)));
        }
    }
}

/* How many bytes the sequence has that begins here: 0 when it is none. */
static size_t sequence_length(const unsigned char *p, size_t length)
{
    const unsigned char first = *p;
    if (first < 0x80)
        return 1;
    const size_t size =
        first >= 0xc2 && first < 0xe0   ? 2
        : first >= 0xe0 && first < 0xf0 ? 3
        : first >= 0xf0 && first < 0xf5 ? 4
                                        : 0;
    if (size == 0 || size > length)
        return 0;
    /* Overlong ones, surrogates and what lies beyond Unicode show in the second byte. */
    const unsigned char least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const unsigned char most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < least || p[1] > most)
        return 0;
    for (size_t i = 2; i < size; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return size;
}

/* How much of a text is ASCII: a multiple of 8, or all of it. */
static size_t ascii_length(const char *bytes, size_t length)
{
    static const uint64_t HIGHS = 0x8080808080808080u;
    uint64_t word, words[4];
    size_t done = 0;
    for (; length - done >= sizeof words; done += sizeof words) {
        memcpy(words, bytes + done, sizeof words);
        if (((words[0] | words[1] | words[2] | words[3]) & HIGHS) != 0)
            break;
    }
    for (; length - done >= sizeof word; done += sizeof word) {
        memcpy(&word, bytes + done, sizeof word);
        if ((word & HIGHS) != 0)
            return done;
    }
    /* What is left is looked at with bytes that were looked at before. */
    if (length < sizeof word)
        return 0;
    memcpy(&word, bytes + length - sizeof word, sizeof word);
    return (word & HIGHS) == 0 ? length : done;
}

size_t evd_utf8_length(const char *bytes, size_t length)
{
    size_t done = 0;
    while (done < length) {
        const size_t ascii = ascii_length(bytes + done, length - done);
        done += ascii;
        if (ascii > 0)
            continue;
        const size_t size = sequence_length((const unsigned char *)bytes + done, length - done);
        if (size == 0)
            break;
        done += size;
    }
    return done;
}
