/* Protocol buffers' wire format, as far as a writer needs it: a message is its fields one after the other, each with its number.
 * (protobuf.dev, "Encoding") */
#ifndef EVD_REPORT_PROTO_H
#define EVD_REPORT_PROTO_H

#include "base/buffer.h"
#include "evdiff/text.h"

/* int32, int64, uint64, an enumeration. */
void evd_proto_number(struct evd_buffer *out, unsigned field, uint64_t number);
void evd_proto_fixed64(struct evd_buffer *out, unsigned field, uint64_t number);
/* A string, which is to be UTF-8, or a message that another buffer has. */
void evd_proto_bytes(struct evd_buffer *out, unsigned field, struct evd_text bytes);
void evd_proto_message(struct evd_buffer *out, unsigned field, const struct evd_buffer *message);

#endif
