/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_TOOLS_STEADY_H
#define BLOCKADE_TOOLS_STEADY_H

/* What is told of a steady state beside its values. */

#include "cli.h"

/* Tells each conserved moiety of a system of the ode engine as "A + AP = 100" (amounts,
 * the total at the start); returns how many there are. */
int32_t cli_conserved(const bk_system *system, const bk_overlay *overlay,
                      void (*tell)(void *context, const char *text), void *context);
/* The stability of the steady state of an outcome in words. */
void cli_stability(const bk_system *system, const bk_overlay *overlay,
                   const bk_settings *settings, const bk_outcome *outcome,
                   bk_workspace *workspace, char *text, size_t size);

/* All of them, one row each: state, kind, eigenvalue (largest real part), starts that lead
 * there, own (whether the model's start does), the values, note.  `one` makes the table of
 * one outcome: time, then the values. */
bk_status cli_steady_table(const bk_steady_states *states,
                           bk_status (*one)(void *context, const bk_outcome *outcome,
                                            bk_table **table),
                           void *context, bk_table **table);

#endif
