/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "base/text.h"
#include "logic/claim_impl.h"

/* From what was said to conditions of few kinds, premises kept apart. */
typedef struct lowering {
    bk_claim *claim;
    const bk_condition_list *said;
    bool fair;
} lowering;

static bool print(const lowering *l, int32_t i, bk_text *to)
{
    const bk_condition_node *const c = &l->said->at[i];
    static const char *const between[] = {[BK_SAYS_AND] = " and ",
                                          [BK_SAYS_OR] = " or ",
                                          [BK_SAYS_UNTIL] = " until ",
                                          [BK_SAYS_IMPLIES] = " implies "};
    const bool until = c->says == BK_SAYS_UNTIL;
    switch (c->says) {
    case BK_SAYS_FALSE:
    case BK_SAYS_TRUE:
    case BK_SAYS_STEADY:
        bk_text_add(to, c->says == BK_SAYS_TRUE    ? "true"
                        : c->says == BK_SAYS_FALSE ? "false"
                                                   : "steady");
        break;
    case BK_SAYS_LEVEL: {
        const int max = bk_symbol_max_level(l->claim->model, c->x);
        bk_text_add(to, bk_symbol_id(l->claim->model, c->x));
        if (c->low == c->high || c->low > c->high) {
            bk_text_printf(to, c->low == c->high ? "=%d" : " in no level", c->low);
        } else {
            bk_text_printf(to, c->high == max ? ">=%d" : "<=%d",
                           c->high == max ? c->low : c->high);
        }
        break;
    }
    case BK_SAYS_NOT:
        bk_text_add(to, "not ");
        return print(l, c->a, to);
    case BK_SAYS_EVENTUALLY:
    case BK_SAYS_ALWAYS:
        bk_text_printf(to, "%s %s (", c->possibly ? "possibly" : "inevitably",
                       c->says == BK_SAYS_ALWAYS ? "always" : "eventually");
        print(l, c->a, to);
        bk_text_add_char(to, ')');
        break;
    default:
        bk_text_add(to, !until ? "(" : c->possibly ? "possibly (" : "inevitably (");
        print(l, c->a, to);
        bk_text_add(to, between[c->says]);
        print(l, c->b, to);
        bk_text_add_char(to, ')');
        break;
    }
    return !to->failed;
}

static const char *printed(lowering *l, int32_t from, int32_t i)
{
    bk_text text = {0};
    if (from >= 0) {
        bk_text_add(&text, "from ");
        print(l, from, &text);
        bk_text_add(&text, ": ");
    }
    const char *const kept =
        print(l, i, &text) ? bk_arena_text(l->claim->arena, text.data) : NULL;
    bk_text_free(&text);
    return kept;
}

static int32_t make(lowering *l, bk_says says, int32_t a, int32_t b)
{
    return bk_condition_add(&l->claim->conditions,
                            (bk_condition_node){.says = says, .a = a, .b = b});
}

static int32_t make_not(lowering *l, int32_t a)
{
    return make(l, BK_SAYS_NOT, a, -1);
}

static int32_t make_way(lowering *l, int32_t to)
{
    return make(l, BK_SAYS_WAY, make(l, BK_SAYS_TRUE, -1, -1), to);
}

/* Some way stays in a; a fair one does so when it comes to where none leaves a. */
static int32_t make_stay(lowering *l, int32_t a)
{
    if (!l->fair) {
        return make(l, BK_SAYS_STAY, a, -1);
    }
    return make(l, BK_SAYS_WAY, a, make_not(l, make_way(l, make_not(l, a))));
}

static int32_t make_until(lowering *l, const bk_condition_node *said, int32_t a,
                          int32_t b)
{
    if (said->possibly) {
        return make(l, BK_SAYS_WAY, a, b);
    }
    const int32_t not_b = make_not(l, b);
    const int32_t neither = make(l, BK_SAYS_AND, make_not(l, a), not_b);
    return make_not(l, make(l, BK_SAYS_OR, make(l, BK_SAYS_WAY, not_b, neither),
                            make_stay(l, not_b)));
}

static bool add_premise(lowering *l, int32_t said, int32_t made, bool later)
{
    bk_claim *const c = l->claim;
    const bk_premise premise = {later ? make_way(l, made) : made, printed(l, -1, said)};
    if (premise.reached < 0 || premise.text == NULL ||
        !bk_grow(&c->premises, &c->premise_capacity, c->n_premises + 1,
                 sizeof *c->premises)) {
        return false;
    }
    c->premises[c->n_premises++] = premise;
    return true;
}

/* later: below a temporal word; asserted: not below `not` or in a premise. */
static int32_t lower(lowering *l, int32_t i, bool later, bool asserted)
{
    const bk_condition_node said = l->said->at[i];
    const bool temporal = said.says >= BK_SAYS_EVENTUALLY;
    int32_t a = -1;
    int32_t b = -1;
    if (said.says >= BK_SAYS_NOT) {
        a = lower(l, said.a, later || temporal,
                  asserted && said.says != BK_SAYS_NOT && said.says != BK_SAYS_IMPLIES);
    }
    if (said.says == BK_SAYS_AND || said.says == BK_SAYS_OR ||
        said.says == BK_SAYS_UNTIL || said.says == BK_SAYS_IMPLIES) {
        b = lower(l, said.b, later || temporal, asserted);
    }
    switch (said.says) {
    case BK_SAYS_IMPLIES:
        if (a >= 0 && asserted && !add_premise(l, said.a, a, later)) {
            return -1;
        }
        return make(l, BK_SAYS_OR, make_not(l, a), b);
    case BK_SAYS_EVENTUALLY:
        return said.possibly ? make_way(l, a)
                             : make_not(l, make_stay(l, make_not(l, a)));
    case BK_SAYS_ALWAYS:
        return said.possibly ? make_stay(l, a)
                             : make_not(l, make_way(l, make_not(l, a)));
    case BK_SAYS_UNTIL:
        return make_until(l, &said, a, b);
    case BK_SAYS_FALSE:
    case BK_SAYS_TRUE:
    case BK_SAYS_LEVEL:
    case BK_SAYS_STEADY:
        return bk_condition_add(&l->claim->conditions, said);
    default:
        return make(l, said.says, a, b);
    }
}

bk_status bk_claim_lower(bk_claim *claim, const bk_condition_list *said, int32_t from,
                         int32_t whole, bool fair)
{
    lowering l = {.claim = claim, .said = said, .fair = fair};
    claim->text = printed(&l, from, whole);
    claim->from = from >= 0 ? lower(&l, from, false, false) : -1;
    claim->whole = lower(&l, whole, false, true);
    return claim->text == NULL || claim->whole < 0 || (from >= 0 && claim->from < 0)
               ? BK_NO_MEMORY
               : BK_OK;
}
