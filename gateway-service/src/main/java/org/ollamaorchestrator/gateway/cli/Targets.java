package org.ollamaorchestrator.gateway.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which agents are meant. */
final class Targets {

    @Option(
            names = "--agents",
            paramLabel = "NAME",
            split = ",",
            description = "Their names or ids, separated by commas.")
    private List<String> agents = List.of();

    @Option(names = "--label", paramLabel = "KEY=VALUE", description = "Those that are ready and have this label.")
    private @Nullable String label;

    @Option(names = "--all", description = "All that are ready.")
    private boolean all;

    /** Says it in a request's body; without any of them the gateway's own default holds. */
    void into(ObjectNode body) {
        int given = (agents.isEmpty() ? 0 : 1) + (label == null ? 0 : 1) + (all ? 1 : 0);
        if (given > 1) {
            throw CommandFailedException.usage("only one of --agents, --label and --all can be given");
        }
        if (!agents.isEmpty()) {
            var names = body.putArray("agents");
            agents.forEach(names::add);
        } else if (label != null) {
            body.put("label", label);
        } else if (all) {
            body.put("all", true);
        }
    }
}
