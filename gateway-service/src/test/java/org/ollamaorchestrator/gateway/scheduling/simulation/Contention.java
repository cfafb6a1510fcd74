package org.ollamaorchestrator.gateway.scheduling.simulation;

import java.time.Duration;
import java.util.HashMap;
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

/** Two equal keys, one with long requests and one with short ones, that always have some waiting; nothing goes wrong. */
final class Contention {

    private static final long LASTS = 1_800_000;
    private static final int CLIENTS_OF_EACH = 8;
    private static final ModelName MODEL = Models.ALL.getFirst();

    private final VirtualTime time;
    private final SimulatedGateway gateway;
    private final Map<String, Long> typicalLineMillis = new LinkedHashMap<>();
    private final Map<String, Long> given = new HashMap<>();
    private final Map<String, Integer> unserved = new HashMap<>();
    private int requests;

    private Contention(long seed) {
        time = new VirtualTime(seed);
        gateway = new SimulatedGateway(
                time,
                new SchedulingPolicy(
                        1_000,
                        1_000_000,
                        Duration.ofMinutes(10),
                        Duration.ofSeconds(30),
                        2,
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(300),
                        Duration.ofSeconds(20)));
        typicalLineMillis.put("one", time.between(20, 100));
        typicalLineMillis.put("other", time.between(20, 1_000));
    }

    /** How much of the slots each key was given. */
    static Map<String, Long> run(long seed) {
        var contention = new Contention(seed);
        contention.run();
        if (!contention.unserved.isEmpty()) {
            throw new AssertionError("seed " + seed + ": some were not served: " + contention.unserved);
        }
        return contention.given;
    }

    private void run() {
        int agents = (int) time.between(1, 2);
        for (int i = 0; i < agents; i++) {
            int slots = (int) time.between(1, 2);
            var ollama = new SimulatedOllama(time, slots, 1, Map.of(MODEL, 2_000L));
            new SimulatedAgent(time, gateway, ollama, "agent-" + i, slots, ProtocolVersion.TUNNEL, 2).connect();
        }
        time.after(
                100,
                () -> typicalLineMillis.keySet().forEach(key -> {
                    for (int i = 0; i < CLIENTS_OF_EACH; i++) {
                        asks(key);
                    }
                }));
        while (time.next(LASTS)) {
            // each client asks again when it was answered
        }
    }

    private void asks(String key) {
        requests++;
        long typical = typicalLineMillis.getOrDefault(key, 0L);
        var work = new Work(MODEL, true, true, 10, (int) time.between(5, 20), time.between(typical / 2, 2 * typical));
        var needs = new JobNeeds(
                MODEL,
                Operation.CHAT,
                Optional.empty(),
                true,
                OptionalInt.empty(),
                new Prompt(40, List.of()),
                100,
                new Share(key, 1, Priority.NORMAL, Integer.MAX_VALUE),
                Optional.empty());
        var asked = new SimulatedRequest[1];
        asked[0] = new SimulatedRequest(new RequestId("r" + requests), needs, work, () -> {
            if (asked[0].isCompleted()) {
                given.merge(key, work.millis(), Long::sum);
            } else {
                unserved.merge(key, 1, Integer::sum);
            }
            time.after(time.between(0, 5), () -> asks(key));
        });
        gateway.arrives(asked[0]);
    }
}
