/* Frames: zstd data of many frames that say how much text they hold, unpacked by several threads at once.
 *
 * The slow twin is unpacking frame after frame (base/decompress.c). It also takes over where anything is not as it should be, so
 * that what is said of damaged data does not depend on threads. */
#ifndef EVD_BASE_FRAMES_H
#define EVD_BASE_FRAMES_H

#include "base/text_memory.h"

/* A frame that claims to hold so many times the bytes that it has is not believed. */
enum { EVD_FRAMES_CLAIMED_RATIO_MAX = 64 };

/* Unpacks all of the data into `memory`, which is empty but may have a limit, on up to `threads` threads, at least 1. True when
 * that is done, and the text is added. False: nothing was added, because the data is one piece for one thread, a frame does not say
 * how much it holds, or says more than there is room for beside the other spans of the limit, memory ran out, or something is damaged.
 * Cost: linear; memory beyond the text is a decompressor a thread. */
bool evd_frames_unpack(const char *bytes, size_t length, unsigned threads, struct evd_text_memory *memory);

#endif
