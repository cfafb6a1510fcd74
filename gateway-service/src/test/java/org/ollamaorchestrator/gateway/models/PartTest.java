package org.ollamaorchestrator.gateway.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.gateway.models.PartEvent.Begun;
import org.ollamaorchestrator.gateway.models.PartEvent.CancelAsked;
import org.ollamaorchestrator.gateway.models.PartEvent.Completed;
import org.ollamaorchestrator.gateway.models.PartEvent.FailedBy;
import org.ollamaorchestrator.gateway.models.PartEvent.TimePassed;
import org.ollamaorchestrator.gateway.models.PartEvent.Told;
import org.ollamaorchestrator.gateway.models.PartState.Cancelled;
import org.ollamaorchestrator.gateway.models.PartState.Done;
import org.ollamaorchestrator.gateway.models.PartState.Failed;
import org.ollamaorchestrator.gateway.models.PartState.Running;
import org.ollamaorchestrator.gateway.models.PartState.Waiting;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.JobFailure;

@NullMarked
class PartTest {

    private static final Instant NOW = Instant.parse("2026-11-25T20:00:00Z");
    private static final JobFailure LOST = new JobFailure.AgentLost(false);
    private static final JobFailure NO_SPACE = new JobFailure.OllamaBroke("no space left on device");

    private static final Part WAITING = Part.of(new AgentId("a"), "box");
    private static final Part RUNNING = WAITING.after(new Begun(), NOW);

    private static final List<Part> ALL_STATES = List.of(
            WAITING,
            RUNNING,
            RUNNING.after(new Completed(), NOW),
            RUNNING.after(new FailedBy(NO_SPACE), NOW),
            RUNNING.after(new CancelAsked(), NOW));

    private static final List<PartEvent> ALL_EVENTS = List.of(
            new Begun(),
            new Told("{\"status\":\"pulling manifest\"}"),
            new Completed(),
            new FailedBy(NO_SPACE),
            new FailedBy(LOST),
            new CancelAsked(),
            new TimePassed(true),
            new TimePassed(false));

    @Test
    void every_event_in_every_state_is_a_step_or_a_stated_impossibility() {
        Set<String> impossible = Set.of("waiting Told", "waiting Completed", "waiting FailedBy", "running Begun");

        for (Part part : ALL_STATES) {
            for (PartEvent event : ALL_EVENTS) {
                String what = part.state().wireName() + " " + event.getClass().getSimpleName();
                if (impossible.contains(what)) {
                    assertThatThrownBy(() -> part.after(event, NOW)).as(what).isInstanceOf(IllegalStateException.class);
                } else {
                    assertThat(part.after(event, NOW)).as(what).isNotNull();
                }
            }
        }
    }

    @Test
    void nothing_happens_to_a_part_that_is_over() {
        for (Part part : ALL_STATES) {
            if (part.state().isOver()) {
                for (PartEvent event : ALL_EVENTS) {
                    assertThat(part.after(event, NOW)).isEqualTo(part);
                }
            }
        }
    }

    @Test
    void an_agent_that_is_lost_is_asked_again_after_a_pause() {
        Part again = RUNNING.after(new FailedBy(LOST), NOW);

        assertThat(again.state())
                .isEqualTo(new Waiting("the agent's connection was lost", NOW.plus(Part.PAUSE), Optional.empty()));
        assertThat(again.after(new Begun(), NOW).state()).isEqualTo(new Running());
    }

    @Test
    void an_agent_that_is_lost_too_often_has_failed() {
        Part part = WAITING;
        for (int i = 0; i < Part.ATTEMPTS_MAX; i++) {
            assertThat(part.state()).isInstanceOf(Waiting.class);
            part = part.after(new Begun(), NOW).after(new FailedBy(LOST), NOW);
        }

        assertThat(part.state()).isEqualTo(new Failed(LOST));
    }

    @Test
    void an_agent_without_room_is_asked_again_however_often() {
        Part part = WAITING;
        for (int i = 0; i < Part.ATTEMPTS_MAX * 3; i++) {
            part = part.after(new Begun(), NOW).after(new FailedBy(new JobFailure.AgentRefused(false)), NOW);
        }

        assertThat(part.state()).isInstanceOf(Waiting.class);
        assertThat(part.attempts()).isZero();
    }

    @Test
    void what_ollama_says_of_the_model_itself_is_final() {
        assertThat(RUNNING.after(new FailedBy(NO_SPACE), NOW).state()).isEqualTo(new Failed(NO_SPACE));
        JobFailure missing = new JobFailure.OllamaAnswered(404, null, "");
        assertThat(RUNNING.after(new FailedBy(missing), NOW).state()).isEqualTo(new Failed(missing));
    }

    @Test
    void an_agent_may_be_away_for_a_while_and_its_time_begins_anew_when_it_was_there() {
        Part away = WAITING.after(new TimePassed(false), NOW);
        Instant nearlyTooLate = NOW.plus(Part.BACK_WITHIN).minusMillis(1);

        assertThat(away.after(new TimePassed(false), nearlyTooLate).state()).isInstanceOf(Waiting.class);
        assertThat(away.after(new TimePassed(false), NOW.plus(Part.BACK_WITHIN)).state())
                .isEqualTo(new Failed(LOST));
        Part backAndGone = away.after(new TimePassed(true), nearlyTooLate).after(new TimePassed(false), nearlyTooLate);
        assertThat(backAndGone
                        .after(new TimePassed(false), NOW.plus(Part.BACK_WITHIN).plus(Duration.ofMinutes(1)))
                        .state())
                .isInstanceOf(Waiting.class);
    }

    @Test
    void what_waits_for_its_turn_waits_for_ever() {
        Part part = WAITING.after(new TimePassed(true), NOW.plus(Duration.ofDays(1)));

        assertThat(part.state()).isInstanceOf(Waiting.class);
    }

    @Test
    void a_cancelled_part_stays_cancelled_whatever_its_agent_says_later() {
        Part cancelled = RUNNING.after(new CancelAsked(), NOW);

        assertThat(cancelled.after(new Completed(), NOW).state()).isEqualTo(new Cancelled());
        assertThat(WAITING.after(new CancelAsked(), NOW).state()).isEqualTo(new Cancelled());
        assertThat(RUNNING.after(new Completed(), NOW).state()).isEqualTo(new Done());
    }
}
