/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_MODEL_MOIETIES_H
#define BK_MODEL_MOIETIES_H

#include <blockade/model.h>

/* bk_moieties_find where something else changes the amounts of these species too, as
 * edits do: excluded [symbols] or NULL; between events, that is whatever events assign, or
 * not. */
bk_status bk_moieties_find_without(const bk_model *model, const bool *excluded,
                                   bool between_events, bk_moieties **moieties);

#endif
