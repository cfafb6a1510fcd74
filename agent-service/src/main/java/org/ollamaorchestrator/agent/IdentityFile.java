package org.ollamaorchestrator.agent;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Supplier;
import org.ollamaorchestrator.protocol.AgentId;

/** The agent's identity on disk, so that it is the same agent after a restart. */
final class IdentityFile {

    private final StateFile file;

    IdentityFile(String directory) {
        file = new StateFile(directory, "agent-id");
    }

    /**
     * The identity that is kept; a new one if there was none.
     *
     * @throws ConfigurationMistake if the directory cannot be used
     */
    AgentId keep(Supplier<AgentId> fresh) {
        try {
            Optional<String> kept = file.read();
            if (kept.isPresent()) {
                return new AgentId(kept.get().strip());
            }
            AgentId id = fresh.get();
            file.write(id.value() + System.lineSeparator());
            return id;
        } catch (IOException e) {
            throw ConfigurationMistake.ofStateDirectory(e);
        }
    }
}
