/* The version of the library, for the preprocessor and at run time.
 *
 * API and ABI: while MAJOR is 0, a new MINOR may change both, so what uses the library is compiled anew, and reads the
 * headers again where it does not compile; a new PATCH changes neither. From 1.0.0 on a new MINOR only adds to the API:
 * what was written against an older one compiles and means the same. Until a release says otherwise the library is
 * static, and only the API is kept: structs may get members at their end, so set the options by name, the rest zero. */
#ifndef EVDIFF_VERSION_H
#define EVDIFF_VERSION_H

#ifdef __cplusplus
extern "C" {
#endif

#define EVD_VERSION_MAJOR 0
#define EVD_VERSION_MINOR 1
#define EVD_VERSION_PATCH 0

/* A version as one number, the later the greater; MINOR and PATCH are below 1000.
 *
 *     #if EVD_VERSION < EVD_VERSION_NUMBER(0, 1, 0) */
#define EVD_VERSION_NUMBER(major, minor, patch) (1000000 * (major) + 1000 * (minor) + (patch))

/* The version of these headers. */
#define EVD_VERSION EVD_VERSION_NUMBER(EVD_VERSION_MAJOR, EVD_VERSION_MINOR, EVD_VERSION_PATCH)

/* "MAJOR.MINOR.PATCH" of the library that is linked, which is that of the headers unless the two were mixed up. Never
 * freed; any thread may call. */
const char *evd_version(void);

#ifdef __cplusplus
}
#endif

#endif
