package org.ollamaorchestrator.system;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/** What some tests need and not every machine has. Without it they are skipped, and say what is missing. */
final class Optionally {

    private Optionally() {}

    /** A Python with the libraries of the seed's agent. */
    static String python() {
        return python("websockets", "aiohttp");
    }

    /** A Python that has these modules. */
    static String python(String... modules) {
        String python =
                Optional.ofNullable(System.getenv("ORCHESTRATOR_TEST_PYTHON")).orElse("python3");
        if (!succeeds(python, "-c", "import " + String.join(", ", modules))) {
            throw missing(python + " is missing, or has not the modules " + String.join(", ", modules)
                    + ": name one that has by ORCHESTRATOR_TEST_PYTHON");
        }
        return python;
    }

    /** A program on the path. */
    static String tool(String name, String... asking) {
        if (!succeeds(Stream.concat(Stream.of(name), Stream.of(asking)).toArray(String[]::new))) {
            throw missing(name + " is not on the path");
        }
        return name;
    }

    /** What renders a folder that is named after it. */
    static List<String> kustomize() {
        if (succeeds("kustomize", "version")) {
            return List.of("kustomize", "build");
        }
        return List.of(tool("kubectl", "version", "--client"), "kustomize");
    }

    /** A folder whose {@code node_modules} has what the seed's server needs, for a node that is there. */
    static Path nodeModules() {
        String folder = System.getenv("ORCHESTRATOR_TEST_NODE_MODULES");
        if (folder == null) {
            throw missing(
                    "ORCHESTRATOR_TEST_NODE_MODULES is not set: name a folder whose node_modules has ws, and typescript before"
                            + " version 7");
        }
        Path modules = Path.of(folder);
        // From version 7 on, typescript can no longer be called from a script.
        for (String needed : List.of("ws/package.json", "typescript/lib/typescript.js")) {
            if (!Files.isRegularFile(modules.resolve("node_modules").resolve(needed))) {
                throw missing(
                        modules + "/node_modules has no " + needed + ": it wants ws, and typescript before version 7");
            }
        }
        if (!succeeds("node", "--version")) {
            throw missing("node is missing");
        }
        return modules;
    }

    /** A browser that Playwright can drive. */
    static Path chromium() {
        String named = System.getenv("ORCHESTRATOR_TEST_CHROMIUM");
        List<String> names = named == null ? List.of("chromium", "chromium-browser", "google-chrome") : List.of(named);
        return names.stream()
                .flatMap(Optionally::onPath)
                .findFirst()
                .orElseThrow(() -> missing(String.join(" and ", names)
                        + " cannot be found: install chromium, or name one by ORCHESTRATOR_TEST_CHROMIUM"));
    }

    private static Stream<Path> onPath(String program) {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Pattern.compile(File.pathSeparator, Pattern.LITERAL)
                .splitAsStream(path)
                .map(folder -> Path.of(folder).resolve(program))
                .filter(Files::isExecutable);
    }

    /** The binary of a real Ollama. */
    static Path ollama() {
        String binary = System.getenv("ORCHESTRATOR_TEST_OLLAMA");
        if (binary == null) {
            throw missing("ORCHESTRATOR_TEST_OLLAMA is not set: name the ollama binary");
        }
        Path ollama = Path.of(binary);
        if (!Files.isExecutable(ollama)) {
            throw missing(ollama + ", which ORCHESTRATOR_TEST_OLLAMA names, cannot be run");
        }
        return ollama;
    }

    /** Build logs do not show why a test was skipped, so it is said here as well. */
    private static TestAbortedException missing(String what) {
        System.out.println("skipped: " + what);
        return new TestAbortedException(what);
    }

    /** A file of the test's resources. */
    static Path resource(String name) {
        URL url = Optionally.class.getResource(name);
        if (url == null) {
            throw new IllegalStateException("there is no resource " + name);
        }
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean succeeds(String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try {
                return process.waitFor(Patience.FOR_A_START.toSeconds(), TimeUnit.SECONDS) && process.exitValue() == 0;
            } finally {
                process.destroyForcibly();
            }
        } catch (IOException notThere) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
