/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_START_H
#define BK_LOGIC_START_H

/* Where the runs of a bound workspace start: in its one start state, or in one drawn
 * from the groups of the model.  What an edit says of a level, and a state given by the
 * settings, win over what is drawn. */

#include "logic/walk.h"

/* Prepares drawing; to be called after bk_logic_bind. */
void bk_start_bind(bk_logic_work *work, const bk_overlay *overlay,
                   const bk_settings *settings);
/* Draws the levels of a start, work->begin, and leaves the walk where it is. */
void bk_start_draw_levels(bk_logic_work *work, bk_random *random);
/* Puts the walk into a start; hidden levels are drawn as in the long run. */
void bk_start_draw(bk_logic_work *work, bk_random *random);
/* All starts of a probability above 0, one after the other: the walk is in each of them
 * when visit(context, probability) is called; false from it ends this.  Their number is
 * the product over the groups; hidden levels are shown. */
bool bk_start_each(bk_logic_work *work, bool (*visit)(void *context, double part),
                   void *context);

#endif
