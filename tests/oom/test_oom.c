/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Every allocation of ours fails once, in reading, binding, running and measuring small
 * models: no crash; run under a leak checker: no leak. */

#include "base/alloc.h"

#include <blockade/blockade.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

static const char core[] =
    "<?xml version=\"1.0\"?>\n"
    "<sbml xmlns=\"http://www.sbml.org/sbml/level3/version2/core\" level=\"3\" "
    "version=\"2\"><model id=\"m\">"
    "<listOfFunctionDefinitions><functionDefinition id=\"f\"><math "
    "xmlns=\"http://www.w3.org/1998/Math/MathML\"><lambda><bvar><ci>x</ci></"
    "bvar><apply>"
    "<times/><ci>x</ci><cn>2</cn></apply></lambda></math></functionDefinition>"
    "</listOfFunctionDefinitions>"
    "<listOfCompartments><compartment id=\"c\" size=\"1\" constant=\"true\" "
    "spatialDimensions=\"3\"/></listOfCompartments>"
    "<listOfSpecies><species id=\"A\" compartment=\"c\" initialConcentration=\"1\" "
    "hasOnlySubstanceUnits=\"false\" boundaryCondition=\"false\" constant=\"false\"/>"
    "<species id=\"B\" compartment=\"c\" initialConcentration=\"0\" "
    "hasOnlySubstanceUnits=\"false\" boundaryCondition=\"false\" constant=\"false\"/>"
    "</listOfSpecies>"
    "<listOfParameters><parameter id=\"k\" value=\"0.5\" constant=\"true\"/>"
    "<parameter id=\"p\" constant=\"false\"/>"
    "<parameter id=\"q\" value=\"0\" constant=\"false\"/></listOfParameters>"
    "<listOfRules><assignmentRule variable=\"p\"><math "
    "xmlns=\"http://www.w3.org/1998/Math/MathML\"><apply><plus/><ci>A</ci><ci>B</ci>"
    "</apply></math></assignmentRule></listOfRules>"
    "<listOfReactions><reaction id=\"r\" reversible=\"false\"><listOfReactants>"
    "<speciesReference species=\"A\" stoichiometry=\"1\" constant=\"true\"/>"
    "</listOfReactants><listOfProducts><speciesReference species=\"B\" "
    "stoichiometry=\"1\" constant=\"true\"/></listOfProducts><kineticLaw><math "
    "xmlns=\"http://www.w3.org/1998/Math/MathML\"><apply><times/><ci>k</ci><apply>"
    "<ci>f</ci><ci>A</ci></apply></apply></math></kineticLaw></reaction>"
    "</listOfReactions><listOfEvents><event id=\"e\" "
    "useValuesFromTriggerTime=\"true\"><trigger initialValue=\"true\" "
    "persistent=\"false\"><math xmlns=\"http://www.w3.org/1998/Math/MathML\"><apply>"
    "<lt/><ci>A</ci><cn>0.5</cn></apply></math></trigger><priority><math "
    "xmlns=\"http://www.w3.org/1998/Math/MathML\"><ci>k</ci></math></priority><delay>"
    "<math xmlns=\"http://www.w3.org/1998/Math/MathML\"><ci>k</ci></math></delay>"
    "<listOfEventAssignments><eventAssignment variable=\"q\"><math "
    "xmlns=\"http://www.w3.org/1998/Math/MathML\"><ci>B</ci></math></eventAssignment>"
    "</listOfEventAssignments></event></listOfEvents></model></sbml>\n";

/* One submodel, with a deletion, replacements both ways and a conversion factor. */
static const char hierarchy[] =
    "<sbml xmlns=\"http://www.sbml.org/sbml/level3/version2/core\" level=\"3\" "
    "version=\"2\" "
    "xmlns:comp=\"http://www.sbml.org/sbml/level3/version1/comp/version1\" "
    "comp:required=\"true\"><model id=\"m\"><listOfParameters>"
    "<parameter id=\"A\" value=\"1\" constant=\"false\"><comp:replacedBy "
    "comp:submodelRef=\"s\" comp:idRef=\"A\"/></parameter>"
    "<parameter id=\"B\" value=\"1\" constant=\"false\"/>"
    "<parameter id=\"f\" value=\"2\" constant=\"true\"/>"
    "<parameter id=\"k\" value=\"2\" constant=\"true\"><comp:listOfReplacedElements>"
    "<comp:replacedElement comp:submodelRef=\"s\" comp:idRef=\"k\" "
    "comp:conversionFactor=\"f\"/></comp:listOfReplacedElements></parameter>"
    "</listOfParameters><comp:listOfSubmodels><comp:submodel comp:id=\"s\" "
    "comp:modelRef=\"d\" comp:timeConversionFactor=\"f\"><comp:listOfDeletions>"
    "<comp:deletion comp:idRef=\"gone\"/></comp:listOfDeletions></comp:submodel>"
    "</comp:listOfSubmodels></model><comp:listOfModelDefinitions>"
    "<comp:modelDefinition id=\"d\"><listOfParameters>"
    "<parameter id=\"A\" value=\"1\" constant=\"false\"/>"
    "<parameter id=\"k\" value=\"1\" constant=\"true\"/>"
    "<parameter id=\"gone\" value=\"1\" constant=\"true\"/></listOfParameters>"
    "<listOfRules><rateRule variable=\"A\"><math "
    "xmlns=\"http://www.w3.org/1998/Math/MathML\"><apply><minus/><ci>k</ci></apply>"
    "</math></rateRule></listOfRules></comp:modelDefinition>"
    "</comp:listOfModelDefinitions></sbml>";

/* 0 = B^2 - A, with an initial value that depends on B; X and Y in fast exchange; A grows
 * by what B was. */
static const char equations[] =
    "<sbml xmlns=\"http://www.sbml.org/sbml/level3/version1/core\" level=\"3\" "
    "version=\"1\"><model id=\"m\"><listOfCompartments><compartment id=\"c\" "
    "size=\"1\" spatialDimensions=\"3\" constant=\"true\"/></listOfCompartments>"
    "<listOfSpecies><species id=\"X\" compartment=\"c\" initialAmount=\"1\" "
    "hasOnlySubstanceUnits=\"true\" boundaryCondition=\"false\" constant=\"false\"/>"
    "<species id=\"Y\" compartment=\"c\" initialAmount=\"1\" "
    "hasOnlySubstanceUnits=\"true\" boundaryCondition=\"false\" constant=\"false\"/>"
    "</listOfSpecies><listOfParameters>"
    "<parameter id=\"A\" value=\"1\" constant=\"false\"/>"
    "<parameter id=\"B\" value=\"2\" constant=\"false\"/>"
    "<parameter id=\"C\" constant=\"false\"/></listOfParameters>"
    "<listOfInitialAssignments><initialAssignment symbol=\"C\"><math "
    "xmlns=\"http://www.w3.org/1998/Math/MathML\"><ci>B</ci></math>"
    "</initialAssignment></listOfInitialAssignments>"
    "<listOfRules><rateRule variable=\"A\"><math "
    "xmlns=\"http://www.w3.org/1998/Math/MathML\"><apply><csymbol encoding=\"text\" "
    "definitionURL=\"http://www.sbml.org/sbml/symbols/delay\">delay</csymbol>"
    "<ci>B</ci><cn>0.25</cn></apply></math></rateRule>"
    "<algebraicRule><math xmlns=\"http://www.w3.org/1998/Math/MathML\"><apply><minus/>"
    "<apply><power/><ci>B</ci><cn>2</cn></apply><ci>A</ci></apply></math>"
    "</algebraicRule></listOfRules><listOfReactions><reaction id=\"r\" "
    "reversible=\"true\" fast=\"true\"><listOfReactants><speciesReference "
    "species=\"X\" stoichiometry=\"1\" constant=\"true\"/></listOfReactants>"
    "<listOfProducts><speciesReference species=\"Y\" stoichiometry=\"1\" "
    "constant=\"true\"/></listOfProducts><kineticLaw><math "
    "xmlns=\"http://www.w3.org/1998/Math/MathML\"><apply><minus/><ci>X</ci>"
    "<ci>Y</ci></apply></math></kineticLaw></reaction></listOfReactions></model></"
    "sbml>";

/* X -> A and A -> Y, as much as possible. */
static const char fluxes[] =
    "<sbml xmlns=\"http://www.sbml.org/sbml/level3/version2/core\" level=\"3\" "
    "version=\"2\" "
    "xmlns:fbc=\"http://www.sbml.org/sbml/level3/version1/fbc/version2\" "
    "fbc:required=\"false\"><model id=\"m\" fbc:strict=\"false\">"
    "<listOfCompartments><compartment id=\"c\" size=\"1\" constant=\"true\"/>"
    "</listOfCompartments><listOfSpecies>"
    "<species id=\"A\" compartment=\"c\" initialAmount=\"1\" "
    "hasOnlySubstanceUnits=\"true\" boundaryCondition=\"false\" constant=\"false\"/>"
    "</listOfSpecies><listOfParameters>"
    "<parameter id=\"most\" value=\"3\" constant=\"true\"/></listOfParameters>"
    "<listOfReactions><reaction id=\"r\" reversible=\"false\" "
    "fbc:upperFluxBound=\"most\"><listOfProducts><speciesReference species=\"A\" "
    "stoichiometry=\"1\" constant=\"true\"/></listOfProducts></reaction>"
    "<reaction id=\"B\" reversible=\"false\"><listOfReactants><speciesReference "
    "species=\"A\" stoichiometry=\"1\" constant=\"true\"/></listOfReactants>"
    "</reaction></listOfReactions><fbc:listOfObjectives fbc:activeObjective=\"o\">"
    "<fbc:objective fbc:id=\"o\" fbc:type=\"maximize\"><fbc:listOfFluxObjectives>"
    "<fbc:fluxObjective fbc:reaction=\"B\" fbc:coefficient=\"1\"/>"
    "</fbc:listOfFluxObjectives></fbc:objective></fbc:listOfObjectives></model></sbml>";

static const char rules[] = "targets, factors\nA, B & !C\nB, A | C\nC, C\n";

static bk_status read_core(bk_diag *diag, bk_model **model)
{
    const bk_read_settings settings = {.lax = false};
    return bk_sbml_parse(core, sizeof core - 1, "core.xml", &settings, diag, model);
}

static bk_status read_hierarchy(bk_diag *diag, bk_model **model)
{
    return bk_sbml_parse(hierarchy, sizeof hierarchy - 1, "comp.xml", NULL, diag,
                         model);
}

static bk_status read_equations(bk_diag *diag, bk_model **model)
{
    return bk_sbml_parse(equations, sizeof equations - 1, "dae.xml", NULL, diag, model);
}

static bk_status read_fluxes(bk_diag *diag, bk_model **model)
{
    return bk_sbml_parse(fluxes, sizeof fluxes - 1, "fbc.xml", NULL, diag, model);
}

static bk_status read_rules(bk_diag *diag, bk_model **model)
{
    return bk_bnet_parse(rules, sizeof rules - 1, "rules.bnet", diag, model);
}

/* The whole walk; whatever was made is freed, however far it came. */
static bk_status walk(bk_status (*read)(bk_diag *, bk_model **),
                      const bk_engine *engine, bool settle)
{
    bk_diag *diag = bk_diag_new();
    bk_scenario *scenario = bk_scenario_new("s");
    bk_model *model = NULL;
    bk_system *system = NULL;
    bk_workspace *workspace = NULL;
    bk_overlay *overlay = NULL;
    bk_outcome *outcome = NULL;
    bk_table *table = NULL;
    char *text = NULL;
    bk_settings settings = bk_settings_defaults();
    settings.steps = 5;
    settings.runs = 5;
    bk_status status = diag != NULL && scenario != NULL ? BK_OK : BK_NO_MEMORY;
    if (status == BK_OK) {
        status = read(diag, &model);
    }
    if (status == BK_OK) {
        status = bk_scenario_parse(scenario, BK_BACKGROUND,
                                   "start A = 1; treatment; scale B by 0.5",
                                   (bk_where){0}, diag);
    }
    if (status == BK_OK) {
        status = bk_scenario_bind(scenario, NULL, model, diag, &overlay);
    }
    if (status == BK_OK) {
        status = engine->compile(model, diag, &system);
    }
    if (status == BK_OK) {
        status = engine->workspace(system, &workspace);
    }
    if (status == BK_OK) {
        status = (settle ? engine->settle : engine->run)(system, overlay, &settings,
                                                         workspace, diag, &outcome);
    }
    if (status == BK_OK && settle && engine == &bk_engine_ode) {
        bk_stability stability;
        status = bk_kinetic_stability(system, overlay, &settings, outcome, workspace,
                                      diag, &stability);
    }
    if (status == BK_OK) {
        status = bk_outcome_table(outcome, model, &table);
    }
    if (status == BK_OK) {
        status = bk_table_print(table, BK_TSV, true, &text);
    }
    bk_string_free(text);
    bk_table_free(table);
    bk_outcome_free(outcome);
    bk_overlay_free(overlay);
    bk_workspace_free(workspace);
    bk_system_free(system);
    bk_model_free(model);
    bk_scenario_free(scenario);
    bk_diag_free(diag);
    return status;
}

static void every_allocation(bk_status (*read)(bk_diag *, bk_model **),
                             const bk_engine *engine, bool settle)
{
    bk_alloc_fail_after(-1);
    assert_int_equal(walk(read, engine, settle), BK_OK);
    const long all = bk_alloc_fail_after(-1);
    assert_true(all > 20);
    for (long n = 0; n < all; n++) {
        bk_alloc_fail_after(n);
        const bk_status status = walk(read, engine, settle);
        bk_alloc_fail_after(-1);
        if (status != BK_OK) {
            assert_int_equal(status, BK_NO_MEMORY);
        }
    }
}

static void a_kinetic_run_survives_every_failed_allocation(void **state)
{
    (void)state;
    every_allocation(read_core, &bk_engine_ode, false);
}

static void equations_and_delays_survive_every_failed_allocation(void **state)
{
    (void)state;
    every_allocation(read_equations, &bk_engine_ode, false);
}

static void a_kinetic_steady_state_survives_every_failed_allocation(void **state)
{
    (void)state;
    every_allocation(read_core, &bk_engine_ode, true);
}

static void a_model_of_submodels_survives_every_failed_allocation(void **state)
{
    (void)state;
    every_allocation(read_hierarchy, &bk_engine_ode, false);
}

static void flux_balance_survives_every_failed_allocation(void **state)
{
    (void)state;
    every_allocation(read_fluxes, &bk_engine_fba, false);
}

static void a_run_molecule_by_molecule_survives_every_failed_allocation(void **state)
{
    (void)state;
    every_allocation(read_core, &bk_engine_ssa, false);
}

static void a_synchronous_run_survives_every_failed_allocation(void **state)
{
    (void)state;
    every_allocation(read_rules, &bk_engine_sync, false);
}

static void a_stochastic_run_survives_every_failed_allocation(void **state)
{
    (void)state;
    every_allocation(read_rules, &bk_engine_ctmc, false);
}

/* Constants read, one set, two drugs sampled, the answer printed. */
static bk_status ask_population(void)
{
    static const char *const drugs[] = {"T-DXd", "BiTE"};
    const bk_population_class cells = {"cells", 1, 1e5, 0, 1};
    const bk_population_settings settings = {
        .drugs = drugs, .n_drugs = 2, .days = 1, .samples = 10, .threads = 1};
    bk_diag *diag = bk_diag_new();
    bk_population_constants *constants = NULL;
    bk_table *table = NULL;
    char *text = NULL;
    bk_status status = diag != NULL ? BK_OK : BK_NO_MEMORY;
    if (status == BK_OK) {
        status =
            bk_population_read("networks/population/constants.tsv", diag, &constants);
    }
    if (status == BK_OK) {
        status = bk_population_set(constants, "BiTE:burden50=2", diag);
    }
    if (status == BK_OK) {
        status = bk_population_run(constants, &cells, 1, &settings, diag, &table);
    }
    if (status == BK_OK) {
        status = bk_table_print(table, BK_TSV, true, &text);
    }
    bk_string_free(text);
    bk_table_free(table);
    bk_population_free(constants);
    bk_diag_free(diag);
    return status;
}

static void a_population_survives_failed_allocations(void **state)
{
    (void)state;
    bk_alloc_fail_after(-1);
    assert_int_equal(ask_population(), BK_OK);
    const long all = bk_alloc_fail_after(-1);
    assert_true(all > 1000);
    /* Every one at first (reading, the model, compiling), then every 7th: runs repeat. */
    for (long n = 0; n < all; n += n < 2500 ? 1 : 7) {
        bk_alloc_fail_after(n);
        const bk_status status = ask_population();
        bk_alloc_fail_after(-1);
        if (status != BK_OK) {
            assert_int_equal(status, BK_NO_MEMORY);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kinetic_run_survives_every_failed_allocation),
        cmocka_unit_test(a_kinetic_steady_state_survives_every_failed_allocation),
        cmocka_unit_test(equations_and_delays_survive_every_failed_allocation),
        cmocka_unit_test(a_model_of_submodels_survives_every_failed_allocation),
        cmocka_unit_test(flux_balance_survives_every_failed_allocation),
        cmocka_unit_test(a_run_molecule_by_molecule_survives_every_failed_allocation),
        cmocka_unit_test(a_synchronous_run_survives_every_failed_allocation),
        cmocka_unit_test(a_stochastic_run_survives_every_failed_allocation),
        cmocka_unit_test(a_population_survives_failed_allocations)};
    bk_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
