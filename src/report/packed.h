/* Packed: bytes as gzip in base64, on their way into another output.
 *
 * Ownership: released by the caller; the output is borrowed. */
#ifndef EVD_REPORT_PACKED_H
#define EVD_REPORT_PACKED_H

#include <zlib.h>

#include "base/output.h"

struct evd_packed {
    struct evd_output in; /* what is to be packed is written here */
    struct evd_output *to;
    z_stream deflate;
    bool is_open;
    unsigned char carry[3]; /* packed bytes that are no three yet */
    size_t carried;
};

/* False when memory runs out; release in either case. */
bool evd_packed_begin(struct evd_packed *packed, struct evd_output *to);

/* Packs all that was written so far; returns how many bytes of base64 that is in all, but for the end, which takes at most
 * EVD_PACKED_END_MAX more. */
enum { EVD_PACKED_END_MAX = 64 };
uint64_t evd_packed_flush(struct evd_packed *packed);

/* Packs the rest and ends. Failures, also earlier ones, are in `to->buffer.failed`. */
void evd_packed_end(struct evd_packed *packed);

void evd_packed_release(struct evd_packed *packed);

#endif
