/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_MATH_PROGRAM_H
#define BK_MATH_PROGRAM_H

/* Expressions compiled to register programs.
 *
 * A program works on one array of doubles, the slots: [symbols | extra slots the caller
 * reserved | constants | scratch].  It is a list of laws; a law computes one expression
 * from slots and stores it into one slot, where later laws can read it; or several that
 * have much in common.  Laws share no
 * scratch values, so an edit of one law touches nothing else: `redirect` makes one law
 * read another slot in place of a symbol's, which is how cuts and "what others see of
 * x" become data.  Nothing but operands is ever patched; literals are folded,
 * parameters are not.
 *
 * Every relation (a < b) of the laws has a number: with BK_FREE its truth comes from
 * the numbers and is written to status[], with BK_HELD it is read from status[], and in
 * both its gap a - b is written to gap[] as a root function. */

#include "math/expr.h"

typedef struct bk_program bk_program; /* immutable once finished, or a copy */
typedef struct bk_program_builder bk_program_builder;

/* symbols: slots 0..symbols-1 are symbol values; extra: slots symbols..symbols+extra-1
 * are the caller's (rates, seen values, partial derivatives ...). */
bk_program_builder *bk_program_builder_new(int32_t symbols, int32_t extra);
void bk_program_builder_free(bk_program_builder *builder);
/* Adds a law: slot[target] = e; *law is its number.  Functions must be inlined, RATE_OF,
 * DELAY and draws replaced by symbols of extra slots (SYMBOL payloads may name any slot below
 * symbols + extra); else BK_MISUSE.  A relation node seen before in the same pool keeps
 * its number.  e = -1 counts as memory that was short; after BK_NO_MEMORY finish fails
 * too, so one check at the end will do.  law may be NULL. */
bk_status bk_program_add(bk_program_builder *builder, const bk_exprs *pool, bk_expr e,
                         int32_t target, int32_t *law);
/* A law of several expressions: slot[targets[i]] = exprs[i], what they share computed
 * once.  None of them may read any of the targets. */
bk_status bk_program_add_together(bk_program_builder *builder, const bk_exprs *pool,
                                  const bk_expr *exprs, const int32_t *targets, int n,
                                  int32_t *law);
/* Ends the building and frees the builder (also on failure). */
bk_status bk_program_finish(bk_program_builder *builder, bk_program **program);
void bk_program_free(bk_program *program);
/* A copy of the operands for edits; shares all else with the original, which must live
 * as long. */
bk_status bk_program_copy(const bk_program *program, bk_program **copy);
/* Law reads slot `to` wherever it now reads slot `from`; how many places changed.  Both
 * are symbols or extra slots.  Does nothing to a program that is no copy. */
int bk_program_redirect(bk_program *copy, int32_t law, int32_t from, int32_t to);
/* Undoes all redirects of a copy. */
void bk_program_restore(bk_program *copy);

int32_t bk_program_slots(const bk_program *program); /* length of the slot array */
int32_t bk_program_time(const bk_program *program);  /* the slot of the time */
int32_t bk_program_laws(const bk_program *program);
int32_t bk_program_relations(const bk_program *program);
bk_op bk_program_relation_op(const bk_program *program, int32_t relation);
/* Writes the constants into slots[]; call once per slot array. */
void bk_program_prepare(const bk_program *program, double *slots);

typedef enum bk_truth { BK_FREE, BK_HELD } bk_truth;
/* Runs laws first..last-1 in order.  status and gap have one entry a relation; gap may
 * be NULL.  time is the value of the time symbol.  No allocation.  Laws are computed
 * whole: both sides of a choice, and every relation, in force or not. */
void bk_program_run(const bk_program *program, int32_t first, int32_t last,
                    double *slots, double time, bk_truth truth, unsigned char *status,
                    double *gap);
/* About the time that laws first..last-1 take, in multiplications. */
double bk_program_work(const bk_program *program, int32_t first, int32_t last);
/* The instructions as text, one a line. */
void bk_program_print(const bk_program *program, bk_text *text);

#endif
