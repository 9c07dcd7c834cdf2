/* One block of a content hash, for any processor and for those with wide registers; base/content_hash.c picks. */
#ifndef EVD_BASE_CONTENT_HASH_BLOCK_H
#define EVD_BASE_CONTENT_HASH_BLOCK_H

#include "base/content_hash.h"

struct evd_hash128 evd_content_block_baseline(const char *bytes, size_t length);
struct evd_hash128 evd_content_block_v3(const char *bytes, size_t length);

#endif
