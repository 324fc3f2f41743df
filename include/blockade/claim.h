/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_CLAIM_H
#define BLOCKADE_CLAIM_H

/* Claims about what a logical model can, must and cannot do, and whether they hold.
 *
 *     possibly eventually ERK=1
 *     from EGF=1 and ERK=0: eventually ERK=1
 *     always (AKT=0 implies possibly eventually Apoptosis=1)
 *
 * A claim is about the states that asynchronous moves lead to: one level at a time goes
 * one step to what its rule wants.  A *way* is a row of such moves that goes on for ever
 * or ends in a state where nothing moves.
 *
 *     eventually P           on every way P holds at some time     AF   (inevitable)
 *     possibly eventually P  on some way                           EF   (possible)
 *     always P               P holds all along every way           AG
 *     possibly always P      all along some way                    EG
 *     P until Q              on every way Q holds at some time,
 *                            and P at all times before             A[P U Q]
 *     possibly P until Q     on some way                           E[P U Q]
 *
 * This is CTL (Clarke, Emerson, Sistla 1986, doi:10.1145/5397.5399) without `next`.  P
 * and Q are `X=1`, `X!=1`, `X>=1`, `X<=1`, `X>1`, `X<1`, `X` (which is X>=1), `steady`
 * (nothing moves), `true`, `false`, claims themselves, and what `not`, `and`, `or`,
 * `implies` and parentheses make of them, `not` binding first, then `and`, `or`, `until`,
 * `implies`.  `eventually`, `always` and `possibly` reach as far to the right as they
 * can.  `inevitably` may stand where `possibly` does not.  A name that is one of these
 * words or holds other signs than letters, digits and _ . : / - stands in double quotes.
 * What others are shown of a level (a drug) is not asked, but its own state.
 *
 * Where it starts: in the start state, or in each of those that a model draws from.
 * `from P` starts in all states with P in which all levels that P does not name are at
 * their start; further levels can be set free.  A claim holds when it does in every start.
 *
 * *Fair* ways are those on which no move is put off for ever that comes within reach
 * again and again; all others have probability 0 when moves are drawn.  `eventually` then
 * means: with probability 1. */

#include <blockade/engine.h>
#include <blockade/table.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bk_claim bk_claim; /* the model must outlive it */

/* where: of the text, for messages.  fair: about fair ways only.  A claim has at most
 * 10,000 parts (comparisons and words that join them), 200 within one another. */
bk_status bk_claim_parse(const bk_model *model, const char *text, bool fair,
                         bk_where where, bk_diag *diag, bk_claim **claim);
void bk_claim_free(bk_claim *claim);
/* As it was understood, every part in parentheses. */
const char *bk_claim_text(const bk_claim *claim);

typedef enum bk_answer { BK_NO, BK_YES, BK_NOT_DECIDED } bk_answer;

typedef struct bk_claim_settings {
    const int32_t
        *free; /* [n_free] levels that start anywhere, besides those of `from` */
    size_t n_free;
    bool all_free;
    long max_states; /* looked at one by one; 0: 1,000,000, about 100 bytes each */
    long max_nodes;  /* of decision diagrams; 0: 2,000,000, about 200 bytes each */
    bool (*cancelled)(void *context); /* asked now and then; NULL: never */
    void *cancel_context;
} bk_claim_settings;

typedef struct bk_verdict
    bk_verdict; /* the model must outlive it, the claim need not */

/* An overlay (or NULL) counts as in every run.  First the smallest box of levels that
 * holds the starts and that no move leaves: what is constant in it, or cannot matter, is
 * left out.  Then every state that can be reached, one by one, where these are few; else
 * sets of states as decision diagrams; else as many states as max_states allows, which
 * may decide it all the same.  BK_MISUSE, with a message, for a system that is not of
 * logic. */
bk_status bk_claim_check(const bk_system *logic_system, const bk_overlay *overlay,
                         const bk_claim *claim, const bk_claim_settings *settings,
                         bk_diag *diag, bk_verdict **verdict);
void bk_verdict_free(bk_verdict *verdict);
bk_answer bk_verdict_answer(const bk_verdict *verdict);
/* How it is known or, where it is not decided, what is missing. */
const char *bk_verdict_text(const bk_verdict *verdict);
/* Why a yes says little: there is no start, or a premise is never true; else "". */
const char *bk_verdict_vacuous(const bk_verdict *verdict);

/* A way that shows the answer: to what is possible (yes) or from a start in which the
 * claim fails (no).  Where the answer is that there is no way, there is none: 0 moves, as
 * where a start shows it. */
typedef struct bk_path_move {
    int32_t symbol;
    int from, to;
} bk_path_move;
size_t bk_verdict_moves(const bk_verdict *verdict);
bk_path_move bk_verdict_move(const bk_verdict *verdict, size_t i);
/* From the end it goes on at the state before this move, for ever; -1: it does not. */
long bk_verdict_repeats(const bk_verdict *verdict);
/* The start of the way; -1 for what is no level, and when there is no start. */
int bk_verdict_start(const bk_verdict *verdict, int32_t symbol);
/* One row a move, those with step 0 the start as far as it could be chosen: step, level,
 * from, to, and `repeats` where the way comes back to the state before that move. */
bk_status bk_verdict_table(const bk_verdict *verdict, bk_table **table);

#ifdef __cplusplus
}
#endif
#endif
