/* The viewer: lists and texts of an outcome on a terminal, one screen at a time. Nothing of a log is held but what is on the
 * screen; texts are made of the outcome when they are opened. */
#ifndef EVD_CLI_VIEWER_H
#define EVD_CLI_VIEWER_H

#include <wchar.h>

#include <evdiff/evdiff.h>

/* What is looked at. Ownership: all of it is the caller's. */
struct cli_viewed {
    const struct evd_outcome *outcome;
    struct evd_log *logs[EVD_SIDES]; /* NULL: not opened yet */
    /* Opens them; false with an error, when they are not there any more, or can't be read. */
    bool (*open)(struct cli_viewed *viewed, struct evd_error *error);
    void *context;
    const struct evd_known *known; /* what ledgers say of its families; NULL: none is asked */
    const char *warning;           /* of opening them, to be told; or NULL */
    bool has_tried;                /* to open them */
    struct evd_error error;        /* why they could not be opened, once that was tried */
    bool has_color;
};

enum cli_page_kind { CLI_PAGE_FAMILIES, CLI_PAGE_THREADS, CLI_PAGE_FAMILY, CLI_PAGE_HELP };

enum { CLI_SEARCH_MAX = 120 };

/* A list, of families or threads, or a text, of a family or the help. */
struct cli_page {
    enum cli_page_kind kind;
    size_t *items; /* lists: indexes in the outcome, of what is shown */
    char *text;    /* texts: lines, each ended by a line feed */
    size_t *lines; /* where each begins; one more at the end */
    size_t count;  /* items or lines */
    size_t cursor, top;
    size_t family, place; /* of a family's text, and which of its places */
    bool has_pair;        /* families: of one thread alone */
    size_t pair;
    bool looks_only;
    uint64_t context; /* events around the place */
    char filter[CLI_SEARCH_MAX + 1];
};

/* Make a page; false when memory runs out. `width` columns are kept to. Released by the caller, also then. `message` gets a line about what
 * could not be shown, or nothing. */
bool cli_page_families(struct cli_page *page, const struct cli_viewed *viewed);
bool cli_page_threads(struct cli_page *page, const struct cli_viewed *viewed);
bool cli_page_family(struct cli_page *page, struct cli_viewed *viewed, unsigned width, char *message, size_t size);
bool cli_page_help(struct cli_page *page);
void cli_page_release(struct cli_page *page);

/* A row as one plain line, to be freed; NULL when memory runs out. */
char *cli_page_row(const struct cli_page *page, const struct cli_viewed *viewed, size_t row);

enum { CLI_TITLE_MAX = 256 };

/* The line above a page: the verdict, with control runs how many families are new, and what the page has; `size` of at least
 * 128. */
void cli_page_title(const struct cli_page *page, const struct cli_viewed *viewed, char *title, size_t size);

/* The line below a page: where the cursor is, and the keys that are wanted most; the same size. */
void cli_page_keys(const struct cli_page *page, char *keys, size_t size);

/* How many places a family has, and the one of an index, in the order of threads. */
bool cli_family_place(const struct evd_outcome *outcome, size_t family, size_t index, size_t *pair, size_t *divergence);

/* The next letter of a text: its bytes, and in *width its columns; -1 for what the terminal can't show. */
size_t cli_next_letter(const char *text, mbstate_t *state, int *width);
int cli_columns(const char *text);

/* Shows it until the user leaves. Returns an exit code, after a message where it is none of success. */
int cli_viewer_run(struct cli_viewed *viewed);

#endif
