package org.ollamaorchestrator.protocol;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

@NullMarked
class ArchitectureTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("org.ollamaorchestrator.protocol");

    @Test
    void the_contract_knows_json_and_neither_quarkus_nor_a_network() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.quarkus..", "io.vertx..", "io.smallrye..", "jakarta..", "java.net..")
                .check(CLASSES);
    }

    @Test
    void messages_do_not_know_how_they_are_written() {
        noClasses()
                .that()
                .resideInAPackage("org.ollamaorchestrator.protocol")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("..codec..")
                .check(CLASSES);
    }

    @Test
    void nothing_is_looked_up_by_reflection() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.lang.reflect..")
                .check(CLASSES);
    }
}
