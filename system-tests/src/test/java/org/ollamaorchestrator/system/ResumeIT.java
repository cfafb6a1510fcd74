package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ollamaorchestrator.system.CuttableLink.Cut;

/** The agent's connection breaks, and its process does not: the client sees a pause at most. */
@SystemTest
class ResumeIT {
    private static final int CUTS = 10;
    private static final int LONG = 3_000_000;

    @AutoClose
    private final Simulator simulator = Simulator.launch("simulator", "--models", Fleet.SHARED, "--parallel", "4");

    @AutoClose
    private final Gateway gateway = Gateway.launch(List.of(
            "-Dorchestrator.agents.heartbeat=1s",
            "-Dorchestrator.agents.resume-window=4s",
            "-Dorchestrator.clients.keep-alive=2s"));

    @AutoClose
    private final CuttableLink link = CuttableLink.to(gateway.agentsPort());

    /** Its back-off is as short against the window as it is by default: it does not start anew while cuts follow fast. */
    @AutoClose
    private final Agent agent = Agent.launch(
            "agent",
            link.webSocketUrl(),
            simulator.url(),
            List.of("-Dorchestrator.slots=4", "-Dorchestrator.reconnect.max=500ms"));

    @BeforeEach
    void everything_is_there() {
        simulator.awaitReady();
        gateway.awaitReady();
        link.mend();
        agent.awaitUsable(gateway);
        gateway.awaitIdle();
    }

    @ParameterizedTest
    @EnumSource
    void ten_cuts_during_one_answer_cost_no_token(Cut how) {
        int before = link.made();
        var text = new StringBuilder();

        try (SeedStream stream = ask("cut by " + how, "{\"count\":2000,\"paceMs\":2}")) {
            for (int cut = 0; cut < CUTS; cut++) {
                for (int token = 0; token < 100; token++) {
                    text.append(stream.awaitNext().token());
                }
                link.cut(how);
            }
            text.append(stream.text());
        }

        assertThat(text.toString()).isEqualTo(Words.counting(2000));
        assertThat(link.made() - before).isGreaterThanOrEqualTo(CUTS);
        answeredOnce("cut by " + how);
    }

    @Test
    void a_fast_answer_that_is_cut_in_the_middle_of_frames_is_exact() {
        var text = new StringBuilder();
        try (SeedStream stream = ask("cut in frames", "{\"count\":50000}")) {
            text.append(stream.awaitNext().token());
            for (int cut = 0; cut < CUTS; cut++) {
                link.cutAfter(50_001);
                while (link.isToCut()) {
                    text.append(stream.awaitNext().token());
                }
            }
            text.append(stream.text());
        }

        assertThat(text.toString()).isEqualTo(Words.counting(50_000));
        answeredOnce("cut in frames");
    }

    @Test
    void a_connection_that_swallows_everything_costs_no_token() {
        try (SeedStream stream = ask("swallowed", "{\"count\":1000,\"paceMs\":5}")) {
            String first = stream.awaitNext().token();
            link.swallow();
            long swallowed = System.nanoTime();
            int connections = link.made();

            assertThat(first + stream.text()).isEqualTo(Words.counting(1000));
            Figures.show("half-open connection: the answer ended %d ms later", Figures.millisSince(swallowed));
            assertThat(link.made()).isGreaterThan(connections);
        }
        answeredOnce("swallowed");
    }

    @ParameterizedTest
    @EnumSource
    void a_cut_while_the_model_loads_costs_nothing(Cut how) {
        String model = "loads-" + how.name().toLowerCase(Locale.ROOT);
        simulator.has(model, "{\"loadMs\":2000}");
        simulator.answers(model, "{\"count\":10}");
        gateway.awaitOffered("agent", model);

        try (Asked asked =
                Asked.question(Manner.OPENAI_STREAM, model, "loading").of(gateway)) {
            Patience.until(
                    "the load",
                    () -> simulator.loadsOf(model).stream()
                            .anyMatch(load -> load.phase().equals("LOADING")));
            link.cut(how);

            assertThat(asked.words()).isEqualTo(Words.counting(10));
        }
        assertThat(simulator.loadsOf(model))
                .singleElement()
                .satisfies(load -> assertThat(load.outcome()).isEqualTo("COMPLETE"));
    }

    @ParameterizedTest
    @EnumSource
    void a_cut_before_the_first_line_costs_nothing(Cut how) {
        try (SeedStream stream = ask("prefill " + how, "{\"count\":10,\"firstTokenMs\":1500}")) {
            simulator.awaitPhase("prefill " + how, "PREFILL");
            link.cut(how);

            assertThat(stream.text()).isEqualTo(Words.counting(10));
        }
        answeredOnce("prefill " + how);
    }

    @Test
    void an_answer_that_ended_at_ollama_while_nothing_came_through_is_told_later() {
        try (SeedStream stream = ask("ended meanwhile", "{\"count\":100,\"paceMs\":10}")) {
            String first = stream.awaitNext().token();
            link.down();
            Simulator.Observed _ = simulator.awaitOutcome("ended meanwhile", "COMPLETE");
            link.mend();

            assertThat(first + stream.text()).isEqualTo(Words.counting(100));
        }
        answeredOnce("ended meanwhile");
    }

    /** Over and over, each a little later, so that every moment around the end is met. */
    @Test
    void cuts_around_the_end_leave_the_answer_exact() {
        for (int round = 0; round < 40; round++) {
            String text = "around the end, " + round + ".";
            try (SeedStream stream = ask(text, "{\"count\":20}")) {
                link.cutAfter(1500 + round * 50);
                assertThat(stream.text()).isEqualTo(Words.counting(20));
            }
            answeredOnce(text);
        }
        gateway.awaitIdle();
    }

    @ParameterizedTest
    @EnumSource(names = {"OPENAI_STREAM", "OPENAI_WHOLE", "OLLAMA_STREAM", "OLLAMA_WHOLE"})
    void a_long_line_in_parts_that_is_cut_in_its_middle_is_exact(Manner manner) {
        try (Asked asked = Asked.question(manner, Fleet.SHARED, "long line")
                .answeredBy("{\"count\":3,\"firstTokenMs\":100,\"tokenBytes\":" + LONG + "}")
                .of(gateway)) {
            link.cutAfter(700_000);

            assertThat(asked.words()).isEqualTo(padded(0) + padded(1) + padded(2));
            assertThat(link.isToCut()).as("was not cut").isFalse();
        }
    }

    private static String padded(int number) {
        return number + " " + "x".repeat(LONG - 3) + " ";
    }

    @Test
    void two_streams_that_are_cut_together_are_both_exact() {
        try (SeedStream one = ask("one of two", "{\"count\":500,\"paceMs\":3}");
                SeedStream other = ask("other of two", "{\"count\":700,\"paceMs\":2}")) {
            String first = one.awaitNext().token();
            String otherFirst = other.awaitNext().token();
            link.cut(Cut.RST);
            String second = one.awaitNext().token();
            link.cut(Cut.FIN);

            assertThat(first + second + one.text()).isEqualTo(Words.counting(500));
            assertThat(otherFirst + other.text()).isEqualTo(Words.counting(700));
        }
        answeredOnce("one of two");
        answeredOnce("other of two");
    }

    @Test
    void a_cut_for_longer_than_the_window_is_an_error_at_the_client_and_leaves_nothing_running() {
        try (SeedStream stream = ask("too long", "{\"count\":100000,\"paceMs\":5}")) {
            assertThat(stream.awaitNext().token()).isEqualTo("0 ");
            link.down();
            long cut = System.nanoTime();

            SeedStream.Whole rest = stream.rest();

            assertThat(rest.error()).contains("agent");
            assertThat(rest.isDone()).isFalse();
            Figures.show(
                    "cut for good, with a window of 4 s: the client was told after %d ms", Figures.millisSince(cut));
            Simulator.Observed left = simulator.awaitOutcome("too long", "CLIENT_LEFT");
            assertThat(left.tokensSent()).isLessThan(100_000);
        }
        link.mend();
        agent.awaitUsable(gateway);
        gateway.awaitIdle();
        try (SeedStream next = ask("after all that", "{\"count\":10}")) {
            assertThat(next.text()).isEqualTo(Words.counting(10));
        }
    }

    @Test
    void a_client_that_leaves_while_the_connection_is_away_leaves_nothing_running() {
        SeedStream stream = ask("left meanwhile", "{\"count\":100000,\"paceMs\":5}");
        assertThat(stream.awaitNext().token()).isEqualTo("0 ");
        link.down();
        stream.close();
        link.mend();

        Simulator.Observed left = simulator.awaitOutcome("left meanwhile", "CLIENT_LEFT");

        assertThat(left.tokensSent()).isLessThan(100_000);
        gateway.awaitIdle();
    }

    private SeedStream ask(String text, String script) {
        return gateway.client().send(SeedRequest.to(Fleet.SHARED).saying(text).answeredBy(script));
    }

    private void answeredOnce(String text) {
        assertThat(simulator.requestsSaying(text))
                .singleElement()
                .satisfies(seen -> assertThat(seen.outcome()).isEqualTo("COMPLETE"));
    }
}
