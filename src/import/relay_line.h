/* A line of Wine's +relay, taken apart: calls and returns.
 *
 * Nothing is copied; what a line's parts point to is the line. */
#ifndef EVD_IMPORT_RELAY_LINE_H
#define EVD_IMPORT_RELAY_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct evd_relay_text {
    const char *bytes;
    size_t length;
};

struct evd_relay_line {
    bool is_call, has_pid, has_time, has_result;
    uint64_t pid, tid;
    int64_t ns;                                        /* since the system started */
    struct evd_relay_text function, arguments, caller; /* the caller: digits of the address */
    uint64_t result;
};

/* What a function's name tells. */
struct evd_relay_function {
    struct evd_relay_text module, name;
    unsigned ordinal; /* a hash of both */
    bool is_wait, is_creator;
};

enum { EVD_RELAY_KNOWN = 2048, EVD_RELAY_KNOWN_BYTES = 88 };

/* The last function whose names fell here. */
struct evd_relay_known {
    size_t length, module_length; /* of `module.name`; a length of 0: none yet */
    char text[EVD_RELAY_KNOWN_BYTES];
    struct evd_relay_function function; /* but for its texts */
};

/* Takes a line apart; false when it is no call and no return. What its function is made of is not looked at. */
bool evd_relay_read(const char *text, size_t length, struct evd_relay_line *line);

/* Takes `module.name` apart; false when it is none. */
bool evd_relay_function_of(struct evd_relay_text text, struct evd_relay_function *function);

/* The same, by EVD_RELAY_KNOWN functions that were asked for before. */
bool evd_relay_find(struct evd_relay_known *known, struct evd_relay_text text, struct evd_relay_function *function);

/* The value of 1 to 16 lower-case digits; false for anything else. */
bool evd_relay_hex(struct evd_relay_text text, uint64_t *value);

/* One more than what a lower-case digit is worth; 0 for what is none. */
extern const unsigned char evd_relay_digits[256];
static inline bool evd_relay_is_hex(char c)
{
    return evd_relay_digits[(unsigned char)c] != 0;
}

/* FNV-1a of 64 bits (G. Fowler, L. C. Noll, P. Vo). */
static const uint64_t EVD_RELAY_FNV_BASIS = 0xcbf29ce484222325u, EVD_RELAY_FNV_PRIME = 0x100000001b3u;

static inline uint64_t evd_relay_fnv(uint64_t hash, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * EVD_RELAY_FNV_PRIME;
    return hash;
}

#endif
