package org.ollamaorchestrator.gateway.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.gateway.jobs.Paces.Pace;
import org.ollamaorchestrator.gateway.scheduling.RequestId;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;

@NullMarked
class PacesTest {

    private static final AgentId ANNA = new AgentId("anna");

    private final Paces paces = new Paces();

    @Test
    void tokens_are_counted_from_the_first_on_and_the_first_from_when_the_agent_had_the_request() {
        paces.ended(entry(21, true, Duration.ofSeconds(5), Duration.ofSeconds(6), Duration.ofSeconds(8)));

        assertThat(paces.of(ANNA)).contains(new Pace(10, Duration.ofSeconds(1)));
    }

    @Test
    void the_last_answer_counts_for_a_third() {
        paces.ended(entry(11, true, Duration.ZERO, Duration.ofSeconds(1), Duration.ofSeconds(2)));
        paces.ended(entry(21, true, Duration.ZERO, Duration.ofSeconds(2), Duration.ofSeconds(3)));

        assertThat(paces.of(ANNA)).contains(new Pace(13, Duration.ofMillis(1300)));
    }

    @Test
    void what_was_guessed_or_has_one_token_says_nothing() {
        paces.ended(entry(21, false, Duration.ZERO, Duration.ofSeconds(1), Duration.ofSeconds(2)));
        paces.ended(entry(1, true, Duration.ZERO, Duration.ofSeconds(1), Duration.ofSeconds(2)));

        assertThat(paces.of(ANNA)).isEmpty();
    }

    private static Ledger.Entry entry(
            long tokens, boolean exact, Duration queued, Duration firstLine, Duration duration) {
        return new Ledger.Entry(
                new RequestId("r"),
                "x",
                "ollama",
                "key",
                new ModelName("tiny"),
                Operation.CHAT,
                Optional.of(ANNA),
                new JobUsage(9, tokens, exact),
                Optional.of(queued),
                Optional.empty(),
                Optional.of(firstLine),
                duration,
                "done",
                Instant.EPOCH);
    }
}
