/* Output: bytes that are handed on whenever there are many of them. */
#ifndef EVD_BASE_OUTPUT_H
#define EVD_BASE_OUTPUT_H

#include "base/buffer.h"
#include "evdiff/error.h"

/* What is to be handed on, and to whom. Ownership: the buffer is released by the caller. */
struct evd_output {
    struct evd_buffer buffer;
    /* Takes the bytes, at least one; false: no more of them. NULL: they stay in the buffer, for who made it. */
    bool (*write)(void *context, const char *bytes, size_t length);
    void *context;
    bool is_stopped; /* `write` returned false */
};

/* Hands on what is in the buffer; to be called at the end. */
void evd_output_flush(struct evd_output *output);

/* Hands on what is in the buffer, and releases it. Errors: EVD_E_NO_MEMORY when the buffer ran out of it; EVD_E_IO when `write`
 * returned false, with a sentence that says so: "the report could not be written". */
enum evd_status evd_output_close(struct evd_output *output, const char *unwritten, struct evd_error *error);

/* Hands on what is in the buffer when it is large; to be called now and then. */
void evd_output_flush_some(struct evd_output *output);

#endif
