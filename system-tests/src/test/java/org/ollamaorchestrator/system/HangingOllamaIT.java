package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** An Ollama that says nothing at all any more: its agent tells, and another gets its requests. */
@SystemTest
class HangingOllamaIT {
    private static final int REQUESTS = 4;

    /** So large that its first line may take minutes: only that Ollama says nothing at all tells that it hangs. */
    private static final String MODEL = "large";

    @AutoClose
    private final Simulator one = Simulator.launch("simulator-0", "--models", Fleet.SHARED, "--parallel", "4");

    @AutoClose
    private final Simulator other = Simulator.launch("simulator-1", "--models", Fleet.SHARED, "--parallel", "4");

    @AutoClose
    private final CuttableLink toOllama = CuttableLink.to(one.port());

    @AutoClose
    private final Gateway gateway = Gateway.start();

    @AutoClose
    private final Agent hanging =
            Agent.launch("agent-0", gateway.agentsUrl(), toOllama.httpUrl(), List.of("-Dorchestrator.slots=4"));

    @AutoClose
    private final Agent well =
            Agent.launch("agent-1", gateway.agentsUrl(), other.url(), List.of("-Dorchestrator.slots=4"));

    @Test
    void its_requests_are_answered_by_another() {
        hanging.awaitUsable(gateway);
        well.awaitUsable(gateway);
        for (Simulator simulator : List.of(one, other)) {
            simulator.has(MODEL, "{\"size\":60000000000}");
            simulator.answers(MODEL, "{\"count\":20}");
            simulator.warm(MODEL);
        }
        gateway.awaitLoaded("agent-0", MODEL);
        gateway.awaitLoaded("agent-1", MODEL);
        drainTheOther("POST");
        Patience.until("the other to drain", () -> !gateway.takesJobs("agent-1"));

        toOllama.hang();
        long asked = System.nanoTime();
        var all = new ArrayList<Asked>();
        for (int i = 0; i < REQUESTS; i++) {
            all.add(Asked.question(Manner.number(i), MODEL, "nobody says anything")
                    .of(gateway));
        }
        Patience.until(
                "all of them to be where it hangs",
                () -> gateway.agent("agent-0")
                        .filter(agent -> agent.path("active").asInt() == REQUESTS)
                        .isPresent());
        drainTheOther("DELETE");
        Patience.within(
                Patience.FOR_A_START,
                "the other to answer",
                () -> other.requestsSaying("nobody says anything").size() == REQUESTS);

        assertThat(all).allSatisfy(one -> assertThat(one.words()).isEqualTo(Words.counting(20)));
        Figures.show("an Ollama that says nothing at all: answered by another after %d ms", Figures.millisSince(asked));
        all.forEach(Asked::close);
    }

    private void drainTheOther(String method) {
        Http.Reply reply = Http.exchange(well.managementPort(), method, "/drain", Map.of("Connection", "close"), "");
        assertThat(reply.status()).isEqualTo(200);
    }
}
