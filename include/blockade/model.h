/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_MODEL_H
#define BLOCKADE_MODEL_H

/* A model: what a file says, checked, and never changed afterwards.
 *
 * Kinetic and logical parts share one table of symbols, so that one name means one thing.
 * A *symbol* is any named quantity, numbered densely from 0; -1 is none.  A model may be
 * used by any number of threads at once.  Every text that an accessor returns belongs to
 * the model. */

#include <blockade/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bk_model bk_model;

typedef enum bk_symbol_kind {
    BK_COMPARTMENT,
    BK_SPECIES,
    BK_PARAMETER,
    BK_LOCAL_PARAMETER, /* belongs to a reaction; its name is "reaction.parameter" */
    BK_REACTION,        /* as a value: its rate */
    BK_STOICHIOMETRY,   /* a species reference with an id */
    BK_EVENT,           /* has no value */
    BK_OBJECTIVE,       /* a sum of fluxes that flux balance makes large or small */
    BK_LEVEL            /* a qualitative species */
} bk_symbol_kind;

void bk_model_free(bk_model *model);

const char *bk_model_id(const bk_model *model);
const char *bk_model_name(const bk_model *model);
const char *bk_model_source(const bk_model *model); /* the file it came from, or "" */
const char *bk_model_sha256(const bk_model *model); /* of the file's bytes, or "" */
int bk_model_sbml_level(const bk_model *model);     /* 0: not from SBML */
int bk_model_sbml_version(const bk_model *model);

int32_t bk_model_symbols(const bk_model *model);
const char *bk_symbol_id(const bk_model *model, int32_t symbol);
const char *bk_symbol_name(const bk_model *model,
                           int32_t symbol); /* "" when it has none */
bk_symbol_kind bk_symbol_kind_of(const bk_model *model, int32_t symbol);
const char *bk_symbol_kind_text(bk_symbol_kind kind);
int bk_symbol_max_level(const bk_model *model, int32_t symbol);   /* BK_LEVEL, else 0 */
int bk_symbol_start_level(const bk_model *model, int32_t symbol); /* BK_LEVEL, else 0 */
bool bk_symbol_input(const bk_model *model,
                     int32_t symbol);                       /* a level without a rule */
bool bk_symbol_slow(const bk_model *model, int32_t symbol); /* marked as slow */

/* A level that is left out where states of the network are told apart, as its file says
 * (MaBoSS is_internal). */
bool bk_symbol_internal(const bk_model *model, int32_t symbol);

/* What a file wishes of stochastic runs (the settings of a MaBoSS .cfg); 0 where it says
 * nothing. */
typedef struct bk_run_wishes {
    double end, tick; /* longest time; width of the windows of time */
    long runs;
    uint64_t seed;
    bool seeded, discrete; /* whether there is a seed; one move a tick */
    int threads;
} bk_run_wishes;
const bk_run_wishes *bk_model_wishes(const bk_model *model);

/* The symbol of exactly this id, else of this alias (names, gene symbols, accessions;
 * ASCII case ignored, when it is not ambiguous), else -1. */
int32_t bk_model_find(const bk_model *model, const char *name);
/* As find, and an unknown or ambiguous name is an error that lists the nearest names. */
bk_status bk_model_bind(const bk_model *model, const char *name, bk_where where,
                        bk_diag *diag, int32_t *symbol);

int32_t bk_model_compartments(const bk_model *model);
int32_t bk_model_species(const bk_model *model);
int32_t bk_model_parameters(const bk_model *model); /* global ones */
int32_t bk_model_reactions(const bk_model *model);
int32_t bk_model_rules(const bk_model *model);
int32_t bk_model_events(const bk_model *model);
int32_t bk_model_levels(const bk_model *model); /* qualitative species */
/* Reactions, rules, events or species. */
bool bk_model_has_kinetics(const bk_model *model);
bool bk_model_has_logic(const bk_model *model);
bool bk_model_has_fluxes(const bk_model *model); /* an objective over fluxes (fbc) */

/* What the model asks for and no engine here can evaluate yet, or what a file holds
 * beyond the parts that are read: "csymbol of a package", "package spatial (required)"
 * ... */
typedef struct bk_requirement {
    const char *what;
    const char *detail; /* the element's id or "" */
    bk_where where;
    bool kinetic; /* the kinetic engine refuses the model for it */
    bool logical; /* the logic engines do */
} bk_requirement;
int32_t bk_model_requirements(const bk_model *model);
const bk_requirement *bk_model_requirement(const bk_model *model, int32_t i);

/* Conserved moieties: sums of amounts that no reaction changes, whatever the rate laws,
 * as A + AP is by A <-> AP; a basis of the left null space of the stoichiometry matrix
 * (Reder 1988, doi:10.1016/s0022-5193(88)80073-0), in whole numbers without a common
 * factor, exact.  Sums without negative numbers are preferred where they are found; the
 * first number is positive.
 *
 * Species that something else changes have no part in them: those of boundary
 * conditions, rules and event assignments, and those with a stoichiometry that may vary
 * or is no fraction with a denominator up to a million.  Amounts that a conversion factor
 * multiplies are added up with those of the same factor only.  BK_NUMERICAL: a number
 * does not fit in 64 bits, or the stoichiometries of a reaction have no common
 * denominator up to a million. */
typedef struct bk_moiety_part {
    int32_t species;
    int64_t number;
} bk_moiety_part;
typedef struct bk_moiety {
    int32_t n;
    const bk_moiety_part *parts; /* [n] by symbol; constant = sum of number * amount */
} bk_moiety;
typedef struct bk_moieties bk_moieties;
bk_status bk_moieties_find(const bk_model *model, bk_moieties **moieties);
void bk_moieties_free(bk_moieties *moieties);
int32_t bk_moieties_count(const bk_moieties *moieties);
const bk_moiety *bk_moieties_at(const bk_moieties *moieties, int32_t i);

/* The right-hand side that governs a symbol as infix text (its rule, rate law, or logic
 * terms), to be freed with bk_string_free; an empty text when nothing governs it. */
bk_status bk_symbol_rule_text(const bk_model *model, int32_t symbol, char **text);

/* An influence of a logical model: source acts on target. */
typedef struct bk_influence {
    int32_t source, target;
    int sign;       /* +1, -1, 0 both or unknown; from the function where there is
                               one, else as declared */
    int declared;   /* as the file declares it: +1 -1 0; 2 not declared */
    bool effective; /* false: declared, and the function does not depend on it */
    const char *mechanism;  /* "" when unknown */
    const char *references; /* "PMID:1 doi:2", "" when none */
    const char *confidence; /* high, medium, low, "" */
    const char *loop;       /* the named feedback loop it closes, or "" */
    bool slow;
} bk_influence;
int32_t bk_model_influences(const bk_model *model);
const bk_influence *bk_model_influence(const bk_model *model, int32_t i);

/* The normalised continuous form of the logical part: one variable a level, with the
 * same id, in level units:
 *
 *     x_drive = F(h(u(...)))            assignment rule
 *     x' = (x_drive - x) / tau          tau_fast or tau_slow
 *
 * F is the multilinear extension of the logic over the indicators [regulator >= t], each
 * replaced by h(u), u = min(max(regulator - (t - 1), 0), 1),
 * h(u) = u^n (1 + k^n) / (u^n + k^n): HillCubes (Wittmann et al. 2009,
 * doi:10.1186/1752-0509-3-98) normalised so that h(0) = 0 and h(1) = 1; therefore the
 * form agrees with the logic at the corners, and its corner steady states are the fixed
 * points.  Functions of many regulators go by decision diagram; a diagram over 100,000
 * nodes is refused (BK_UNSUPPORTED).  Symbols: every level keeps its id as a parameter,
 * `<id>_drive` carries its drive; hill_n, hill_k, tau_fast, tau_slow are parameters and
 * hill(u, n, k) is a function; parts of a function too long to write in one piece are
 * parameters `<id>_f1`, `<id>_f2` ...  An id that is taken gets a number after it.
 * A drug acts on the form through an overlay like on any kinetic model. */
typedef struct bk_continuous_settings {
    double hill_n, hill_k, tau_fast, tau_slow;
} bk_continuous_settings;
bk_continuous_settings bk_continuous_defaults(void); /* 3, 0.5, 1, 100 */
bk_status bk_model_continuous(const bk_model *logic,
                              const bk_continuous_settings *settings, bk_diag *diag,
                              bk_model **continuous);

#ifdef __cplusplus
}
#endif
#endif
