package org.ollamaorchestrator.gateway.scheduling.simulation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.AgentMessage.OllamaState;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.OllamaModel;
import org.ollamaorchestrator.protocol.ProtocolVersion;
import org.ollamaorchestrator.protocol.Room;

/**
 * An agent as docs/protocol.md wants it: the authority over its slots, and the keeper of what its gateway has not
 * received. Version 1 knows no cancel, no resume, and tells apart that its slot is free.
 */
final class SimulatedAgent {

    private static final long STATUS_EVERY = 5_000;
    private static final long KEEPS_JOBS = 35_000;

    private final VirtualTime time;
    private final SimulatedGateway gateway;
    private final SimulatedOllama ollama;
    private final String name;
    private final int slots;
    private final int version;
    private final long delayMax;
    private final Map<JobId, Job> jobs = new LinkedHashMap<>();
    private @Nullable Link link;
    private AgentId id;
    private boolean registered;
    private boolean alive = true;
    private boolean draining;
    private boolean networkAway;
    private double refusals;
    private int connections;
    private int reconnecting;

    SimulatedAgent(
            VirtualTime time,
            SimulatedGateway gateway,
            SimulatedOllama ollama,
            String name,
            int slots,
            int version,
            long delayMax) {
        this.time = time;
        this.gateway = gateway;
        this.ollama = ollama;
        this.name = name;
        this.slots = slots;
        this.version = version;
        this.delayMax = delayMax;
        this.id = new AgentId(name);
        time.after(STATUS_EVERY, this::report);
    }

    AgentId id() {
        return id;
    }

    boolean isVersion1() {
        return version < ProtocolVersion.TUNNEL;
    }

    SimulatedOllama ollama() {
        return ollama;
    }

    @Nullable Link link() {
        return link;
    }

    // --- Connecting ---

    void connect() {
        if (!alive || networkAway || link != null) {
            return;
        }
        connections++;
        if (isVersion1()) {
            id = new AgentId(name + "-" + connections);
        }
        var newLink = new Link(time, gateway, this, id, id + "#" + connections, delayMax);
        link = newLink;
        registered = false;
        AgentProfile profile = profile();
        var resuming = new LinkedHashSet<>(jobs.keySet());
        jobs.values().forEach(job -> job.held = true);
        newLink.toGateway(() -> gateway.registers(newLink, profile, resuming));
    }

    /** The gateway took it, and answers for each job that it listed. */
    void registered(Link over) {
        if (over == link) {
            registered = true;
            // What changed since it registered.
            status();
        }
    }

    void linkClosed(Link closed) {
        if (link != closed) {
            return;
        }
        link = null;
        if (isVersion1()) {
            stopAll();
        } else {
            int drop = connections;
            time.after(KEEPS_JOBS, () -> {
                if (link == null && drop == connections) {
                    stopAll();
                }
            });
        }
        comeBackIn(time.chance(0.6) ? time.between(0, 50) : time.between(0, 5_000));
    }

    private void comeBackIn(long millis) {
        int number = ++reconnecting;
        time.after(millis, () -> {
            if (number == reconnecting) {
                connect();
            }
        });
    }

    void networkGoesFor(long millis) {
        networkAway = true;
        time.after(millis, this::networkComes);
    }

    void networkComes() {
        networkAway = false;
        connect();
    }

    void crashes(long awayMillis) {
        if (!alive) {
            return;
        }
        alive = false;
        stopAll();
        if (link != null) {
            link.cut();
            link = null;
        }
        time.after(awayMillis, () -> {
            alive = true;
            connect();
        });
    }

    /** @param probability that somebody else uses its slot */
    void refuses(double probability) {
        refusals = probability;
    }

    void drains(boolean on) {
        draining = on;
        status();
    }

    private void stopAll() {
        jobs.values().forEach(job -> {
            if (job.call != null) {
                job.call.abandon();
            }
            job.ended = true;
        });
        jobs.clear();
    }

    // --- Reporting ---

    private void report() {
        status();
        time.after(STATUS_EVERY, this::report);
    }

    private void status() {
        Link over = link;
        if (over != null && registered && !isVersion1()) {
            AgentProfile profile = profile();
            over.toGateway(() -> gateway.status(over, profile));
        }
    }

    private AgentProfile profile() {
        return Profiles.of(
                id,
                version,
                slots,
                ollama.models(),
                ollama.loaded(),
                draining && !isVersion1(),
                ollama.isUp() || isVersion1() ? OllamaState.UP : OllamaState.DOWN);
    }

    void ollamaChanged() {
        time.after(time.between(0, 2_000), this::status);
    }

    // --- Jobs ---

    void job(JobId jobId, Work work) {
        long busy = jobs.values().stream()
                .filter(job -> job.work.takesSlot() && !job.ended)
                .count();
        if (!isVersion1() && work.takesSlot() && (draining || busy >= slots || time.chance(refusals))) {
            send(() -> gateway.failed(linkNow(), jobId, new JobFailure.AgentRefused(draining), true));
            return;
        }
        if (busy >= slots && work.takesSlot()) {
            throw new AssertionError("version 1 was given a job too many");
        }
        var job = new Job(jobId, work);
        jobs.put(jobId, job);
        job.call = ollama.call(work, job);
    }

    /** The link of the frame that is being delivered: links that are no longer used deliver nothing. */
    private Link linkNow() {
        Link now = link;
        if (now == null) {
            throw new IllegalStateException("no link");
        }
        return now;
    }

    private void send(Runnable arrival) {
        Link over = link;
        if (over != null) {
            over.toGateway(() -> {
                if (over == link || link == null) {
                    arrival.run();
                }
            });
        }
    }

    void cancel(JobId jobId) {
        Job job = jobs.get(jobId);
        if (job == null) {
            Link over = link;
            if (over != null) {
                over.toGateway(() -> gateway.failed(over, jobId, new JobFailure.Cancelled(), true));
            }
        } else if (!job.ended) {
            job.cancel();
        } else {
            jobs.remove(jobId);
            if (job.held) {
                Link over = link;
                if (over != null) {
                    over.toGateway(() -> gateway.failed(over, jobId, new JobFailure.Cancelled(), true));
                }
            }
        }
    }

    void resume(JobId jobId, int afterSeq) {
        Job job = jobs.get(jobId);
        if (job != null) {
            job.resume(afterSeq);
        }
    }

    void endAcknowledged(JobId jobId) {
        jobs.remove(jobId);
    }

    private final class Job implements SimulatedOllama.Listener {
        private final JobId jobId;
        private final Work work;
        private SimulatedOllama.@Nullable Call call;
        private @Nullable JobFailure failure;
        private int lines;
        private boolean ended;
        private boolean cancelled;

        /** Listed as resuming, and the gateway has not answered yet: nothing of it is sent. */
        private boolean held;

        Job(JobId jobId, Work work) {
            this.jobId = jobId;
            this.work = work;
        }

        @Override
        public void line() {
            if (lines == 0 && work.usesModel()) {
                ollamaChanged();
            }
            lines++;
            sendLine(lines);
        }

        @Override
        public void completed() {
            ended = true;
            sendEnd();
        }

        @Override
        public void failed(JobFailure why) {
            ended = true;
            failure = why;
            sendEnd();
        }

        void cancel() {
            if (!cancelled) {
                cancelled = true;
                long lag = time.chance(0.02) ? time.between(5_000, 15_000) : time.between(0, 20);
                if (call != null) {
                    call.cancel(lag, () -> failed(new JobFailure.Cancelled()));
                }
            }
            held = false;
        }

        void resume(int afterSeq) {
            held = false;
            for (int seq = afterSeq + 1; seq <= lines; seq++) {
                sendLine(seq);
            }
            if (ended) {
                sendEnd();
            }
        }

        private void sendLine(int seq) {
            Link over = link;
            if (over != null && !held && !cancelled) {
                over.toGateway(() -> gateway.line(over, jobId, seq, textOf(jobId, seq)));
            }
        }

        private void sendEnd() {
            Link over = link;
            if (over == null || held) {
                return;
            }
            JobFailure why = failure;
            int last = lines;
            if (why == null) {
                over.toGateway(() -> gateway.completed(over, jobId, last, !isVersion1()));
            } else {
                over.toGateway(() -> gateway.failed(over, jobId, why, !isVersion1()));
            }
            if (isVersion1()) {
                over.toGateway(() -> gateway.slotFreed(over, jobId));
            }
            if (cancelled || isVersion1()) {
                jobs.remove(jobId);
            }
        }
    }

    /** The text of a line, as it were: none is like another. */
    static long textOf(JobId job, int seq) {
        return job.value().hashCode() * 1_000_003L + seq;
    }

    /** What an agent tells of itself. */
    private static final class Profiles {

        static AgentProfile of(
                AgentId id,
                int version,
                int slots,
                Set<ModelName> models,
                Set<ModelName> loaded,
                boolean draining,
                OllamaState ollama) {
            boolean tunnel = version >= ProtocolVersion.TUNNEL;
            AgentProfile.Offer offer =
                    tunnel ? new AgentProfile.Catalog(entries(models), models) : new AgentProfile.NamedModels(models);
            return new AgentProfile(
                    id,
                    version,
                    id.value(),
                    null,
                    null,
                    Map.of(),
                    offer,
                    tunnel ? entries(loaded) : List.of(),
                    slots,
                    draining,
                    ollama,
                    Optional.empty(),
                    Room.UNKNOWN);
        }

        private static List<OllamaModel> entries(Set<ModelName> models) {
            var entries = new ArrayList<OllamaModel>();
            models.forEach(model -> entries.add(Models.entry(model)));
            return entries;
        }
    }
}
