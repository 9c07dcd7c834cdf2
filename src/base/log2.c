#include "base/log2.h"

uint64_t evd_log2(uint64_t number)
{
    const int whole = 63 - __builtin_clzll(number);
    const uint64_t fraction = whole >= 8 ? number >> (whole - 8) : number << (8 - whole);
    return (uint64_t)whole * 256 + (fraction & 255);
}
