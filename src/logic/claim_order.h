/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_CLAIM_ORDER_H
#define BK_LOGIC_CLAIM_ORDER_H

#include "logic/claim_impl.h"

/* Puts the nodes of a question in an order[n_nodes] in which those that act on one
 * another stand near: each is moved to the middle of the rules it is part of, and that
 * again and again, the best order kept (FORCE: Aloul, Markov, Sakallah 2003,
 * doi:10.1145/764808.764839).  False: memory was short. */
bool bk_claim_order(const bk_question *question, int32_t *order);

#endif
