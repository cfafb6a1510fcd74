package org.ollamaorchestrator.agent.bridge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.protocol.AgentMessage.Chunk;
import org.ollamaorchestrator.protocol.AgentMessage.LinePart;
import org.ollamaorchestrator.protocol.AgentMessage.Lines;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ProtocolLimits;
import org.ollamaorchestrator.protocol.codec.MessageCodec;

class ChunkFramesTest {

    private static final JobId JOB = new JobId("j".repeat(128));
    private final MessageCodec codec = new MessageCodec();

    @Test
    void lines_that_fit_share_one_frame() {
        assertThat(ChunkFrames.of(JOB, 7, List.of("a", "b"))).containsExactly(new Lines(JOB, 7, List.of("a", "b")));
    }

    @Test
    void nothing_makes_no_frame() {
        assertThat(ChunkFrames.of(JOB, 1, List.of())).isEmpty();
    }

    @Test
    void whatever_the_lines_no_frame_is_too_large_and_nothing_is_lost() {
        long seed = 20_261_122;
        Random random = new Random(seed);
        String[] alphabet = {"a", "\"", "\\", "\n", "\u0001", "é", "€", "\ud83d\ude00"};
        for (int round = 0; round < 60; round++) {
            List<String> lines = new ArrayList<>();
            for (int i = 0; i < 1 + random.nextInt(12); i++) {
                int length = 1 + random.nextInt(random.nextBoolean() ? 100 : 90_000);
                String piece = alphabet[random.nextInt(alphabet.length)];
                lines.add("x".repeat(random.nextInt(3)) + piece.repeat(length));
            }

            List<Chunk> frames = ChunkFrames.of(JOB, 5, lines);

            assertThat(frames)
                    .as("seed %d, round %d", seed, round)
                    .allSatisfy(frame -> assertThat(codec.encode(frame).getBytes(UTF_8))
                            .hasSizeLessThanOrEqualTo(ProtocolLimits.FRAME_BYTES_MAX));
            assertThat(joined(frames, 5)).isEqualTo(lines);
        }
    }

    /** Puts the lines together again; each piece must survive UTF-8 by itself, and numbers have no gap. */
    private static List<String> joined(List<Chunk> frames, long firstSeq) {
        List<String> lines = new ArrayList<>();
        StringBuilder parts = new StringBuilder();
        int nextPart = 0;
        for (Chunk frame : frames) {
            assertThat(frame.seq()).isEqualTo(firstSeq + lines.size());
            switch (frame) {
                case Lines whole -> lines.addAll(whole.lines());
                case LinePart part -> {
                    assertThat(part.part()).isEqualTo(nextPart++);
                    parts.append(new String(part.data().getBytes(UTF_8), UTF_8));
                    if (!part.more()) {
                        lines.add(parts.toString());
                        parts.setLength(0);
                        nextPart = 0;
                    }
                }
            }
        }
        return lines;
    }
}
