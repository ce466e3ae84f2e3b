#ifndef REHEARSE_CLI_SAFETY_OPTIONS_H
#define REHEARSE_CLI_SAFETY_OPTIONS_H

/* What may be sent to a target and what must not be met on the way, without a scenario file. */
#include "options.h"
#include "rehearse/replay/production.h"
#include "rehearse/replay/target.h"

struct safety_options {
    struct option_texts refused;   /* classes of mutations */
    struct option_texts addresses; /* production's */
    struct option_texts shared;    /* words of production.h */
    uint64_t write_budget;         /* UINT64_MAX: none */
};

#define SAFETY_OPTIONS_NONE { .write_budget = UINT64_MAX }

#define SAFETY_OPTIONS(o)                                                                          \
    { 0,                                                                                           \
      "refuse",                                                                                    \
      "CLASS",                                                                                     \
      "of the mutations, not these: cart, payment, ...; may be repeated",                          \
      OPTION_TEXTS,                                                                                \
      &(o).refused },                                                                              \
        { 0, "write-budget", "N", "unsafe requests at most", OPTION_BIG, &(o).write_budget },      \
        { 0,                                                                                       \
          "production-address",                                                                    \
          "ADDRESS",                                                                               \
          "where production is, instead of asking DNS; may be repeated",                           \
          OPTION_TEXTS,                                                                            \
          &(o).addresses },                                                                        \
    {                                                                                              \
        0, "shared-with-production", "WORD",                                                       \
            "let the airbag pass a shared address, certificate or host", OPTION_TEXTS, &(o).shared \
    }

/* Into the target, and what production is known by; borrows from the options. E_USAGE for what is
 * malformed. */
int safety_of_options(const struct safety_options *options, struct target *target,
                      struct production_facts *ret, struct err *err);

#endif
