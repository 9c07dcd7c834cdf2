/* What every fuzz target defines: libFuzzer calls it, and so does replay.c on the saved corpus. */
#ifndef EVD_FUZZ_TARGET_H
#define EVD_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
