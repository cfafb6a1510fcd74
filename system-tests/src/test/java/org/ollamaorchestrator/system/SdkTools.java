package org.ollamaorchestrator.system;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.opentest4j.TestAbortedException;

/** The SDKs that some machines have not; without them their tests are skipped, and say what is missing. */
final class SdkTools {

    private SdkTools() {}

    /** A Python with these packages. */
    static String python(String... packages) {
        String python = Optionally.python();
        try (ServiceProcess imports = ServiceProcess.start(
                "sdk-imports", List.of(python, "-c", "import " + String.join(", ", packages)), Map.of())) {
            if (imports.exitCode() != 0) {
                throw missing(python + " has not all of the packages " + String.join(", ", packages)
                        + ": name one that has by ORCHESTRATOR_TEST_PYTHON");
            }
        }
        return python;
    }

    /** A folder whose {@code node_modules} has these packages, for a node that is there. */
    static Path nodeModules(String... packages) {
        Path folder = Optionally.nodeModules();
        List<String> absent = new ArrayList<>();
        for (String name : packages) {
            if (!Files.isRegularFile(
                    folder.resolve("node_modules").resolve(name).resolve("package.json"))) {
                absent.add(name);
            }
        }
        if (!absent.isEmpty()) {
            throw missing(folder + "/node_modules, which ORCHESTRATOR_TEST_NODE_MODULES names, has no "
                    + String.join(", ", absent));
        }
        return folder;
    }

    /** Build logs do not show why a test was skipped, so it is said here as well. */
    private static TestAbortedException missing(String what) {
        System.out.println("skipped: " + what);
        return new TestAbortedException(what);
    }
}
