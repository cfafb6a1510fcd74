package org.ollamaorchestrator.agent;

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
import org.junit.jupiter.api.Test;

class ArchitectureTest {

    private static final String ROOT = "org.ollamaorchestrator.agent";

    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT);

    @Test
    void arrows_go_from_connection_to_bridge_to_ollama() {
        noClasses()
                .that()
                .resideInAnyPackage(ROOT + ".bridge", ROOT + ".ollama")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(ROOT, ROOT + ".connection")
                .check(classes);
        noClasses()
                .that()
                .resideInAPackage(ROOT + ".ollama")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(ROOT + ".bridge")
                .check(classes);
        noClasses()
                .that()
                .resideInAPackage(ROOT + ".connection")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(ROOT)
                .check(classes);
    }

    @Test
    void the_box_knows_nothing_of_gateways_and_jobs() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + ".box")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(ROOT, ROOT + ".connection", ROOT + ".bridge", ROOT + ".ollama")
                .check(classes);
    }

    @Test
    void only_observability_knows_spans() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".observability")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.opentelemetry..")
                .check(classes);
    }

    @Test
    void packages_have_no_cycles() {
        slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(classes);
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
                .check(classes);
    }
}
