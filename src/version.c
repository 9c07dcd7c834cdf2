#include "evdiff/evdiff.h"

const char *evd_version(void)
{
    return EVD_VERSION;
}
