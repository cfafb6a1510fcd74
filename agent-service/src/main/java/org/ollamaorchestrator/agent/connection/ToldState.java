package org.ollamaorchestrator.agent.connection;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.protocol.AgentMessage.Activity;
import org.ollamaorchestrator.protocol.AgentMessage.OllamaState;
import org.ollamaorchestrator.protocol.AgentMessage.Status;
import org.ollamaorchestrator.protocol.OllamaModel;
import org.ollamaorchestrator.protocol.Room;

/**
 * The agent's state as a gateway of version 2 was told it last, so that only what changed is told again.
 *
 * @param ollamaUp a gateway takes Ollama to be up until it is told otherwise
 */
record ToldState(
        int active,
        List<OllamaModel> catalog,
        List<OllamaModel> loaded,
        boolean draining,
        boolean ollamaUp,
        Room room,
        @Nullable String ollamaVersion) {

    ToldState {
        catalog = List.copyOf(catalog);
        loaded = List.copyOf(loaded);
    }

    /** What there is to tell if the state is {@code now} this one; nothing if nothing changed. */
    Optional<Status> changesTo(ToldState now) {
        if (equals(now)) {
            return Optional.empty();
        }
        return Optional.of(new Status(
                now.active == 0 ? Activity.IDLE : Activity.BUSY,
                now.active,
                null,
                changed(loaded, now.loaded),
                changed(catalog, now.catalog),
                draining == now.draining ? null : (Boolean) now.draining,
                ollamaUp == now.ollamaUp ? null : stateOf(now.ollamaUp),
                room.equals(now.room) ? null : now.room,
                Objects.equals(ollamaVersion, now.ollamaVersion) ? null : now.ollamaVersion));
    }

    private static OllamaState stateOf(boolean up) {
        return up ? OllamaState.UP : OllamaState.DOWN;
    }

    private static @Nullable List<OllamaModel> changed(List<OllamaModel> before, List<OllamaModel> now) {
        return before.equals(now) ? null : now;
    }
}
