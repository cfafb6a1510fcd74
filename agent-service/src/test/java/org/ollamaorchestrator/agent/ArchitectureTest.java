package org.ollamaorchestrator.agent;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

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
}
