package org.ollamaorchestrator.agent.box;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** NVIDIA's own program, which comes with its driver and says what its GPUs have. Where there is none, nothing is known. */
final class NvidiaSmi {

    /** It takes a second where the driver has to wake up; one that hangs is ended. */
    private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(5);

    /** A line for each GPU; more than a machine has is not read. */
    private static final int OUTPUT_BYTES_MAX = 64 * 1024;

    private static final long MEBIBYTE = 1024 * 1024;

    private static final List<String> QUESTION =
            List.of("--query-gpu=memory.total,memory.free", "--format=csv,noheader,nounits");

    /** A number of MiB, or a word in brackets: {@code [N/A]}, {@code [Unknown Error]}. */
    private static final Pattern GPU =
            Pattern.compile("\\s*(?:(\\d{1,12})|\\[[^\\]]*\\])\\s*,\\s*(?:(\\d{1,12})|\\[[^\\]]*\\])\\s*");

    private static final long NOT_TOLD = -1;

    private final String program;
    private final Duration answersWithin;

    /** @param program its name, to be found on the path, or where it is */
    NvidiaSmi(String program) {
        this(program, ANSWERS_WITHIN);
    }

    NvidiaSmi(String program, Duration answersWithin) {
        this.program = program;
        this.answersWithin = answersWithin;
    }

    /** Blocks, for as long as the program may take. */
    Vram ask() {
        Process asked;
        try {
            asked = new ProcessBuilder(program, QUESTION.get(0), QUESTION.get(1))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException notThere) {
            return Vram.UNKNOWN;
        }
        try {
            asked.getOutputStream().close();
            // Its few lines fit into the pipe, so that nobody has to read them while it runs.
            if (!asked.waitFor(answersWithin.toMillis(), TimeUnit.MILLISECONDS) || asked.exitValue() != 0) {
                return Vram.UNKNOWN;
            }
            try (InputStream output = asked.getInputStream()) {
                return parse(new String(output.readNBytes(OUTPUT_BYTES_MAX), UTF_8));
            }
        } catch (IOException brokeOff) {
            return Vram.UNKNOWN;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Vram.UNKNOWN;
        } finally {
            asked.destroyForcibly();
        }
    }

    /** The sums over all GPUs. Lines that tell of none are skipped: a driver puts its warnings among them. */
    static Vram parse(String output) {
        List<Gpu> gpus = output.lines()
                .map(GPU::matcher)
                .filter(Matcher::matches)
                .map(gpu -> new Gpu(bytes(gpu.group(1)), bytes(gpu.group(2))))
                .toList();
        return new Vram(sum(gpus, gpu -> gpu.total), sum(gpus, gpu -> gpu.free));
    }

    private record Gpu(long total, long free) {}

    private static long bytes(@Nullable String mebibytes) {
        return mebibytes == null ? NOT_TOLD : Long.parseLong(mebibytes) * MEBIBYTE;
    }

    private static @Nullable Long sum(List<Gpu> gpus, ToLongFunction<Gpu> of) {
        if (gpus.isEmpty() || gpus.stream().mapToLong(of).anyMatch(bytes -> bytes == NOT_TOLD)) {
            return null;
        }
        return gpus.stream().mapToLong(of).sum();
    }
}
