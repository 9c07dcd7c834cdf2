/* Settings of a manifest: of all jobs, or of one. */
#ifndef EVD_BATCH_MANIFEST_SETTINGS_H
#define EVD_BATCH_MANIFEST_SETTINGS_H

#include "batch/manifest_values.h"

/* A setting by its key; all of [defaults]. False when it is refused. */
bool evd_manifest_setting(struct evd_manifest_reader *reader, const struct evd_setting_key *key,
                          const struct evd_setting *setting, struct evd_batch_settings *settings);
bool evd_manifest_defaults(struct evd_manifest_reader *reader, const struct evd_setting *table,
                           struct evd_batch_settings *defaults);

/* Refuses what is neither a setting nor one of the others; says what may be meant. */
bool evd_manifest_refuse_key(struct evd_manifest_reader *reader, const struct evd_setting_member *member,
                             const char *where, const char *const *others, size_t other_count);

#endif
