/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_LANES_H
#define BK_LOGIC_LANES_H

/* Bit-sliced evaluation: BK_LANES states, or conditions, at once.
 *
 * A *word* holds one bit a lane.  A level is its *rails*, the words "level >= t" for
 * every t above its lowest.  A program has one operation, `out = choose ? yes : no`
 * lane by lane, because that is what a node of a decision diagram does; words 0 and 1 are
 * none and all, and logic, comparison and edits are choices among them.  So a step has
 * no branch, and the processor sees one short loop: compiled for AVX-512, AVX2 and
 * plain 64-bit words and chosen at run time, with the same bits as result. */

#include "base/arena.h"
#include "model/dd.h"

enum {
    BK_LANES = 512,
    BK_LANE_WORDS = BK_LANES / 64,
    BK_NO_LANE = 0, /* the word of no lane, and of all */
    BK_ALL_LANES = 1
};

typedef enum bk_lane_width {
    BK_WIDTH_BEST,
    BK_WIDTH_64,
    BK_WIDTH_256,
    BK_WIDTH_512
} bk_lane_width;

typedef struct bk_choice {
    int32_t out, choose, yes, no;
} bk_choice;

typedef struct bk_program_lanes {
    bk_choice *steps;
    size_t n, capacity;
    int32_t words;   /* in use */
    int32_t highest; /* most that were ever in use */
    bool failed;     /* memory was short */
} bk_program_lanes;

void bk_lanes_start(bk_program_lanes *p); /* an empty program */
void bk_lanes_free(bk_program_lanes *p);
/* Fresh words that no step has written yet; the first of them. */
int32_t bk_lanes_reserve(bk_program_lanes *p, int32_t count);
/* Words from `from` on are scratch again. */
void bk_lanes_release(bk_program_lanes *p, int32_t from);
/* The word of a choice; no step where it is one of the operands. */
int32_t bk_lanes_choose(bk_program_lanes *p, int32_t choose, int32_t yes, int32_t no);
static inline int32_t bk_lanes_or(bk_program_lanes *p, int32_t a, int32_t b)
{
    return bk_lanes_choose(p, a, BK_ALL_LANES, b);
}
static inline int32_t bk_lanes_and(bk_program_lanes *p, int32_t a, int32_t b)
{
    return bk_lanes_choose(p, a, b, BK_NO_LANE);
}
/* Writes word `from` into word `to`, which is not a constant. */
void bk_lanes_copy(bk_program_lanes *p, int32_t to, int32_t from);
/* "The diagram gives a level >= t".  rail[variable][k - 1]: the word "child k or later";
 * values: scratch by node of the diagram. */
int32_t bk_lanes_rule(bk_program_lanes *p, const bk_dd *dd, int t,
                      const int32_t *const *rail, int32_t *values);
/* "The diagram can give a level >= t" while its regulators lie between two sets of
 * rails, low and high; most false: "can give a level < t". */
int32_t bk_lanes_reach(bk_program_lanes *p, const bk_dd *dd, int t, bool most,
                       const int32_t *const *low, const int32_t *const *high,
                       int32_t *values);

/* Memory for the words of a program, aligned; word w is at BK_LANE_WORDS * w.  The
 * constants are set.  Free with bk_lanes_memory_free. */
typedef struct bk_lane_memory {
    void *block;
    uint64_t *words;
} bk_lane_memory;
bool bk_lanes_memory(const bk_program_lanes *p, bk_lane_memory *memory);
void bk_lanes_memory_free(bk_lane_memory *memory);
static inline uint64_t *bk_lane_word(const bk_lane_memory *memory, int32_t word)
{
    return memory->words + (size_t)BK_LANE_WORDS * (size_t)word;
}
static inline bool bk_lane_bit(const bk_lane_memory *memory, int32_t word, int lane)
{
    return (bk_lane_word(memory, word)[lane / 64] >> (lane % 64) & 1) != 0;
}
static inline void bk_lane_set(bk_lane_memory *memory, int32_t word, int lane, bool on)
{
    uint64_t *const w = bk_lane_word(memory, word) + lane / 64;
    const uint64_t bit = (uint64_t)1 << lane % 64;
    *w = on ? *w | bit : *w & ~bit;
}
/* All steps, in order. */
void bk_lanes_run(const bk_program_lanes *p, bk_lane_width width,
                  bk_lane_memory *memory);
/* The widest that this processor has; what it is called. */
bk_lane_width bk_lanes_best(void);
/* A walk of all lanes: the program makes the rails `next` of the rails `first`. */
typedef struct bk_lane_walk {
    const bk_program_lanes *program;
    bk_lane_memory *memory;
    int32_t first, next, rails;
} bk_lane_walk;
void bk_lanes_step(const bk_lane_walk *walk);
/* Where a lane came back to a state: after so many steps, to that `period` earlier. */
typedef struct bk_lane_end {
    long steps, period; /* period 0: it did not come back */
} bk_lane_end;
/* Steps until every lane is on its cycle, at most `most`, and until it is told to stop
 * (stop may be NULL): Brent 1980, doi:10.1007/BF01933190, a mark that jumps to the
 * present state after 1, 2, 4 ... steps.  mark: scratch [rails * BK_LANE_WORDS].
 * Returns the steps taken. */
long bk_lanes_settle(const bk_lane_walk *walk, long most, bool (*stop)(void *context),
                     void *context, uint64_t *mark, bk_lane_end *ends);

/* Turns rows of bits into columns: number l has bit b where bit l of row b is set, and
 * back; numbers of up to 64 bits, in place. rows[64 * BK_LANE_WORDS]: row b at
 * BK_LANE_WORDS * b; number l at BK_LANE_WORDS * (l % 64) + l / 64. */
void bk_lanes_transpose(uint64_t *rows);

#endif
