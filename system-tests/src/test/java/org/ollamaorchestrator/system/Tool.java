package org.ollamaorchestrator.system;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program of others that looks at files of ours. */
final class Tool {
    private static final long LONGEST_SECONDS = 180;

    private Tool() {}

    /** What it said on both its streams, and how it ended. */
    record Verdict(int exitCode, String said) {
        boolean isGood() {
            return exitCode == 0;
        }
    }

    static Verdict run(List<String> command) {
        return run(command, "");
    }

    static Verdict run(List<String> command, String input) {
        try {
            Files.createDirectories(Packaged.workFolder());
            Path in = Files.createTempFile(Packaged.workFolder(), "tool", ".in");
            Path out = Files.createTempFile(Packaged.workFolder(), "tool", ".out");
            Files.writeString(in, input);
            Process process = new ProcessBuilder(command)
                    .redirectInput(in.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(out.toFile())
                    .start();
            if (!process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("still running after " + LONGEST_SECONDS + " s: " + command);
            }
            return new Verdict(process.exitValue(), Files.readString(out, UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
