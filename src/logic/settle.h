/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_SETTLE_H
#define BK_LOGIC_SETTLE_H

#include "logic/reader.h"

/* The attractors that random runs reach, and the mean over runs of the long-run averages
 * there: exact for attractors that could be explored (fixed points and most others),
 * else by long simulation.  continuous: averages over time instead of over moves. */
bk_status bk_logic_settle(bk_logic_work *work, const bk_overlay *overlay,
                          const bk_settings *settings, bool continuous, bk_diag *diag,
                          bk_outcome **outcome);

#endif
