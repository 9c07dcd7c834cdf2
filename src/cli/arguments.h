/* Arguments of options that are small languages of their own, refused in the reference's words. */
#ifndef EVD_CLI_ARGUMENTS_H
#define EVD_CLI_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include <evdiff/evdiff.h>

/* Reads "6=1, 0x7=2": canary's tid, '=', ours; numbers as Python's int(text, 0) reads them; the last of
 * several entries for one canary tid counts. The caller frees the array. NULL after a message. */
struct evd_tid_pair *cli_read_tid_map(const char *command, const char *text, size_t *count);

/* Reads one entry of such a map, white space around it included; false when it is none. */
bool cli_read_pair(const char *text, size_t length, struct evd_tid_pair *pair);

/* Reads "1000", a number of events, or "99.5%", a share from 0 to 100 %; false for anything else. */
bool cli_read_amount(const char *text, struct evd_amount *amount);

/* Reads a number of bytes from 1: "4096", or with K, M, G or T behind it, powers of 1024, also as kB or KiB, in
 * letters of either size; false for anything else. */
bool cli_read_size(const char *text, uint64_t *size);

/* Splits "a, b": NULL-terminated, without empty names; to be freed with cli_free_names. NULL after a
 * message. */
char **cli_split_names(const char *text, size_t *count);
void cli_free_names(char **names);

/* Checks that every name is an absorber's; false after a message. */
bool cli_check_absorbers(const char *command, const struct evd_rules *rules, char **names, size_t count);

#endif
