package org.ollamaorchestrator.agent;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import org.ollamaorchestrator.agent.connection.LinkState;

/**
 * The agent's metrics, on its management port: few, and read from what the agent knows anyway. What its gateway counts of it
 * has names of its own. {@code docs/monitoring.md} tells them.
 */
@Singleton
public final class AgentMetrics {

    static final String SLOTS = "agent.slots";
    static final String JOBS_RUNNING = "agent.jobs.running";
    static final String JOBS = "agent.jobs";
    static final String WINDOW_STALLS = "agent.window.stalls";
    static final String CONNECTED = "agent.connected";
    static final String REGISTRATIONS = "agent.registrations";
    static final String OLLAMA_UP = "agent.ollama.up";
    static final String DRAINING = "agent.draining";

    static final String END = "end";

    private final AgentLifecycle lifecycle;
    private final MeterRegistry registry;

    AgentMetrics(AgentLifecycle lifecycle, MeterRegistry registry) {
        this.lifecycle = lifecycle;
        this.registry = registry;
    }

    void register(@Observes StartupEvent event) {
        gauge(
                SLOTS,
                "Jobs that may run at once",
                agent -> agent.settings().profile().slots());
        gauge(JOBS_RUNNING, "Jobs that run at Ollama", Agent::activeJobs);
        gauge(
                CONNECTED,
                "Whether the agent is registered with its gateway",
                oneIf(agent -> agent.linkState() instanceof LinkState.Open));
        gauge(OLLAMA_UP, "Whether Ollama answers", oneIf(agent -> agent.ollama().up()));
        gauge(DRAINING, "Whether the agent takes no more jobs", oneIf(Agent::draining));
        counter(REGISTRATIONS, "Registrations with the gateway, anew or again", Tags.empty(), Agent::registrations);
        counter(
                WINDOW_STALLS,
                "Times that a job had to wait until the gateway acknowledged what it was sent",
                Tags.empty(),
                Agent::fullWindows);
        counter(
                JOBS,
                "Jobs that are over at Ollama",
                Tags.of(END, "done"),
                agent -> agent.jobsOver().whole());
        counter(
                JOBS,
                "Jobs that are over at Ollama",
                Tags.of(END, "failed"),
                agent -> agent.jobsOver().failed());
    }

    private static ToDoubleFunction<Agent> oneIf(Predicate<Agent> holds) {
        return agent -> holds.test(agent) ? 1 : 0;
    }

    private void gauge(String name, String description, ToDoubleFunction<Agent> of) {
        Gauge.builder(name, lifecycle, all -> value(all, of))
                .description(description)
                .register(registry);
    }

    private void counter(String name, String description, Tags tags, ToDoubleFunction<Agent> of) {
        FunctionCounter.builder(name, lifecycle, all -> value(all, of))
                .description(description)
                .tags(tags)
                .register(registry);
    }

    private static double value(AgentLifecycle lifecycle, ToDoubleFunction<Agent> of) {
        return lifecycle.agent().map(of::applyAsDouble).orElse(0.0);
    }
}
