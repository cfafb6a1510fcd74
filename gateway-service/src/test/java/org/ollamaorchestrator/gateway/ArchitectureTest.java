package org.ollamaorchestrator.gateway;

import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Arrays;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The arrows: api → models → jobs → scheduling → agents, and none back. */
@NullMarked
class ArchitectureTest {

    private static final String BASE = "org.ollamaorchestrator.gateway.";

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("org.ollamaorchestrator.gateway");

    @Test
    void agents_know_nobody_above_them() {
        noUse("agents", "scheduling", "jobs", "models", "api");
    }

    @Test
    void scheduling_knows_agents_alone() {
        noUse("scheduling", "jobs", "models", "api");
    }

    @Test
    void jobs_know_nobody_above_them() {
        noUse("jobs", "models", "api");
    }

    @Test
    void models_know_no_api() {
        noUse("models", "api");
    }

    @Test
    void what_happens_to_an_operation_on_models_is_pure() {
        noClasses()
                .that()
                .haveSimpleName("ModelOperation")
                .or()
                .haveSimpleName("Part")
                .or()
                .haveSimpleName("Reconciliation")
                .or()
                .haveSimpleName("MergedProgress")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io..", "jakarta..", "java.util.concurrent..", "org.jboss..")
                .check(CLASSES);
    }

    @Test
    void connections_know_nothing_of_what_is_asked_for() {
        noUse("connections", "scheduling", "jobs", "api", "store");
    }

    @Test
    void the_command_line_needs_nothing_of_the_server() {
        noUse("cli", "agents", "api", "jobs");
        noClasses()
                .that()
                .resideInAPackage(BASE + "cli..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.quarkus..", "io.smallrye..", "io.vertx..", "jakarta..")
                .check(CLASSES);
    }

    @Test
    void nobody_but_the_process_itself_knows_the_command_line() {
        noUse("agents", "cli");
        noUse("api", "cli");
        noUse("jobs", "cli");
        noUse("scheduling", "cli");
        noUse("security", "cli");
        noUse("store", "cli");
    }

    /** A native binary lacks what is only looked up at run time; what the codec's mapper sees is in NativeReflection. */
    @Test
    void nothing_is_looked_up_by_reflection() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.lang.reflect..")
                .orShould()
                .callMethodWhere(target(owner(assignableTo(Class.class)))
                        .and(target(nameMatching(
                                "forName|newInstance|getDeclared.*|getMethods?|getFields?|getConstructors?"))))
                .orShould()
                .callMethodWhere(target(owner(assignableTo(ObjectMapper.class)))
                        .and(target(nameMatching(
                                "readValue|convertValue|treeToValue|valueToTree|writeValue.*|readerFor|writerFor"))))
                .check(CLASSES);
    }

    @Test
    void no_api_knows_websockets() {
        noClasses()
                .that()
                .resideInAPackage(BASE + "api..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.quarkus.websockets..", "org.ollamaorchestrator.protocol.codec..")
                .check(CLASSES);
    }

    @Test
    void the_core_knows_no_clock_and_no_io() {
        noClasses()
                .that()
                .haveSimpleName("Core")
                .or()
                .haveSimpleName("Placement")
                .or()
                .haveSimpleName("AgentState")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io..", "jakarta..", "java.util.concurrent..", "org.jboss..")
                .check(CLASSES);
    }

    @Test
    void nothing_that_is_observed_knows_who_observes() {
        noUse("agents", "observability");
        noUse("scheduling", "observability");
        noUse("jobs", "observability");
        noUse("security", "observability");
        noUse("store", "observability");
        noUse("observability", "api");
    }

    @Test
    void only_observability_knows_metrics_and_spans() {
        noClasses()
                .that()
                .resideOutsideOfPackage(BASE + "observability..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.micrometer..", "io.opentelemetry..")
                .check(CLASSES);
    }

    @Test
    void no_packages_turn_in_a_circle() {
        slices().matching(BASE + "(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    private static void noUse(String from, String... to) {
        String[] packages = Arrays.stream(to).map(name -> BASE + name + "..").toArray(String[]::new);
        noClasses()
                .that()
                .resideInAPackage(BASE + from + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(packages)
                .check(CLASSES);
    }
}
