package org.ollamaorchestrator.gateway.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.gateway.agents.LineSource;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.JobId;

/** A load whose agent does not come back with it is lost; one that may still come back is not. */
@NullMarked
class LoadRunTest {

    private static final Duration NO_TIME = Duration.ZERO;
    private static final Duration LONG = Duration.ofHours(1);

    private final LineSource session = session();
    private final LineSource anotherSession = session();
    private final LoadRun load = new LoadRun(new JobId("r-load-1"), new AgentId("a"), session, Tracing.Load.NONE);

    @Test
    void with_its_session_it_goes_on() {
        assertThat(load.isLost(Optional.of(session), NO_TIME)).isFalse();
        assertThat(load.isLost(Optional.of(session), NO_TIME)).isFalse();
    }

    @Test
    void without_an_agent_it_is_lost_when_the_time_to_come_back_is_over() {
        assertThat(load.isLost(Optional.empty(), LONG)).isFalse();
        assertThat(load.isLost(Optional.empty(), LONG)).isFalse();
        assertThat(load.isLost(Optional.empty(), NO_TIME)).isTrue();
    }

    @Test
    void an_agent_that_came_back_without_it_has_lost_it() {
        assertThat(load.isLost(Optional.of(anotherSession), NO_TIME)).isFalse();
        assertThat(load.isLost(Optional.of(anotherSession), NO_TIME)).isTrue();
    }

    @Test
    void one_that_is_resumed_goes_on_over_the_new_session() {
        assertThat(load.isLost(Optional.empty(), NO_TIME)).isFalse();

        assertThat(load.resumeOver(anotherSession)).isZero();

        assertThat(load.isLost(Optional.of(anotherSession), NO_TIME)).isFalse();
        assertThat(load.isLost(Optional.empty(), NO_TIME)).isFalse();
    }

    private static LineSource session() {
        return new LineSource() {
            @Override
            public String agentName() {
                return "a";
            }

            @Override
            public void acknowledge(JobId job, long seq) {}
        };
    }
}
