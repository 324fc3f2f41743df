/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_STATIONARY_H
#define BK_LOGIC_STATIONARY_H

#include "logic/space.h"

/* What part of the time a process that never leaves the states ids[count] is in each of
 * them: its stationary distribution, to a relative residual of 1e-11.  continuous: of
 * the time; else of the moves.  Leaves the walk in one of the states.  BK_NUMERICAL when
 * it does not converge. */
bk_status bk_logic_stationary(bk_logic_work *work, bk_space *space, const uint32_t *ids,
                              uint32_t count, bool continuous, double *part);

#endif
