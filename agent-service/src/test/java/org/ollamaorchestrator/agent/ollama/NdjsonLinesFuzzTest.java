package org.ollamaorchestrator.agent.ollama;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.NullMarked;

/** Whatever Ollama sends, and wherever the network cuts it, the same lines come out. */
@NullMarked
class NdjsonLinesFuzzTest {

    private static final int LINE_BYTES_MAX = 200;

    /** The first byte says where the rest is cut. */
    @FuzzTest
    void lines_are_the_same_wherever_bytes_are_cut(byte[] input) {
        if (input.length == 0) {
            return;
        }
        byte[] document = Arrays.copyOfRange(input, 1, input.length);
        int cut = Math.min(Byte.toUnsignedInt(input[0]), document.length);

        assertThat(lines(document, cut)).isEqualTo(lines(document, 0));
        for (String line : lines(document, cut)) {
            assertThat(line).isNotEmpty().doesNotContain("\n");
            assertThat(OllamaLine.of(line, line.getBytes(UTF_8).length)).isNotNull();
        }
    }

    private static List<String> lines(byte[] document, int cut) {
        var seen = new ArrayList<String>();
        var lines = new NdjsonLines(LINE_BYTES_MAX, (line, length) -> seen.add(line));
        lines.feed(Buffer.buffer(Arrays.copyOfRange(document, 0, cut)));
        lines.feed(Buffer.buffer(Arrays.copyOfRange(document, cut, document.length)));
        lines.end();
        return lines.tooLong() ? List.of() : seen;
    }
}
