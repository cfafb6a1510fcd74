package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/** A gateway, an agent and a simulator with one model that talks and one that embeds. */
final class SdkSimulated implements AutoCloseable {
    static final String EMBED = "embed";

    /** What is said where no script says otherwise. */
    static final String SENTENCE = "Hello there, good to see you!";

    /** Scripts: five words, a call of a tool, and an object. */
    static final String COUNTS = "{\"count\":5}";

    static final String CALLS_WEATHER =
            "{\"tokens\":[],\"toolCalls\":[{\"name\":\"weather\",\"arguments\":{\"city\":\"Paris\"}}]}";
    static final String NAMES_BERN = "{\"tokens\":[\"{\\\"name\\\": \", \"\\\"BERN\\\"}\"]}";

    /** A script that stalls until Ollama dies. */
    static final String STALLS = "{\"count\":5,\"stallAfter\":1}";

    /** How an answer breaks after its second word: with an error line, without its end, or with its connection. */
    enum Break {
        FAILS("failAfter"),
        IS_CUT_OFF("cutAfter"),
        IS_RESET("resetAfter");

        private final String field;

        Break(String field) {
            this.field = field;
        }

        String script() {
            return "{\"count\":5,\"paceMs\":5,\"" + field + "\":2}";
        }
    }

    private final Simulator simulator =
            Simulator.launch("simulator-for-sdks", "--models", Fleet.SHARED + "," + EMBED, "--parallel", "4");
    private final Gateway gateway = Gateway.launch(List.of());
    private final Agent agent =
            Agent.launch("agent-for-sdks", gateway.agentsUrl(), simulator.url(), List.of("-Dorchestrator.slots=4"));

    void awaitWhole() {
        if (!simulator.isAlive()) {
            simulator.restart();
        }
        simulator.awaitReady();
        gateway.awaitReady();
        agent.awaitUsable(gateway);
    }

    Gateway gateway() {
        return gateway;
    }

    String url() {
        return "http://127.0.0.1:" + gateway.port();
    }

    /** How the next request that reaches Ollama is to be answered. */
    void answerNext(String script) {
        assertThat(Http.post(simulator.port(), "/simulator/scripts", script).status())
                .isEqualTo(204);
    }

    /** Waits for the answer to the prompt {@code stalls} to stall, and ends Ollama where it stands. */
    void endOllamaOnceItStalls() {
        simulator.awaitPhase("stalls", "STALLED");
        simulator.kill();
    }

    @Override
    public void close() {
        agent.close();
        gateway.close();
        simulator.close();
    }
}
