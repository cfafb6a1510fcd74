package org.ollamaorchestrator.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.opentest4j.TestAbortedException;

/** When a test fails, shows what the processes have printed while it ran. */
final class LogsOnFailure implements BeforeTestExecutionCallback, AfterTestExecutionCallback {
    private static final ExtensionContext.Namespace OURS = ExtensionContext.Namespace.create(LogsOnFailure.class);
    private static final String BEGAN = "began";
    private static final int LINES_MAX = 60;

    @Override
    public void beforeTestExecution(ExtensionContext context) {
        context.getStore(OURS).put(BEGAN, Instant.now());
    }

    @Override
    public void afterTestExecution(ExtensionContext context) throws IOException {
        Instant began = context.getStore(OURS).get(BEGAN, Instant.class);
        boolean failed = context.getExecutionException()
                .filter(thrown -> !(thrown instanceof TestAbortedException))
                .isPresent();
        if (began == null || !failed) {
            return;
        }
        System.out.println("=== " + context.getDisplayName() + " failed; what the processes said meanwhile:");
        try (Stream<Path> files = Files.list(Packaged.workFolder())) {
            for (Path file : files.filter(name -> name.toString().endsWith(".log"))
                    .sorted()
                    .toList()) {
                if (Files.getLastModifiedTime(file).toInstant().isAfter(began)) {
                    show(file);
                }
            }
        }
    }

    private static void show(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        System.out.println("--- " + file.getFileName());
        lines.stream().skip(Math.max(0, lines.size() - LINES_MAX)).forEach(System.out::println);
    }
}
