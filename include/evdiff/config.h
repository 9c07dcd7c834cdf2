/* Configuration: a TOML file with values for the options of commands.
 *
 *     pager = "less -S"
 *     [diff]
 *     rules = "rules/wine.json"
 *     exit-code = true
 *     control = ["run-1.jsonl", "run-2.jsonl"]
 *
 * The library reads the file and says what is in it and where; which keys mean something is the program's business.
 *
 * Threads: any number at once; a configuration is read-only. */
#ifndef EVDIFF_CONFIG_H
#define EVDIFF_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evdiff/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { EVD_CONFIG_BYTES_MAX = 1 << 20 };

/* One value. An array is as many values, one after the other. */
struct evd_config_value {
    const char *section; /* the table that it is in; "" outside of any */
    const char *key;
    const char *text;      /* a text, or a number in decimal digits; NULL: true or false */
    bool is_on;            /* without a text: which of the two */
    bool is_item;          /* it stands in an array */
    uint64_t line, column; /* of the value, from 1 */
};

struct evd_config {
    const char *path;
    /* In byte order of the keys and tables of the file, then of the keys of a table. */
    const struct evd_config_value *values;
    size_t count;
};

/* Reads a file, which is to be a plain one of at most EVD_CONFIG_BYTES_MAX bytes. The caller frees *config. Errors: EVD_E_IO for one
 * that can't be read or is no plain file; EVD_E_ARGUMENT, with the place, for what is no TOML, a table in a table, and a
 * value that is neither a text, a whole number, true nor false; EVD_E_NO_MEMORY. Cost: linear. */
enum evd_status evd_config_read(const char *path, struct evd_config **config, struct evd_error *error);

/* Takes NULL too. */
void evd_config_free(struct evd_config *config);

#ifdef __cplusplus
}
#endif

#endif
