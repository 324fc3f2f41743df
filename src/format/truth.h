/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_FORMAT_TRUTH_H
#define BK_FORMAT_TRUTH_H

/* The function of one level, evaluated for 64 states of its regulators at once.
 *
 * A state is given by planes: for each regulator r and each t = 1 .. its highest level
 * one word, whose bit k says whether r is at least t in state k.  A level without a
 * rule keeps what it has, so its function is itself; that is also how `x, x` is read.
 */

#include "model/model.h"

typedef struct bk_truth {
    const bk_model *model;
    int32_t target;
    int32_t n_regulators;
    int32_t *regulators; /* symbols, ascending */
    int32_t *first; /* [n_regulators + 1] first plane of each; last: their number */
    /* inside: the conditions as a list of steps, one after the other */
    const bk_logic *logic; /* NULL: keeps its level */
    struct bk_truth_step *steps;
    int32_t *arguments; /* of all steps, as numbers of steps */
    int32_t *ends;      /* by term: the number of its last step */
    uint64_t *words;    /* by step */
    size_t n_steps, step_capacity, n_arguments, argument_capacity;
} bk_truth;

/* BK_UNSUPPORTED when a condition holds more than levels and logic. */
bk_status bk_truth_start(const bk_model *model, int32_t level, bk_truth *truth);
void bk_truth_end(bk_truth *truth);
/* result[l], l = 0 .. highest level of the target: the states in which it is l. */
void bk_truth_evaluate(bk_truth *truth, const uint64_t *planes, uint64_t *result);

#endif
