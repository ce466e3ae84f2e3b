#ifndef REHEARSE_SRC_MODEL_FREQUENCY_H
#define REHEARSE_SRC_MODEL_FREQUENCY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What eviction remembers of keys that are not stored. Both know keys by a part of
 * their hash: they err seldom and take a few bytes a key.
 */

/* The last `len` keys that were evicted (S3-FIFO's ghost queue). */
struct ghosts;
struct ghosts *ghosts_new(void);
void ghosts_free(struct ghosts *ghosts); /* NULL is fine */
void ghosts_add(struct ghosts *ghosts, uint64_t key, uint64_t len);
bool ghosts_have(const struct ghosts *ghosts, uint64_t key, uint64_t len);

/* How often a key was asked for lately: a count-min sketch that is halved now and then. */
struct sketch;
struct sketch *sketch_new(void);
void sketch_free(struct sketch *sketch); /* NULL is fine */
/* `objects` is how many are stored: the sketch grows with them. */
void sketch_count(struct sketch *sketch, uint64_t key, uint64_t objects);
unsigned sketch_estimate(const struct sketch *sketch, uint64_t key);

#endif
