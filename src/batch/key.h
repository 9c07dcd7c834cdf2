/* The content key: a hash of all that an outcome is a function of. Two runs with one key have one outcome, byte for byte. */
#ifndef EVD_BATCH_KEY_H
#define EVD_BATCH_KEY_H

#include "batch/record.h"

/* What all runs of a night have alike: the program that makes the diffs, and files that several jobs name. */
struct evd_key_maker {
    struct evd_hash128 program; /* of the bytes of the program */
    const struct evd_batch_options *options;
    const char *folder;         /* of the plan */
    struct evd_key_file *files; /* what was hashed before, by path */
    size_t file_count, file_capacity;
};

/* Hashes the program. To be released in any case. Errors: EVD_E_IO, EVD_E_NO_MEMORY. */
enum evd_status evd_key_maker_init(struct evd_key_maker *maker, const struct evd_batch_options *options,
                                   const char *folder, struct evd_error *error);

/* The key of a run whose record has its logs. Errors: EVD_E_IO when a file of its settings can't be read,
 * EVD_E_NO_MEMORY. */
enum evd_status evd_key_make(struct evd_key_maker *maker, const struct evd_batch_job *job, struct evd_record *record,
                             struct evd_error *error);

void evd_key_maker_release(struct evd_key_maker *maker);

#endif
