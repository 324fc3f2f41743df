/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_TEST_NETWORK_FIXTURE_H
#define BK_TEST_NETWORK_FIXTURE_H

/* The shipped networks of reactions, opened with what lies beside them. */

#include "kinetic_fixture.h"

#include <blockade/blockade.h>

static const char *const reaction_networks[] = {
    "ras-raf-mek-erk-orton2009", "pi3k-akt-mtor-borisov2009", "akt-s6-fujita2010"};
enum { REACTION_NETWORKS = 3 };

typedef struct net {
    bench t;
    bk_library *library;
} net;

static inline void open_file(bench *t, const char *path)
{
    memset(t, 0, sizeof *t);
    t->settings = bk_settings_defaults();
    t->diag = bk_diag_new();
    t->settings.rtol = 1e-9;
    if (bk_model_read(path, NULL, t->diag, &t->model) != BK_OK ||
        bk_engine_ode.compile(t->model, t->diag, &t->system) != BK_OK ||
        bk_engine_ode.workspace(t->system, &t->workspace) != BK_OK) {
        tell(t->diag);
        fail_msg("cannot read %s", path);
    }
}

static inline net open_net(const char *name)
{
    net n;
    char folder[100], path[200];
    snprintf(folder, sizeof folder, "networks/%s", name);
    snprintf(path, sizeof path, "%s/%s.sbml", folder, name);
    open_file(&n.t, path);
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
