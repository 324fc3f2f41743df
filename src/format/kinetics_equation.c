/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "format/kinetics_equation.h"

#include "base/text.h"

#include <math.h>
#include <string.h>

typedef struct side {
    bk_arena *arena;
    bk_equation_term *term;
    void *context;
    bool product, refused, memory;
} side;

/* One term, `2 B` or `B`, from at to end. */
static bool read_term(side *s, const char *at, const char *end)
{
    double number = 1.0;
    const char *const after = bk_double_scan(at, end, &number);
    at = after != NULL ? after : at;
    at += strspn(at, " ");
    while (end > at && end[-1] == ' ') {
        end--;
    }
    const char *const name =
        bk_arena_text_n(s->arena, at, end > at ? (size_t)(end - at) : 0);
    s->memory = name == NULL;
    if (s->memory || !bk_is_sid(name) || !(number > 0.0) || !isfinite(number)) {
        return false;
    }
    s->refused = s->refused || !s->term(s->context, name, number, s->product);
    return true;
}

static bool read_side(side *s, const char *at, const char *end)
{
    at += strspn(at, " ");
    if (at >= end) {
        return true;
    }
    for (;;) {
        const char *const plus = memchr(at, '+', (size_t)(end - at));
        const char *const stop = plus != NULL ? plus : end;
        if (!read_term(s, at, stop)) {
            return false;
        }
        if (plus == NULL || s->refused) {
            return true;
        }
        at = plus + 1;
        at += strspn(at, " ");
    }
}

bk_status bk_equation_parse(bk_arena *arena, const char *text, bk_equation_term *term,
                            void *context)
{
    const char *const arrow = strstr(text, "->");
    side s = {.arena = arena, .term = term, .context = context};
    if (arrow == NULL) {
        return BK_BAD_INPUT;
    }
    bool fine =
        read_side(&s, text, arrow > text && arrow[-1] == '<' ? arrow - 1 : arrow);
    s.product = true;
    fine = fine && (s.refused || read_side(&s, arrow + 2, text + strlen(text)));
    return fine ? BK_OK : s.memory ? BK_NO_MEMORY : BK_BAD_INPUT;
}
