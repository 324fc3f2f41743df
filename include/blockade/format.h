/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_FORMAT_H
#define BLOCKADE_FORMAT_H

/* Models in other formats, chosen by suffix or content. */

#include <blockade/sbml.h>

#ifdef __cplusplus
extern "C" {
#endif

/* .bnet (BoolNet, pyboolnet, bioLQM, AEON): Boolean rules, one `target, function` a line.
 *
 * Read: a header line `targets, factors` or none; comments from `#` on; LF, CRLF, CR; a
 * byte order mark; operators `& | !`, `&& ||`, `and or not`, parentheses; constants
 * `0 1 true false` (words in any case).  A name runs up to white space, a comma, an
 * operator or a parenthesis (NF-kB, IL2:IL2R, 14-3-3).  Two rules for one target are an
 * error.  A regulator without a rule is an input; `x, x` is a rule that keeps x.  Names
 * that are no valid SIds get an id (NF-kB: NF_kB) and stay as name and alias.  Nothing in
 * the format gives a start: levels start at 0. */
bk_status bk_bnet_read(const char *path, bk_diag *diag, bk_model **model);
bk_status bk_bnet_parse(const char *text, size_t length, const char *name,
                        bk_diag *diag, bk_model **model);
/* Written: the header, then one rule a level in the order of the model.  An input gets no
 * line when a rule uses it, which BoolNet and AEON read as a free input; one that
 * nothing uses gets `x, x`, so that it is not lost.  A level goes by the name its id was
 * made of when that can be written, else by its id.  Start levels and rates are not kept
 * (warnings).  *text is freed with bk_string_free.
 * BK_UNSUPPORTED, each with its reason: a level that is not Boolean or that others see at a
 * scale (a drug worked in), no logical part, a package of logic that the model requires and
 * that was not read, a rule too deep or, written with & | ! alone, too long. */
bk_status bk_bnet_print(const bk_model *model, bk_diag *diag, char **text);
bk_status bk_bnet_write(const bk_model *model, const char *path, bk_diag *diag);

/* The text of BooleanNet (Albert et al. 2008, doi:10.1186/1751-0473-3-16), .booleannet or
 * known by its `*=`: lines `X* = function`, a rank `1:` before them or none, and starts
 * `X = Y = True`, False or Random (drawn at even odds).  Ranks are read over: they order
 * updates that no method here makes.  Functions, names and inputs are as in .bnet, and so
 * are the errors.  Written: the start of every level, then its rule in words, by ids; odds
 * of starts and rates are not kept (warnings). */
bk_status bk_booleannet_read(const char *path, bk_diag *diag, bk_model **model);
bk_status bk_booleannet_parse(const char *text, size_t length, const char *name,
                              bk_diag *diag, bk_model **model);
bk_status bk_booleannet_print(const bk_model *model, bk_diag *diag, char **text);
bk_status bk_booleannet_write(const bk_model *model, const char *path, bk_diag *diag);

/* .sif: arcs, one `SOURCE SIGN TARGET ...` a line, in the dialects of Cytoscape (words or
 * arrows; several targets a line, a name alone; columns by tabs when there is any), of
 * CellNOptR (1, -1, and nodes and1, and2 ... that are true when all their sources are),
 * and of Gitsbe (-> -| <- |- <-> |-| |-> <-|).  Signs: 1 + -> --> activates activation
 * stimulates positive pos up-regulates; -1 - -| --| inhibits inhibition represses negative
 * neg down-regulates; other words are errors, for an arc without a sign makes no rule.
 *
 * Arcs are no rules: `rule` names what is made of them for each target,
 *
 *     and-not   (A or B or ...) and not (C or D or ...)   activators A, B; inhibitors C, D
 *     or        A or B or not C or not D
 *     and       A and B and not C and not D
 *
 * NULL is and-not, or for a file with and-nodes `or`, as CellNOptR means it; the rule that
 * was taken is told as a note.  What no arc leads to is an input. */
bk_status bk_sif_read(const char *path, const char *rule, bk_diag *diag,
                      bk_model **model);
bk_status bk_sif_parse(const char *text, size_t length, const char *name,
                       const char *rule, bk_diag *diag, bk_model **model);

/* MaBoSS: a .bnd of nodes with the rates at which they switch on and off, and a .cfg of
 * parameters, starts and settings (Stoll et al. 2017, doi:10.1093/bioinformatics/btx123).
 *
 * Read: rate_up, rate_down, logic and other attributes that `@name` refers to, `$`
 * parameters; + - * /, comparisons, `& | ^ !` and their words, `?:`, log and exp.  A
 * rate that is not given is 1 where the logic wants the move, else 0.  The rule of a
 * node is what its rates make of it: where both are 0 it keeps its level, where both are
 * above 0 it goes back and forth; a node whose rates are 0 everywhere is an input.
 * Starts: X.istate = 0, 1 or -1 (drawn), [X, Y].istate = 0.3 [0, 1], 0.7 [1, 0]; a node
 * without any is drawn at even odds.  Where a start is drawn, runs by other methods take
 * the likelier level, 0 when both are as likely.  is_internal and refstate are kept,
 * max_time, time_tick, sample_count, seed_pseudorandom, discrete_time and thread_count
 * are wishes of the model (bk_model_wishes); settings of how MaBoSS draws and displays
 * are read over, populations and divisions are errors.  cfg may be NULL.  The hash is
 * that of both files one after the other. */
typedef struct bk_maboss_text {
    const char *text;
    size_t length;
    const char *name; /* for messages; may be NULL */
} bk_maboss_text;
bk_status bk_maboss_read(const char *bnd, const char *cfg, bk_diag *diag,
                         bk_model **model);
bk_status bk_maboss_parse(const bk_maboss_text *bnd, const bk_maboss_text *cfg,
                          bk_diag *diag, bk_model **model);
/* Written: every level as a node with $u_X and $d_X for its rates, and a .cfg of the same
 * stem; both texts are freed with bk_string_free.  BK_UNSUPPORTED as for .bnet. */
bk_status bk_maboss_print(const bk_model *model, bk_diag *diag, char **bnd, char **cfg);
bk_status bk_maboss_write(const bk_model *model, const char *path, bk_diag *diag);

/* A network folder (docs/networks.md).  Of rules: nodes.tsv, arcs.tsv, rules.tsv.
 * A node's drive is the highest level whose function is true, else 0; a node without a
 * rule is an input.  Functions: `& | !`, parentheses, NAME (NAME>=1), NAME>=k, NAME<=k,
 * NAME==k, true, false.  Further columns are ignored.  Every problem is told at its cell;
 * arcs that no function uses, and uses without an arc, are warnings.  The hash is that of
 * the three files one after the other.
 *
 * Of reactions, known by its reactions.tsv: that and species.tsv, and where they are there
 * model.tsv, compartments.tsv, parameters.tsv, assignments.tsv.  A law is in concentration
 * a time and is multiplied by its compartment, or in amount a time where model.tsv says that
 * species are amounts; what it uses and the equation does not name is a modifier.  Units
 * become unit definitions, the columns sbo, meaning and identifiers the terms, notes and
 * MIRIAM annotations of SBML. */
bk_status bk_folder_read(const char *folder, bk_diag *diag, bk_model **model);

/* Any of them: a folder, .bnet, .bnd, .booleannet, .sif, .xml or .sbml; other suffixes
 * by their first bytes.  A .bnd takes the .cfg that the settings name, else the one of the
 * same stem beside it, where there is one. */
bk_status bk_model_read(const char *path, const bk_read_settings *settings,
                        bk_diag *diag, bk_model **model);
/* .bnet, .bnd, .booleannet, .xml, .sbml; BK_MISUSE for others, with a message that lists
 * them. */
bk_status bk_model_write(const bk_model *model, const char *path, bk_diag *diag);

/* Do two logical models have the same levels and functions?  Levels are matched by id,
 * else by name; functions by their values in all joint states of the regulators of both,
 * an input counting as the function that keeps it.  *rules is how many were compared,
 * *differing a report of those that differ, each with a state that shows it (freed with
 * bk_string_free; NULL when none).  A function of so many regulators that neither
 * trying all states nor a decision diagram is possible is compared in 65,536 random
 * states; BK_PARTIAL when there is such a one and nothing differs. */
bk_status bk_logic_compare(const bk_model *a, const bk_model *b, int32_t *rules,
                           char **differing);

#ifdef __cplusplus
}
#endif
#endif
