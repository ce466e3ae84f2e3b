#ifndef REHEARSE_SRC_HTTP_GRAPHQL_H
#define REHEARSE_SRC_HTTP_GRAPHQL_H

#include "rehearse/http/mutation.h"

/*
 * What a GraphQL document does (GraphQL specification, section 2.3): operations and
 * the names of their first fields, strings and comments passed over. No validation.
 */
struct graphql_reading {
    bool reads_only;           /* every operation that may be meant is a query */
    enum mutation_class class; /* by the names of operations and root fields of the mutations */
};

/* `operation`: the name of the one that is meant; empty or none: any of them. */
struct graphql_reading graphql_read(struct span document, struct span operation);
/* Does it look like a document at all, and not like what somebody typed into a search box? */
bool graphql_is_document(struct span text);

#endif
