/* Documents: the JSON files of a batch's folder, read back. They may be anything by then: whoever takes a member asks for its
 * type.
 *
 * Ownership: the caller releases a document, whose values go with it. */
#ifndef EVD_BATCH_DOCUMENT_H
#define EVD_BATCH_DOCUMENT_H

#include "base/output.h"
#include "evdiff/error.h"
#include "json/value.h"

struct evd_document {
    struct evd_arena arena;
    struct evd_value root; /* an object */
};

enum { EVD_DOCUMENT_BYTES_MAX = 256 << 20 };

/* Reads the file at a path; release in any case. *is_absent (may be NULL) is told as by evd_read_file. Errors: EVD_E_IO, also for
 * what is no JSON, with its place; EVD_E_NO_MEMORY. */
enum evd_status evd_document_read(struct evd_document *document, const char *path, bool *is_absent,
                                  struct evd_error *error);
void evd_document_release(struct evd_document *document);

/* Renders a document, and writes it whole unless the file has the same bytes. Errors: EVD_E_IO, EVD_E_NO_MEMORY. */
typedef void evd_render(const void *what, struct evd_output *out);
enum evd_status evd_document_write(const char *path, evd_render *render, const void *what, struct evd_error *error);

/* Members of an object; false when they are absent or of another type. A text is terminated and has no zero byte. */
bool evd_member_text(struct evd_arena *arena, const struct evd_value *object, const char *key, const char **text);
bool evd_member_unsigned(const struct evd_value *object, const char *key, uint64_t *number);
bool evd_member_signed(const struct evd_value *object, const char *key, int64_t *number);
bool evd_member_real(const struct evd_value *object, const char *key, double *number);
bool evd_member_bool(const struct evd_value *object, const char *key, bool *value);

/* The hash that a string spells (base/hash_digits.h); false when it does not. */
bool evd_member_hash(const struct evd_value *object, const char *key, uint64_t *hash);
bool evd_value_hash(const struct evd_value *value, uint64_t *hash);

/* NULL when it is absent or no array. */
const struct evd_value *evd_member_array(const struct evd_value *object, const char *key);
const struct evd_value *evd_member_object(const struct evd_value *object, const char *key);

/* A string of a document as a C string in an arena; NULL when it is no string, holds a zero byte, or memory runs out. */
const char *evd_value_c_string(struct evd_arena *arena, const struct evd_value *value);

#endif
