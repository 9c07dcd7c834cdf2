/* Manifest: what a night's jobs are, as a person or a program writes them down; docs/batch.md has the format. */
#ifndef EVD_BATCH_MANIFEST_H
#define EVD_BATCH_MANIFEST_H

#include "batch/plan.h"

/* Reads the manifest at `path`, "-" is JSON Lines on standard input, into a plan that is all zero; the globs are resolved.
 * To be released in any case. Errors: EVD_E_ARGUMENT with a place, EVD_E_IO, EVD_E_NO_MEMORY. */
enum evd_status evd_manifest_read(const char *path, struct evd_batch_plan *plan, struct evd_error *error);

#endif
