package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.fail;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * One process of the system under test. What it prints goes to a file of its own. It is stopped by its own handle, with
 * whatever it started: by {@link #close()}, and if this JVM is stopped before that, then too.
 */
final class ServiceProcess implements AutoCloseable {
    /** What the environment of whoever runs the tests must not decide. */
    private static final Set<String> NOT_INHERITED =
            Set.of("PORT", "AGENT_PORT", "GATEWAY_MANAGEMENT_PORT", "AGENT_MANAGEMENT_PORT", "MODELS", "SERVER_WS_URL");

    private static final List<String> NOT_INHERITED_PREFIXES = List.of("OLLAMA_", "ORCHESTRATOR_", "QUARKUS_");

    private static final int SHOWN_LINES = 60;

    /** Tells the log files of one run apart. */
    private static final AtomicInteger STARTED = new AtomicInteger();

    private final String name;
    private final Process process;
    private final Path log;
    private final Thread atExit;

    private ServiceProcess(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
        this.atExit = new Thread(this::killAll, "stops " + name);
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** Starts a jar with the JVM that runs the tests. */
    static ServiceProcess jar(
            String name, Path jar, List<String> jvmOptions, List<String> arguments, Map<String, String> environment) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--sun-misc-unsafe-memory-access=allow");
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(jvmOptions);
        command.add("-jar");
        command.add(jar.toString());
        command.addAll(arguments);
        return start(name, command, environment);
    }

    static ServiceProcess start(String name, List<String> command, Map<String, String> environment) {
        try {
            Files.createDirectories(Packaged.workFolder());
            Path log = Packaged.workFolder().resolve("%03d-%s.log".formatted(STARTED.incrementAndGet(), name));
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .redirectInput(ProcessBuilder.Redirect.PIPE)
                    .directory(Packaged.workFolder().toFile());
            builder.environment().keySet().removeIf(ServiceProcess::isNotInherited);
            builder.environment().putAll(environment);
            return new ServiceProcess(name, builder.start(), log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isNotInherited(String variable) {
        String upper = variable.toUpperCase(Locale.ROOT);
        return NOT_INHERITED.contains(upper)
                || upper.endsWith("_PROXY")
                || NOT_INHERITED_PREFIXES.stream().anyMatch(upper::startsWith);
    }

    /** Waits for the condition, and fails at once if the process ends before. */
    void awaitReady(BooleanSupplier ready) {
        try {
            Patience.within(Patience.FOR_A_START, name + " to be ready", () -> {
                if (!process.isAlive()) {
                    fail("%s ended with %d before it was ready%n%s", name, process.exitValue(), tail());
                }
                return ready.getAsBoolean();
            });
        } catch (RuntimeException e) {
            throw new IllegalStateException(name + " is not ready; it said:\n" + tail(), e);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    /** Lets the process end in its own way (SIGTERM). */
    void terminate() {
        process.destroy();
    }

    /** Ends it where it stands (SIGKILL), children first, and waits until it is gone. */
    void kill() {
        killAll();
        int _ = exitCode();
    }

    /** Waits for its end. */
    int exitCode() {
        return exitCode(Patience.FOR_A_START);
    }

    int exitCode(Duration bound) {
        try {
            if (!process.waitFor(bound.toMillis(), TimeUnit.MILLISECONDS)) {
                fail("%s has not ended within %s%n%s", name, bound, tail());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        return process.exitValue();
    }

    /** The most memory it has had, as Linux tells it. */
    String memoryPeak() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid() + "/status"))) {
            return lines.filter(line -> line.startsWith("VmHWM"))
                    .findFirst()
                    .orElse("unknown")
                    .replaceAll("\\s+", " ");
        } catch (IOException notLinux) {
            return "memory unknown";
        }
    }

    /** Everything it has printed so far. */
    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Stream<String> logLines() {
        return log().lines();
    }

    private String tail() {
        List<String> lines = logLines().toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size()));
    }

    @Override
    public void close() {
        kill();
        removeHook();
    }

    @CanIgnoreReturnValue
    private boolean removeHook() {
        try {
            return Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException exiting) {
            return false;
        }
    }

    private void killAll() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
