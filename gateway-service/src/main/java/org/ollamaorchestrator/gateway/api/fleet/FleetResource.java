package org.ollamaorchestrator.gateway.api.fleet;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.gateway.agents.AgentRegistry;
import org.ollamaorchestrator.gateway.agents.AgentSession;
import org.ollamaorchestrator.gateway.scheduling.CoreLoop;
import org.ollamaorchestrator.gateway.scheduling.FleetView;
import org.ollamaorchestrator.protocol.AgentMessage.OllamaState;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.OllamaModel;
import org.ollamaorchestrator.protocol.Room;

/** The agents: how many there are, and what each is and does. */
@Path("/api/agents")
@Produces(MediaType.APPLICATION_JSON)
public class FleetResource {

    private final CoreLoop core;
    private final AgentRegistry sessions;

    FleetResource(CoreLoop core, AgentRegistry sessions) {
        this.core = core;
        this.sessions = sessions;
    }

    /** The seed's status. An agent is busy if it has a job. */
    public record Totals(long total, long idle, long busy) {}

    public record Agents(List<Agent> agents) {}

    /**
     * @param models what it serves; with {@code anyModel} it takes whatever it is asked for
     * @param loading the models that the gateway has it load
     * @param vramTaken bytes that the loaded models take in the GPUs' memory
     * @param room what its machine has room for; it lacks what the agent does not know
     * @param active jobs that hold a slot
     * @param aside whether it failed repeatedly, and gets jobs only if nobody else can take them
     * @param notUsedBecause absent if jobs may go there
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Agent(
            String id,
            String name,
            @Nullable String version,
            int protocol,
            @Nullable String ollamaVersion,
            @JsonProperty("ollama") OllamaState ollama,
            Map<String, String> labels,
            List<String> models,
            boolean anyModel,
            List<String> loaded,
            List<String> loading,
            long vramTaken,
            Room room,
            int slots,
            int active,
            boolean draining,
            boolean aside,
            @Nullable Instant lastSeen,
            @Nullable String notUsedBecause) {}

    @GET
    @Path("/status")
    public Uni<Totals> totals() {
        return core.view().map(fleet -> {
            long total = fleet.agents().size();
            return new Totals(total, total - fleet.busy(), fleet.busy());
        });
    }

    @GET
    public Uni<Agents> agents() {
        return core.view()
                .map(fleet ->
                        new Agents(fleet.agents().stream().map(this::shown).toList()));
    }

    private Agent shown(FleetView.Agent agent) {
        AgentProfile profile = agent.profile();
        return new Agent(
                profile.id().value(),
                profile.name(),
                profile.version(),
                profile.protocol(),
                profile.ollamaVersion(),
                profile.ollama(),
                profile.labels(),
                profile.offer().names().stream().map(ModelName::written).toList(),
                profile.offer() instanceof AgentProfile.AnyModel,
                profile.loaded().stream()
                        .map(OllamaModel::name)
                        .map(ModelName::written)
                        .toList(),
                agent.loading().stream().map(ModelName::written).toList(),
                profile.vramTaken(),
                profile.room(),
                profile.slots(),
                agent.active(),
                profile.draining(),
                agent.aside(),
                sessions.sessionOf(profile.id()).map(AgentSession::lastSeen).orElse(null),
                agent.notUsedBecause().orElse(null));
    }
}
