#include "evdiff/version.h"

#define TEXT_OF(number) #number
#define TEXT(number)    TEXT_OF(number)

const char *evd_version(void)
{
    return TEXT(EVD_VERSION_MAJOR) "." TEXT(EVD_VERSION_MINOR) "." TEXT(EVD_VERSION_PATCH);
}
