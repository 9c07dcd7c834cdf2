/* Identities: what tells one log from another, whatever it is called: its size and a hash of all of its bytes.
 *
 * Hashing reads the whole file, so what a file was found to be is remembered by its path, device, inode, size and both of its
 * times; docs/decisions/0018-batches.md says when that is trusted. Nothing here looks at what a log says.
 *
 * Ownership: the caller releases what it has begun. Threads: one at a time. */
#ifndef EVD_BATCH_IDENTITY_H
#define EVD_BATCH_IDENTITY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/content_hash.h"
#include "base/table.h"
#include "evdiff/error.h"

struct evd_identity {
    uint64_t device, inode, size; /* in bytes */
    int64_t mtime_ns, ctime_ns;   /* since 1970 */
    struct evd_hash128 hash;
    bool is_settled; /* its times were old enough when it was hashed: what is written to it later changes them */
};

/* What a path is now, but for the hash. False with errno when it is not there, or no regular file (then errno is 0). */
bool evd_identity_look(const char *path, struct evd_identity *identity);

/* True when a file is what it was, as far as its size, place and times tell. */
bool evd_identity_is_same(const struct evd_identity *a, const struct evd_identity *b);

/* Whether a file whose times these are is settled when reading it begins at `begun_ns`. */
bool evd_identity_settles(const struct evd_identity *identity, int64_t begun_ns);

/* ── Remembering ── */

struct evd_remembered;

/* All zero is empty. */
struct evd_identities {
    struct evd_arena arena;
    struct evd_table by_place; /* hash of path, place and times → index */
    struct evd_remembered *list;
    size_t count, capacity;
};

/* Remembers a file that is settled; false when memory runs out. */
bool evd_identities_add(struct evd_identities *identities, const char *path, const struct evd_identity *identity);

/* Fills in the hash of a file that is remembered as it is now; else false. */
bool evd_identities_find(const struct evd_identities *identities, const char *path, struct evd_identity *identity);

void evd_identities_release(struct evd_identities *identities);

/* ── Hashing, a piece at a time ── */

struct evd_hashing;

/* Opens a file that evd_identity_look has looked at. Errors: EVD_E_IO, EVD_E_NO_MEMORY; then *hashing is NULL. */
enum evd_status evd_hashing_begin(const char *path, struct evd_hashing **hashing, struct evd_error *error);

/* Hashes at most `most` bytes more. *is_done: all are; then `identity` has what the file was while it was read. Errors: EVD_E_IO, also
 * when it changed meanwhile. */
enum evd_status evd_hashing_step(struct evd_hashing *hashing, uint64_t most, struct evd_identity *identity,
                                 bool *is_done, struct evd_error *error);

/* Takes NULL too. */
void evd_hashing_end(struct evd_hashing *hashing);

#endif
