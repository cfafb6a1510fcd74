package org.ollamaorchestrator.gateway.scheduling.simulation;

import static org.ollamaorchestrator.gateway.scheduling.simulation.SimulatedGateway.must;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.ollamaorchestrator.gateway.scheduling.JobNeeds;
import org.ollamaorchestrator.gateway.scheduling.Priority;
import org.ollamaorchestrator.gateway.scheduling.Prompt;
import org.ollamaorchestrator.gateway.scheduling.RequestId;
import org.ollamaorchestrator.gateway.scheduling.SchedulingPolicy;
import org.ollamaorchestrator.gateway.scheduling.Share;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;
import org.ollamaorchestrator.protocol.ProtocolVersion;

/** One history of a fleet and its clients, made of a seed. */
final class Simulation {

    /** What happens to the faults in the end. */
    enum Mode {
        /** They stop: then everything ends, nothing is left, and whatever can succeed does. */
        FAULTS_HEAL,
        /** They go on for ever: only what must never happen is checked. */
        ANYTHING_GOES
    }

    private static final long FAULTS_FOR = 90_000;
    private static final long QUIET_WITHIN = 300_000;

    /** A while after the faults: agents that were put aside are back. */
    private static final long LATE_AT = FAULTS_FOR + 150_000;

    private static final int REQUESTS = 40;

    /** So few that the queue of any policy has room for them. */
    private static final int LATE_MODELS = 2;

    private final Mode mode;
    private final VirtualTime time;
    private final SimulatedGateway gateway;
    private final List<SimulatedAgent> agents = new ArrayList<>();
    private final List<SimulatedRequest> requests = new ArrayList<>();
    private final List<SimulatedRequest> late = new ArrayList<>();
    private final double faults;

    private Simulation(long seed, Mode mode) {
        this.mode = mode;
        this.time = new VirtualTime(seed);
        this.gateway = new SimulatedGateway(time, policy());
        this.faults = time.chance(0.2) ? 0 : time.between(1, 30) / 100.0;
    }

    /** @throws AssertionError with the seed and what happened last, if anything was not as it must be */
    static void run(long seed, Mode mode) {
        var simulation = new Simulation(seed, mode);
        try {
            simulation.run();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(
                    "seed " + seed + ", " + mode + ", at " + simulation.time.now() + " ms: " + e.getMessage() + "\n"
                            + simulation.time.trace(),
                    e);
        }
    }

    /** Everything that happened, in one number: equal for equal seeds. */
    static String fingerprint(long seed, Mode mode) {
        var simulation = new Simulation(seed, mode);
        simulation.run();
        return simulation.time.count() + " happenings, " + simulation.requests + simulation.late;
    }

    private SchedulingPolicy policy() {
        return new SchedulingPolicy(
                (int) time.between(3, 30),
                1_000_000,
                Duration.ofSeconds(60),
                Duration.ofSeconds(10),
                (int) time.between(0, 2),
                Duration.ofSeconds(10),
                Duration.ofSeconds(20),
                Duration.ofSeconds(30),
                Duration.ofSeconds(time.chance(0.1) ? 0 : 20));
    }

    private void run() {
        makeAgents();
        makeClients();
        while (time.next(FAULTS_FOR)) {
            // until then, everything may go wrong
        }
        if (mode == Mode.ANYTHING_GOES) {
            while (time.next(2 * FAULTS_FOR)) {
                // and after it as well
            }
            return;
        }
        heal();
        while (time.next(LATE_AT)) {
            // what was begun has time to end
        }
        must(gateway.isIdle(), "something has not ended: " + unended());
        if (faults == 0) {
            requests.forEach(request -> must(request.endedAsItMay(), "nothing was wrong: " + request));
        }
        late.forEach(gateway::arrives);
        while (!gateway.isIdle() && time.next(LATE_AT + QUIET_WITHIN)) {
            // they need a moment
        }
        late.forEach(request -> must(request.isCompleted(), "it could have succeeded: " + request));
        while (time.next(time.now() + 60_000) && time.now() < LATE_AT + QUIET_WITHIN) {
            if (isQuiet()) {
                break;
            }
        }
        gateway.core().checkQuiet();
        must(gateway.core().view().busy() == 0, "a slot is still taken");
    }

    private boolean isQuiet() {
        try {
            gateway.core().checkQuiet();
            return true;
        } catch (AssertionError notYet) {
            return false;
        }
    }

    private String unended() {
        return requests.stream()
                .filter(request -> request.end().isEmpty())
                .toList()
                .toString();
    }

    // --- The fleet ---

    private void makeAgents() {
        int count = (int) time.between(1, 4);
        for (int i = 0; i < count; i++) {
            int slots = (int) time.between(1, 3);
            int version = time.chance(0.1) ? ProtocolVersion.PROMPTS : ProtocolVersion.TUNNEL;
            int used = version == ProtocolVersion.PROMPTS ? 1 : slots;
            var ollama = new SimulatedOllama(time, used, (int) time.between(1, 3), loadTimes());
            var agent = new SimulatedAgent(
                    time, gateway, ollama, "agent-" + i, used, version, time.chance(0.5) ? 2 : time.between(0, 300));
            agents.add(agent);
            time.after(time.between(0, 3_000), agent::connect);
            ollama.faults(faults);
            agent.refuses(faults / 2);
            if (faults > 0) {
                trouble(agent);
            }
        }
        if (time.chance(0.1) && faults > 0) {
            time.after(time.between(20_000, 60_000), () -> gateway.drains(true));
            time.after(time.between(60_000, FAULTS_FOR), () -> gateway.drains(false));
        }
    }

    private Map<ModelName, Long> loadTimes() {
        var times = new LinkedHashMap<ModelName, Long>();
        int many = (int) time.between(1, Models.ALL.size());
        int first = (int) time.between(0, Models.ALL.size() - 1);
        for (int i = 0; i < many; i++) {
            times.put(Models.ALL.get((first + i) % Models.ALL.size()), time.between(500, 8_000));
        }
        return times;
    }

    private void trouble(SimulatedAgent agent) {
        time.after(time.between(1_000, 25_000), () -> {
            if (mode == Mode.FAULTS_HEAL && time.now() >= FAULTS_FOR) {
                return;
            }
            somethingHappensTo(agent);
            trouble(agent);
        });
    }

    private void somethingHappensTo(SimulatedAgent agent) {
        Link link = agent.link();
        int what = (int) time.between(0, 9);
        time.note("trouble", agent.id(), what);
        switch (what) {
            case 0, 1, 2 -> {
                if (link != null) {
                    link.cut();
                }
            }
            case 3, 4 -> {
                if (link != null) {
                    link.goSilent();
                }
            }
            case 5 -> agent.crashes(time.between(500, 10_000));
            case 6 -> {
                agent.ollama().goDown();
                agent.ollamaChanged();
                time.after(time.between(500, 20_000), () -> {
                    agent.ollama().comeUp();
                    agent.ollamaChanged();
                });
            }
            case 7 -> {
                agent.drains(true);
                time.after(time.between(500, 20_000), () -> agent.drains(false));
            }
            case 8 -> {
                if (link != null) {
                    gateway.breaks(link);
                }
            }
            default -> {
                agent.networkGoesFor(time.between(1_000, 40_000));
                if (link != null) {
                    link.cut();
                }
            }
        }
    }

    private void heal() {
        gateway.drains(false);
        for (SimulatedAgent agent : agents) {
            agent.ollama().heal();
            agent.ollamaChanged();
            agent.drains(false);
            agent.refuses(0);
            agent.networkComes();
        }
    }

    // --- Clients ---

    private void makeClients() {
        long arrivalsFor = time.chance(0.3) ? time.between(0, 10_000) : FAULTS_FOR - 10_000;
        for (int i = 0; i < REQUESTS; i++) {
            SimulatedRequest request = request("r" + i, Optional.empty());
            requests.add(request);
            long at = time.between(0, arrivalsFor);
            time.at(at, () -> gateway.arrives(request));
            if (time.chance(0.25)) {
                time.at(at + time.between(0, 15_000), () -> gateway.leaves(request));
            }
        }
        Models.ALL.stream()
                .filter(model -> agents.stream()
                        .anyMatch(agent -> agent.ollama().models().contains(model)))
                .limit(LATE_MODELS)
                .forEach(model -> late.add(request("late-" + model, Optional.of(model))));
    }

    private SimulatedRequest request(String name, Optional<ModelName> onlyOf) {
        Operation operation = onlyOf.isPresent()
                ? Operation.CHAT
                : time.oneOf(List.of(Operation.CHAT, Operation.CHAT, Operation.CHAT, Operation.EMBED, Operation.SHOW));
        boolean streams = operation == Operation.CHAT;
        ModelName model = onlyOf.orElseGet(() -> time.oneOf(Models.ALL));
        long prompt = time.between(10, 6_000);
        var work = new Work(
                model,
                operation.takesSlot(),
                operation.takesSlot(),
                operation.takesSlot() ? prompt / 4 : 1,
                streams ? (int) time.between(1, 20) : 1,
                time.between(5, 400));
        var needs = new JobNeeds(
                model,
                operation,
                onlyOf.isEmpty() && time.chance(0.2) ? Optional.of("tools") : Optional.empty(),
                operation.takesSlot(),
                OptionalInt.empty(),
                new Prompt(prompt, List.of(new Prompt.Prefix(time.between(0, 5), prompt / 2))),
                time.between(10, 60_000),
                new Share(
                        "key-" + time.between(0, 3),
                        (int) time.between(1, 3),
                        time.oneOf(List.of(Priority.values())),
                        (int) time.between(2, 20)),
                onlyOf.isEmpty() && time.chance(0.2)
                        ? Optional.of(Duration.ofMillis(time.between(1, 30_000)))
                        : Optional.empty());
        return new SimulatedRequest(new RequestId(name), needs, work, () -> {});
    }
}
