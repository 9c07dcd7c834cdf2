/* Decompress: zstd and gzip, also several frames or members in a row.
 *
 * Threads: all functions may be called from any thread. */
#ifndef EVD_BASE_DECOMPRESS_H
#define EVD_BASE_DECOMPRESS_H

#include "base/text_memory.h"
#include "evdiff/error.h"

enum evd_compression { EVD_COMPRESSION_NONE, EVD_COMPRESSION_ZSTD, EVD_COMPRESSION_GZIP };

/* What the first bytes tell. */
enum evd_compression evd_compression_of(const char *bytes, size_t length);

/* A program that packs, but whose format is not unpacked here. */
struct evd_foreign_compression {
    const char *program; /* "xz" */
    const char *command; /* what prints the text: "xz -dc" */
};

/* The program, of xz, bzip2 and zip, whose format the first bytes are; NULL when they are of none. */
const struct evd_foreign_compression *evd_foreign_compression(const char *bytes, size_t length);

/* Says that the file at `path` is packed by such a program. Returns EVD_E_IO. */
enum evd_status evd_refuse_compression(const char *path, const struct evd_foreign_compression *foreign,
                                       struct evd_error *error);

/* Unpacks all of a stream into `memory`, which is empty but may have a limit, on up to `threads` threads (at least 1) where it is
 * zstd in frames that say what they hold. Errors, without a path: EVD_E_IO for a
 * damaged stream or one that ends early, EVD_E_NO_MEMORY, EVD_E_LIMIT for one that has, or claims to have, more text
 * than the limit; then memory is to be released all the same.
 * Cost: linear; what is reserved beyond the text is not touched. */
enum evd_status evd_decompress(enum evd_compression compression, const char *bytes, size_t length, unsigned threads,
                               struct evd_text_memory *memory, struct evd_error *error);

/* The same piece by piece, for who keeps neither the stream nor the text. */
struct evd_unpacker;

/* What one step takes and makes. */
struct evd_unpack_step {
    const char *input; /* moved past what was taken */
    size_t input_length;
    char *room;
    size_t room_size; /* at least 1 */
    size_t made;      /* bytes of text in the room */
};

/* NULL when memory runs out; destroy takes NULL too. */
struct evd_unpacker *evd_unpacker_create(enum evd_compression compression);
void evd_unpacker_destroy(struct evd_unpacker *unpacker);

/* Takes a step, while there is input or evd_unpacker_has_more. Errors: as evd_decompress. */
enum evd_status evd_unpack_step(struct evd_unpacker *unpacker, struct evd_unpack_step *step, struct evd_error *error);

/* True when the room was too small for what the input so far holds. */
bool evd_unpacker_has_more(const struct evd_unpacker *unpacker);

/* EVD_E_IO when the stream may not end here. */
enum evd_status evd_unpacker_finish(const struct evd_unpacker *unpacker, struct evd_error *error);

#endif
