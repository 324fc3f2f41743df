/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_MODEL_DD_H
#define BK_MODEL_DD_H

/* The rule of one level as a decision diagram: a small graph in which every inner node
 * asks for the level of one regulator and has one child a level.  On every way down the
 * regulators come in one order, no node has equal children, and no two nodes are the
 * same, so that the diagram depends on the function only and not on how it was written;
 * a regulator without a node has no influence.
 *
 * The diagram stays small (tens of nodes) for the functions in use, of many regulators
 * too, where a table of all their states would not fit into any memory. */

#include "model/model.h"

typedef struct bk_dd {
    int32_t regulators;
    int32_t *regulator; /* [regulators] the symbol of a variable, outermost first; also
                           those that the text of the rule names without effect */
    int32_t *levels;    /* [regulators] how many levels it has: its highest and 1 */
    int32_t terminals;  /* nodes 0 .. terminals - 1 are the levels themselves */
    int32_t nodes;      /* children have smaller numbers than their parents */
    int32_t root;
    int32_t *variable; /* [nodes] index in regulator; -1 for the terminals */
    int32_t *first;    /* [nodes] where its children start in children */
    int32_t *children; /* one a level of the variable */
} bk_dd;

/* BK_UNSUPPORTED when the diagram or what it is made from has too many nodes: more than
 * most, or some tens of times as many on the way there.  The model's conditions must be
 * checked. */
bk_status bk_dd_build(const bk_model *model, int32_t logic, int32_t most, bk_dd **dd);
/* The same, its terminals telling which of the rule's cases decides: the terms in their
 * order, then what holds otherwise.  Cases of the same level and rate count as the first
 * of them. */
bk_status bk_dd_build_cases(const bk_model *model, int32_t logic, int32_t most,
                            bk_dd **dd);
void bk_dd_free(bk_dd *dd);

/* The level that the rule gives; levels by symbol id.  At most one step a regulator. */
int bk_dd_evaluate(const bk_dd *dd, const int *levels);

/* By variable: +1 when the function never falls as the regulator rises, -1 when it
 * never rises, 0 when it does both or does not depend on it.  effective[]: whether it
 * depends on it.  Exact.  Up to quadratic in the nodes; BK_UNSUPPORTED when that is too
 * much (then every sign is 0). */
bk_status bk_dd_signs(const bk_dd *dd, signed char *sign, bool *effective);

/* Two terms of a logic that give different levels and hold in a common state: their
 * numbers within the logic, or -1 when there are none.  BK_UNSUPPORTED as build. */
bk_status bk_dd_overlap(const bk_model *model, int32_t logic, int32_t most,
                        int32_t *earlier, int32_t *later);

#endif
