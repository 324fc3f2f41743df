/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_BLOCKADE_H
#define BLOCKADE_BLOCKADE_H

/* libblockade: signaling pathway models from SBML to predictions.
 *
 *     bytes -> model -> system -> outcome -> table -> bytes
 *
 * Ownership in one paragraph: what you make with `new, read, parse, compile, bind, run,
 * print` you free with the matching `free` (texts with bk_string_free); what an accessor
 * returns belongs to its container.  Models, systems, libraries and overlays are never
 * changed after they are made and may be shared by threads; a workspace belongs to one
 * thread.  The library prints nothing, exits never, and keeps no global state but what
 * bk_init sets in the libraries below it. */

#include <blockade/claim.h>
#include <blockade/control.h>
#include <blockade/dose.h>
#include <blockade/engine.h>
#include <blockade/experiment.h>
#include <blockade/explain.h>
#include <blockade/format.h>
#include <blockade/kinetic.h>
#include <blockade/lesions.h>
#include <blockade/logic.h>
#include <blockade/markov.h>
#include <blockade/network.h>
#include <blockade/predict.h>
#include <blockade/population.h>
#include <blockade/report.h>
#include <blockade/resistance.h>
#include <blockade/sbml.h>
#include <blockade/scenario.h>
#include <blockade/sensitivity.h>
#include <blockade/table.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BK_VERSION "0.1.0"

/* Sets returning error handlers in GSL and igraph (both abort by default), igraph's
 * attribute table and libxml2's one-time set-up.  For a program's main, once, before any
 * other call; a library user who has handlers of his own leaves it out and sets
 * igraph's attribute table himself before bk_network_new. */
void bk_init(void);

#ifdef __cplusplus
}
#endif
#endif
