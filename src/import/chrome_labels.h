/* Chrome labels: what the threads and processes of a Chrome trace are called, each once, under a number. */
#ifndef EVD_IMPORT_CHROME_LABELS_H
#define EVD_IMPORT_CHROME_LABELS_H

#include "base/buffer.h"
#include "base/table.h"

struct evd_chrome_label {
    uint64_t start; /* in `names` */
    size_t length;
    uint64_t name_start; /* of what metadata calls it, in `names` */
    size_t name_length;  /* 0: nothing does */
};

/* All zero is one without any. */
struct evd_chrome_labels {
    struct evd_buffer names;
    struct evd_chrome_label *list;
    size_t count, capacity, last;
    struct evd_table by_hash; /* hashes of labels to their numbers */
};

/* The number of a label. False when memory runs out. */
bool evd_chrome_label(struct evd_chrome_labels *labels, const char *label, size_t length, uint32_t *number);

void evd_chrome_labels_release(struct evd_chrome_labels *labels);

#endif
