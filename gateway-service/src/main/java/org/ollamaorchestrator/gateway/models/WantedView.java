package org.ollamaorchestrator.gateway.models;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A model that the configuration wants, and where it is.
 *
 * @param name the owner's name for the wish
 * @param label which agents it is for; absent for all
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record WantedView(
        String name, String model, @Nullable String label, List<OnAgent> agents) {

    public WantedView {
        agents = List.copyOf(agents);
    }

    /**
     * @param state present, pulling, missing (it is pulled as soon as the agent can be asked) or failed
     * @param error of the last failure
     * @param nextTry when it is tried again, after a failure
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record OnAgent(
            String id,
            String name,
            String state,
            @Nullable String error,
            @Nullable Instant nextTry) {}
}
