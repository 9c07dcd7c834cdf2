/* Log2: how many bits a number is worth, without floating point. */
#ifndef EVD_BASE_LOG2_H
#define EVD_BASE_LOG2_H

#include <stdint.h>

/* log2 of a number from 1, in 1/256, by linear interpolation: at most 0.09 too small, the same on every
 * machine. */
uint64_t evd_log2(uint64_t number);

#endif
