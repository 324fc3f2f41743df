/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "base/c_locale.h"
#include "base/text.h"
#include "logic/claim_impl.h"
#include "model/model.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_DEEP = 200, MOST_PARTS = 10000 };

typedef struct token {
    const char *at;
    size_t length;
    bool quoted;
} token;

typedef struct parsing {
    bk_claim *claim;
    const char *text, *next;
    token here;
    bk_where where;
    bk_diag *diag;
    bk_condition_list said;
    bk_status status;
    int depth;
    bool fair;
} parsing;

static const char *const words[] = {
    "from",   "not",    "and",  "or",    "until",    "implies",   "eventually",
    "always", "steady", "true", "false", "possibly", "inevitably"};

static bool in_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("_.:/-", c) != NULL) || (unsigned char)c >= 0x80;
}

/* The next name, number, sign or quoted name; empty at the end, and where a quote is not
 * closed. */
static void advance(parsing *p)
{
    const char *s = p->next;
    s += strspn(s, " \t\r\n");
    const char *end = s;
    p->here = (token){.at = s};
    if (*s == '"') {
        p->here.at = s + 1;
        p->here.quoted = true;
        p->here.length = strcspn(s + 1, "\"");
        end = s + 1 + p->here.length;
        p->next = *end == '"' ? end + 1 : end;
        p->here.length = *end == '"' ? p->here.length : 0;
        return;
    }
    if (in_name(*s)) {
        while (in_name(*end)) {
            end++;
        }
        /* "from A=1: B=1" */
        while (end > s + 1 && end[-1] == ':') {
            end--;
        }
    } else if (*s != '\0') {
        end += s[1] == '=' && strchr("<>!=", *s) != NULL ? 2 : 1;
    }
    p->here.length = (size_t)(end - s);
    p->next = end;
}

static bool is(const parsing *p, const char *text)
{
    return !p->here.quoted && strlen(text) == p->here.length &&
           strncmp(p->here.at, text, p->here.length) == 0;
}

static bool take(parsing *p, const char *text)
{
    const bool yes = is(p, text);
    if (yes) {
        advance(p);
    }
    return yes;
}

static int32_t wrong(parsing *p, const char *expected)
{
    if (p->status == BK_OK) {
        p->status = BK_BAD_INPUT;
        bk_where where = p->where;
        where.column += where.line > 0 ? (int)(p->here.at - p->text) : 0;
        bk_diag_add(p->diag, BK_ERROR, where, "claim",
                    "expected %s at character %d of the claim, found %s%.*s%s",
                    expected, (int)(p->here.at - p->text) + 1,
                    p->here.length > 0 ? "'" : "", (int)p->here.length,
                    p->here.length > 0 ? p->here.at : "",
                    p->here.length > 0 ? "'"
                    : p->here.quoted   ? "a quote with no name in it or no end"
                                       : "its end");
    }
    return -1;
}

int32_t bk_condition_add(bk_condition_list *list, bk_condition_node node)
{
    const bool one = node.says >= BK_SAYS_NOT;
    const bool two = node.says == BK_SAYS_AND || node.says == BK_SAYS_OR ||
                     node.says == BK_SAYS_WAY || node.says == BK_SAYS_IMPLIES ||
                     node.says == BK_SAYS_UNTIL;
    if ((one && node.a < 0) || (two && node.b < 0) || list->n == INT32_MAX ||
        !bk_grow(&list->at, &list->capacity, (size_t)list->n + 1, sizeof *list->at)) {
        return -1;
    }
    list->at[list->n] = node;
    return list->n++;
}

static int32_t say(parsing *p, bk_condition_node node)
{
    if (p->said.n >= MOST_PARTS) {
        return wrong(p, "fewer parts");
    }
    const int32_t made = bk_condition_add(&p->said, node);
    if (made < 0 && p->status == BK_OK) {
        p->status = BK_NO_MEMORY;
    }
    return made;
}

static bool is_word(const parsing *p)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (is(p, words[i])) {
            return true;
        }
    }
    return false;
}

/* The levels that a comparison lets through; != gives those that it does not. */
static bool compare(const char *sign, size_t length, int level, int max, int *low,
                    int *high)
{
    *low = 0;
    *high = max;
    if (length == 1 && *sign == '<') {
        *high = level - 1;
    } else if (length == 1 && *sign == '>') {
        *low = level + 1;
    } else if (length == 2 && *sign == '<') {
        *high = level;
    } else if (length == 2 && *sign == '>') {
        *low = level;
    } else if (*sign == '=' || (length == 2 && *sign == '!')) {
        *low = *high = level;
    } else {
        return false;
    }
    return true;
}

/* What stands behind a name: nothing, or a comparison with a number. */
static int32_t parse_comparison(parsing *p, int32_t symbol)
{
    const int max = bk_symbol_max_level(p->claim->model, symbol);
    bk_condition_node node = {
        .says = BK_SAYS_LEVEL, .x = symbol, .low = 1, .high = max};
    const token sign = p->here;
    int64_t level = 0;
    if (sign.quoted || sign.length == 0 || strchr("<>=!", *sign.at) == NULL) {
        return say(p, node);
    }
    advance(p);
    if (p->here.quoted || !bk_int_parse(p->here.at, p->here.length, &level) ||
        level < 0 || level > max) {
        char text[100];
        bk_c_snprintf(text, sizeof text, "a level from 0 to %d of %.40s", max,
                      bk_symbol_id(p->claim->model, symbol));
        return wrong(p, text);
    }
    if (!compare(sign.at, sign.length, (int)level, max, &node.low, &node.high)) {
        p->here = sign;
        return wrong(p, "one of = != < <= > >=");
    }
    advance(p);
    const int32_t made = say(p, node);
    return *sign.at != '!'
               ? made
               : say(p, (bk_condition_node){.says = BK_SAYS_NOT, .a = made});
}

static int32_t parse_name(parsing *p)
{
    if (p->here.length == 0 || (!p->here.quoted && !in_name(*p->here.at)) ||
        is_word(p)) {
        return wrong(p, "a level, `not`, `(` or a temporal word");
    }
    bk_where where = p->where;
    where.column += where.line > 0 ? (int)(p->here.at - p->text) : 0;
    char *const name = bk_arena_text_n(p->claim->arena, p->here.at, p->here.length);
    int32_t symbol = -1;
    const bk_status status =
        name == NULL ? BK_NO_MEMORY
                     : bk_model_bind(p->claim->model, name, where, p->diag, &symbol);
    if (status != BK_OK) {
        p->status = status;
        return -1;
    }
    if (bk_symbol_kind_of(p->claim->model, symbol) != BK_LEVEL) {
        return wrong(p, "a level of the model");
    }
    advance(p);
    return parse_comparison(p, symbol);
}

static int32_t parse_claim(parsing *p);
static int32_t parse_temporal(parsing *p);

static int32_t parse_part(parsing *p)
{
    if (p->depth >= MOST_DEEP) {
        return wrong(p, "fewer parts within parts");
    }
    p->depth++;
    int32_t made = -1;
    if (take(p, "not")) {
        made = say(p, (bk_condition_node){.says = BK_SAYS_NOT, .a = parse_part(p)});
    } else if (take(p, "(")) {
        made = parse_claim(p);
        made = made < 0 || take(p, ")") ? made : wrong(p, "`)`");
    } else if (take(p, "true")) {
        made = say(p, (bk_condition_node){.says = BK_SAYS_TRUE});
    } else if (take(p, "false")) {
        made = say(p, (bk_condition_node){.says = BK_SAYS_FALSE});
    } else if (take(p, "steady")) {
        made = say(p, (bk_condition_node){.says = BK_SAYS_STEADY});
    } else if (is(p, "eventually") || is(p, "always") || is(p, "possibly") ||
               is(p, "inevitably")) {
        made = parse_temporal(p);
    } else {
        made = parse_name(p);
    }
    p->depth--;
    return made;
}

static int32_t parse_and(parsing *p)
{
    int32_t made = parse_part(p);
    while (made >= 0 && take(p, "and")) {
        made = say(
            p, (bk_condition_node){.says = BK_SAYS_AND, .a = made, .b = parse_part(p)});
    }
    return made;
}

static int32_t parse_or(parsing *p)
{
    int32_t made = parse_and(p);
    while (made >= 0 && take(p, "or")) {
        made = say(
            p, (bk_condition_node){.says = BK_SAYS_OR, .a = made, .b = parse_and(p)});
    }
    return made;
}

static int32_t parse_until(parsing *p, bool possibly, bool must)
{
    const int32_t before = parse_or(p);
    if (before >= 0 && take(p, "until")) {
        return say(p, (bk_condition_node){.says = BK_SAYS_UNTIL,
                                          .possibly = possibly,
                                          .a = before,
                                          .b = parse_or(p)});
    }
    return before < 0 || !must ? before
                               : wrong(p, "`until`, or `eventually` or `always` behind "
                                          "`possibly` or `inevitably`,");
}

static int32_t parse_temporal(parsing *p)
{
    const bool possibly = take(p, "possibly");
    const bool mode = possibly || take(p, "inevitably");
    const bool eventually = take(p, "eventually");
    if (eventually || take(p, "always")) {
        return say(p, (bk_condition_node){.says = eventually ? BK_SAYS_EVENTUALLY
                                                             : BK_SAYS_ALWAYS,
                                          .possibly = possibly,
                                          .a = parse_claim(p)});
    }
    return parse_until(p, possibly, mode);
}

static int32_t parse_claim(parsing *p)
{
    const int32_t made = parse_until(p, false, false);
    if (made < 0 || !is(p, "implies")) {
        return made;
    }
    if (p->depth >= MOST_DEEP) {
        return wrong(p, "fewer parts within parts");
    }
    advance(p);
    p->depth++;
    const int32_t then = parse_claim(p);
    p->depth--;
    return say(p, (bk_condition_node){.says = BK_SAYS_IMPLIES, .a = made, .b = then});
}

/* Said of one state: no temporal word in it. */
static bool of_a_state(const parsing *p)
{
    for (int32_t i = 0; i < p->said.n; i++) {
        if (p->said.at[i].says >= BK_SAYS_EVENTUALLY) {
            return false;
        }
    }
    return true;
}

static void parse_all(parsing *p)
{
    int32_t from = -1;
    advance(p);
    if (take(p, "from")) {
        from = parse_or(p);
        if (from >= 0 && !of_a_state(p)) {
            from = wrong(p, "no temporal word within `from`");
        }
        if (from >= 0 && !take(p, ":")) {
            take(p, ",");
        }
    }
    const int32_t whole = p->status == BK_OK ? parse_claim(p) : -1;
    if (whole >= 0 && (p->here.quoted || p->here.length > 0)) {
        wrong(p, "`and`, `or`, `until`, `implies` or the end");
    }
    if (p->status != BK_OK) {
        return;
    }
    p->status = bk_claim_lower(p->claim, &p->said, from, whole, p->fair);
}

bk_status bk_claim_parse(const bk_model *model, const char *text, bool fair,
                         bk_where where, bk_diag *diag, bk_claim **claim)
{
    bk_claim *const made = bk_alloc_zero(1, sizeof *made);
    if (made == NULL) {
        return BK_NO_MEMORY;
    }
    made->model = model;
    made->arena = bk_arena_new();
    parsing p = {.claim = made,
                 .text = text,
                 .next = text,
                 .where = where,
                 .diag = diag,
                 .fair = fair,
                 .status = made->arena != NULL ? BK_OK : BK_NO_MEMORY};
    if (p.status == BK_OK) {
        parse_all(&p);
    }
    bk_free(p.said.at);
    if (p.status != BK_OK) {
        bk_claim_free(made);
        return p.status;
    }
    *claim = made;
    return BK_OK;
}

void bk_claim_free(bk_claim *claim)
{
    if (claim != NULL) {
        bk_free(claim->conditions.at);
        bk_free(claim->premises);
        bk_arena_free(claim->arena);
        bk_free(claim);
    }
}

const char *bk_claim_text(const bk_claim *claim)
{
    return claim->text;
}
