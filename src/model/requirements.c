/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/builder_impl.h"

#include <string.h>

/* What no engine here can evaluate yet follows from the content; what a copied model or
 * a reader has noted of it before is dropped first, so that nothing stands twice. */

static const char *const derived[] = {"delay"};

static bool is_derived(const char *what)
{
    for (size_t i = 0; i < sizeof derived / sizeof derived[0]; i++) {
        if (strcmp(what, derived[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void require(bk_builder *builder, const char *what, const char *detail,
                    bk_where where)
{
    bk_builder_requirement(
        builder, &(bk_requirement){
                     .what = what, .detail = detail, .where = where, .kinetic = true});
}

static void require_delay(void *context, const bk_math_place *place)
{
    bk_builder *const builder = context;
    if (bk_expr_uses_op(builder->model->exprs, place->math, BK_OP_DELAY)) {
        require(builder, "delay", place->name, place->where);
    }
}

void bk_derive_requirements(bk_builder *builder)
{
    bk_model *const m = builder->model;
    int32_t n = 0;
    for (int32_t i = 0; i < m->n_requirements; i++) {
        if (!is_derived(m->requirements[i].what)) {
            m->requirements[n++] = m->requirements[i];
        }
    }
    m->n_requirements = n;
    bk_model_each_math(m, require_delay, builder);
}
