/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_SOLVE_SAT_H
#define BK_SOLVE_SAT_H

/* Satisfiability of clauses: the fence round CaDiCaL (Biere, Fazekas, Fleury, Heisinger
 * 2020, doi:10.34727/2020/isbn.978-3-85448-042-6_33).
 *
 * Variables are numbered from 1; a literal is a variable or its negative.  The solver is
 * incremental: clauses may be added after an answer.  Where it is free to choose it tries
 * true first, so that variables should say what answers are wanted to be.  CaDiCaL itself aborts the process
 * when the system has no memory left for it. */

#include <stdbool.h>

typedef struct bk_sat bk_sat;

bk_sat *bk_sat_new(void); /* NULL when memory is short */
void bk_sat_free(bk_sat *sat);
/* A literal of the clause under construction; 0 ends the clause. */
void bk_sat_add(bk_sat *sat, int literal);
/* For the next answer only: a literal that must hold; a literal of one clause that must
 * hold, 0 ends it. */
void bk_sat_assume(bk_sat *sat, int literal);
void bk_sat_constrain(bk_sat *sat, int literal);
bool bk_sat_solve(bk_sat *sat); /* true: bk_sat_value tells an assignment */
/* Asked often while it solves; true ends that with no answer.  stop may be NULL. */
void bk_sat_stop_when(bk_sat *sat, bool (*stop)(void *context), void *context);
bool bk_sat_stopped(const bk_sat *sat); /* whether the last solving was ended so */
bool bk_sat_value(bk_sat *sat, int literal);

#endif
