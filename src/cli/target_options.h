#ifndef REHEARSE_CLI_TARGET_OPTIONS_H
#define REHEARSE_CLI_TARGET_OPTIONS_H

/* The options that describe a target without a scenario file; baseline and replay share them. */
#include "options.h"
#include "rehearse/replay/target.h"

struct target_options {
    const char *target;          /* URL */
    struct option_texts hosts;   /* PRODUCTION=PLACE */
    struct option_texts connect; /* AUTHORITY=ADDRESS */
    const char *ca;
    bool insecure, http1, allow_mutations;
};

#define TARGET_OPTIONS(o)                                                                          \
    { 0, "target", "URL", "where all production hosts live", OPTION_TEXT, &(o).target },           \
        { 0,                                                                                       \
          "host",                                                                                  \
          "NAME=PLACE",                                                                            \
          "where one production host lives; may be repeated",                                      \
          OPTION_TEXTS,                                                                            \
          &(o).hosts },                                                                            \
        { 0,                                                                                       \
          "connect",                                                                               \
          "HOST:PORT=ADDRESS",                                                                     \
          "connect there instead of asking DNS",                                                   \
          OPTION_TEXTS,                                                                            \
          &(o).connect },                                                                          \
        { 0, "ca", "FILE", "certificates to trust besides the system's", OPTION_TEXT, &(o).ca },   \
        { 0, "insecure", NULL, "do not verify TLS certificates", OPTION_FLAG, &(o).insecure },     \
    {                                                                                              \
        0, "http1", NULL, "HTTP/1.1 only", OPTION_FLAG, &(o).http1                                 \
    }

/* E_USAGE when neither --target nor --host is there, or when one is malformed. */
int target_of_options(struct target **ret, const struct target_options *options, const char *name,
                      bool production, struct err *err);

#endif
