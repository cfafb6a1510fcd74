package org.ollamaorchestrator.system;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A gateway and some agents, each with a simulator of its own. */
final class Fleet implements AutoCloseable {
    /** A model that every Ollama has. */
    static final String SHARED = "shared";

    private final Gateway gateway;
    private final List<Simulator> simulators = new ArrayList<>();
    private final List<Agent> agents = new ArrayList<>();

    private Fleet(Plan plan) {
        gateway = plan.administrator
                .map(key -> Gateway.launch(plan.gatewayOptions, key.secret()))
                .orElseGet(() -> Gateway.launch(plan.gatewayOptions));
        try {
            startAll(plan);
        } catch (RuntimeException | AssertionError e) {
            close();
            throw e;
        }
    }

    private void startAll(Plan plan) {
        for (int i = 0; i < plan.agents; i++) {
            simulators.add(Simulator.launch(
                    "simulator-" + i,
                    "--models",
                    SHARED + "," + modelOf(i),
                    "--parallel",
                    Integer.toString(plan.slots)));
        }
        simulators.forEach(Simulator::awaitReady);
        gateway.awaitReady();
        for (int i = 0; i < plan.agents; i++) {
            agents.add(Agent.launch(
                    "agent-" + i,
                    gateway.agentsUrl(),
                    simulators.get(i).url(),
                    List.of("-Dorchestrator.slots=" + plan.slots)));
        }
        awaitWhole();
    }

    /** What to start. */
    static final class Plan {
        private int agents = 1;
        private int slots = 1;
        private final List<String> gatewayOptions = new ArrayList<>();
        private Optional<IssuedKey> administrator = Optional.empty();

        private Plan() {}

        @CanIgnoreReturnValue
        Plan agents(int count) {
            agents = count;
            return this;
        }

        /** Jobs that each agent, and each model of its Ollama, runs at once. */
        @CanIgnoreReturnValue
        Plan slots(int count) {
            slots = count;
            return this;
        }

        @CanIgnoreReturnValue
        Plan gatewayOption(String jvmOption) {
            gatewayOptions.add(jvmOption);
            return this;
        }

        /** Every client needs a key, and the test has this one. */
        @CanIgnoreReturnValue
        Plan administrator(IssuedKey key) {
            administrator = Optional.of(key);
            return key("boss", key, "admin=true").gatewayOption("-Dquarkus.http.host=127.0.0.1");
        }

        /** @param more of the key, such as {@code models=tiny} */
        @CanIgnoreReturnValue
        Plan key(String name, IssuedKey key, String... more) {
            gatewayOptions.add("-Dorchestrator.keys." + name + ".hash=" + key.hash());
            for (String each : more) {
                gatewayOptions.add("-Dorchestrator.keys." + name + "." + each);
            }
            return this;
        }

        Fleet start() {
            return new Fleet(this);
        }
    }

    static Plan plan() {
        return new Plan();
    }

    /** A model that only the Ollama of that agent has. */
    static String modelOf(int agent) {
        return "only-on-" + agent;
    }

    Gateway gateway() {
        return gateway;
    }

    SeedClient client() {
        return gateway.client();
    }

    Agent agent(int number) {
        return agents.get(number);
    }

    Simulator simulator(int number) {
        return simulators.get(number);
    }

    /** Waits until every agent takes jobs and none has one. */
    void awaitWhole() {
        agents.forEach(agent -> agent.awaitUsable(gateway));
        gateway.awaitAgents(agents.size());
        gateway.awaitIdle();
    }

    /** Starts again whatever a test has ended. */
    void mend() {
        simulators.stream().filter(simulator -> !simulator.isAlive()).forEach(Simulator::restart);
        if (!gateway.process().isAlive()) {
            gateway.restart();
        }
        agents.stream().filter(agent -> !agent.process().isAlive()).forEach(agent -> {
            // Else its successor would be taken for ready because of what it left at the gateway.
            agent.awaitMissed(gateway);
            agent.relaunch();
        });
        awaitWhole();
    }

    @Override
    public void close() {
        agents.forEach(Agent::close);
        gateway.close();
        simulators.forEach(Simulator::close);
    }
}
