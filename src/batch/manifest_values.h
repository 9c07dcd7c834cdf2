/* Values of a manifest, and refusing one with its place. */
#ifndef EVD_BATCH_MANIFEST_VALUES_H
#define EVD_BATCH_MANIFEST_VALUES_H

#include "batch/plan.h"
#include "toml/toml.h"

struct evd_manifest_reader {
    struct evd_batch_plan *plan;
    struct evd_batch_job *jobs; /* grows; in the plan's arena once all are there */
    size_t capacity;
    enum evd_status status;
    struct evd_error *error;
};

/* Each fills the error, and returns false. The second says what a key is to be: "a text". */
bool evd_manifest_refuse(struct evd_manifest_reader *reader, uint64_t line, uint64_t column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
bool evd_manifest_refuse_type(struct evd_manifest_reader *reader, const char *name, const struct evd_setting *setting,
                              const char *wanted);
bool evd_manifest_refuse_memory(struct evd_manifest_reader *reader);

/* A text that is not empty; a text or an array of them; the same as one text with commas between. False when it is refused. */
bool evd_manifest_string(struct evd_manifest_reader *reader, const char *name, const struct evd_setting *setting,
                         const char **text);
bool evd_manifest_list(struct evd_manifest_reader *reader, const char *name, const struct evd_setting *setting,
                       struct evd_batch_list *list);
bool evd_manifest_names(struct evd_manifest_reader *reader, const char *name, const struct evd_setting *setting,
                        const char **text);

/* A number of events, a share, or a number of bytes, as text; and a time in seconds. */
bool evd_manifest_amount(struct evd_manifest_reader *reader, const struct evd_setting_key *key,
                         const struct evd_setting *setting, const char **text);
bool evd_manifest_duration(struct evd_manifest_reader *reader, const char *name, const struct evd_setting *setting,
                           uint64_t *seconds);

#endif
