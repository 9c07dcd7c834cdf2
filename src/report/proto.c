#include "report/proto.h"

#include "base/letters.h"

enum wire_type { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2 };

/* Seven bits a byte, the lowest first; all but the last have the eighth. */
static void append_varint(struct evd_buffer *out, uint64_t number)
{
    while (number >= 0x80) {
        evd_buffer_byte(out, (char)(number | 0x80));
        number >>= 7;
    }
    evd_buffer_byte(out, (char)number);
}

static void append_tag(struct evd_buffer *out, unsigned field, enum wire_type type)
{
    append_varint(out, (uint64_t)field << 3 | type);
}

void evd_proto_number(struct evd_buffer *out, unsigned field, uint64_t number)
{
    append_tag(out, field, WIRE_VARINT);
    append_varint(out, number);
}

void evd_proto_fixed64(struct evd_buffer *out, unsigned field, uint64_t number)
{
    append_tag(out, field, WIRE_FIXED64);
    for (unsigned shift = 0; shift < 64; shift += 8)
        evd_buffer_byte(out, (char)(number >> shift));
}

void evd_proto_bytes(struct evd_buffer *out, unsigned field, struct evd_text bytes)
{
    append_tag(out, field, WIRE_BYTES);
    append_varint(out, bytes.length);
    evd_append_text(out, bytes);
}

void evd_proto_message(struct evd_buffer *out, unsigned field, const struct evd_buffer *message)
{
    out->failed |= message->failed;
    evd_proto_bytes(out, field, (struct evd_text){message->length > 0 ? message->data : "", message->length});
}
