package org.ollamaorchestrator.gateway.scheduling;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.ModelName;

/**
 * What was learned of how long things take, for each agent and model, and for each model over all agents. A moving
 * average: what happened last counts for a third.
 */
final class Estimates {

    private static final double WEIGHT_OF_LAST = 0.3;

    private static final Duration JOB = Duration.ofSeconds(10);
    private static final double PREFILL_BYTES_PER_SECOND = 2_000;
    private static final double LOAD_BYTES_PER_SECOND = 1e9;
    private static final Duration LOAD_AT_LEAST = Duration.ofSeconds(1);

    /** Shorter prompts say more of everything else that takes time. */
    private static final long PREFILL_BYTES_TO_LEARN_FROM = 2_000;

    private static final int ENTRIES_MAX = 10_000;

    private record Place(@Nullable AgentId agent, ModelName model) {}

    /** Seconds, or bytes a second; 0 while nothing was learned. */
    private static final class Learned {
        private double load;
        private double job;
        private double prefill;
    }

    private final Map<Place, Learned> learned = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, Learned> eldest) {
            return size() > ENTRIES_MAX;
        }
    };

    void loadTook(AgentId agent, ModelName model, Duration time) {
        at(agent, model).load = mix(at(agent, model).load, seconds(time));
        at(null, model).load = mix(at(null, model).load, seconds(time));
    }

    void jobTook(AgentId agent, ModelName model, Duration time) {
        at(agent, model).job = mix(at(agent, model).job, seconds(time));
        at(null, model).job = mix(at(null, model).job, seconds(time));
    }

    /** @param bytes of the prompt that no cache held */
    void firstLineTook(AgentId agent, ModelName model, long bytes, Duration time) {
        if (bytes >= PREFILL_BYTES_TO_LEARN_FROM) {
            double rate = bytes / Math.max(seconds(time), 0.001);
            at(agent, model).prefill = mix(at(agent, model).prefill, rate);
            at(null, model).prefill = mix(at(null, model).prefill, rate);
        }
    }

    /** @param size of the model in bytes; what it takes to read it stands for what nobody has seen yet */
    Duration load(AgentId agent, ModelName model, long size) {
        double known = known(agent, model, each -> each.load);
        return known > 0 ? ofSeconds(known) : LOAD_AT_LEAST.plus(ofSeconds(size / LOAD_BYTES_PER_SECOND));
    }

    Duration job(AgentId agent, ModelName model) {
        double known = known(agent, model, each -> each.job);
        return known > 0 ? ofSeconds(known) : JOB;
    }

    /** Over all agents. */
    Duration job(ModelName model) {
        Learned all = learned.get(new Place(null, model));
        return all != null && all.job > 0 ? ofSeconds(all.job) : JOB;
    }

    Duration prefill(AgentId agent, ModelName model, long bytes) {
        double known = known(agent, model, each -> each.prefill);
        return ofSeconds(bytes / (known > 0 ? known : PREFILL_BYTES_PER_SECOND));
    }

    private interface Figure {
        double of(Learned learned);
    }

    private double known(AgentId agent, ModelName model, Figure figure) {
        Learned own = learned.get(new Place(agent, model));
        if (own != null && figure.of(own) > 0) {
            return figure.of(own);
        }
        Learned all = learned.get(new Place(null, model));
        return all == null ? 0 : figure.of(all);
    }

    private Learned at(@Nullable AgentId agent, ModelName model) {
        return learned.computeIfAbsent(new Place(agent, model), place -> new Learned());
    }

    private static double mix(double before, double last) {
        return before == 0 ? last : before + WEIGHT_OF_LAST * (last - before);
    }

    private static double seconds(Duration time) {
        return time.toNanos() / 1e9;
    }

    private static Duration ofSeconds(double seconds) {
        return Duration.ofNanos((long) (seconds * 1e9));
    }
}
