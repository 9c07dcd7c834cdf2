/* TOML as a tree of values, each with its place in the file; toml++ is behind it, in one C++ file.
 *
 * A manifest that comes as JSON Lines becomes the same tree (batch/json_lines.h), so that one reader serves both.
 *
 * Ownership: a tree belongs to the arena it was built in and borrows nothing. Threads: a built tree is read-only. */
#ifndef EVD_TOML_TOML_H
#define EVD_TOML_TOML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#include "base/arena.h"

enum evd_setting_type {
    EVD_SETTING_STRING,
    EVD_SETTING_INTEGER,
    EVD_SETTING_BOOLEAN,
    EVD_SETTING_ARRAY,
    EVD_SETTING_TABLE,
    EVD_SETTING_OTHER, /* a real, a date, a time, null: nothing here wants one */
};

struct evd_setting_string {
    const char *text; /* UTF-8, terminated; holds no zero byte but the last */
    size_t length;    /* in bytes */
};

struct evd_setting_array {
    struct evd_setting *items;
    size_t count;
};

struct evd_setting_table {
    struct evd_setting_member *members; /* each key once */
    size_t count;
};

struct evd_setting {
    enum evd_setting_type type;
    uint64_t line, column; /* from 1, where it begins; the column in bytes for JSON, in letters for TOML */
    union {
        struct evd_setting_string string;
        int64_t integer;
        bool boolean;
        struct evd_setting_array array;
        struct evd_setting_table table;
    };
};

struct evd_setting_member {
    const char *key; /* as a string's text */
    uint64_t line, column;
    struct evd_setting value;
};

/* What is wrong with a text, and where. */
struct evd_setting_fault {
    uint64_t line, column; /* from 1 */
    char message[256];     /* one line; empty when memory ran out */
};

/* Reads a whole TOML file of `length` bytes into *root, a table. False with a fault. Cost: linear. */
bool evd_toml_read(const char *text, size_t length, struct evd_arena *arena, struct evd_setting *root,
                   struct evd_setting_fault *fault);

#ifdef __cplusplus
}
#endif

#endif
