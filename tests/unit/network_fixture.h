/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_TEST_NETWORK_FIXTURE_H
#define BK_TEST_NETWORK_FIXTURE_H

/* The shipped networks of reactions, opened with what lies beside them. */

#include "model_file_fixture.h"

#include <blockade/blockade.h>

static const char *const reaction_networks[] = {
    "ras-raf-mek-erk-orton2009", "pi3k-akt-mtor-borisov2009", "akt-s6-fujita2010"};
enum { REACTION_NETWORKS = 3 };

typedef struct net {
    bench t;
    bk_library *library;
} net;

static inline net open_net(const char *name)
{
    net n;
    char folder[100], path[200];
    snprintf(folder, sizeof folder, "networks/%s", name);
    snprintf(path, sizeof path, "%s/%s.sbml", folder, name);
    n.t = opened_file(path, false);
    n.t.settings.rtol = 1e-9;
    assert_int_equal(bk_library_read(folder, n.t.diag, &n.library), BK_OK);
    return n;
}

static inline void close_net(net *n)
{
    bk_library_free(n->library);
    closed(&n->t);
}

static inline void until(bench *t, double end, int steps)
{
    t->settings.t_start = 0.0;
    t->settings.t_end = end;
    t->settings.steps = steps;
}

#endif
