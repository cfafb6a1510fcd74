package org.ollamaorchestrator.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;

/** The agents: those that are connected, and the secrets by which they may connect. */
@Command(name = "agents", description = "Lists the agents that are connected; gives out and takes back their tokens.")
final class AgentsCommand implements Runnable {

    private final GatewayCommand gateway;

    AgentsCommand(GatewayCommand gateway) {
        this.gateway = gateway;
    }

    @Override
    public void run() {
        list();
    }

    @Command(name = "list", description = "Lists the agents that are connected.")
    void list() {
        JsonNode agents = gateway.calls().get("/api/agents");
        var table = new Table(
                Table.Column.text("AGENT"),
                Table.Column.text("STATE"),
                Table.Column.number("BUSY"),
                Table.Column.number("MODELS"),
                Table.Column.text("IN MEMORY"),
                Table.Column.text("OLLAMA"),
                Table.Column.text("LABELS"));
        for (JsonNode agent : agents.path("agents")) {
            table.row(
                    agent.path("name").asText(),
                    state(agent),
                    agent.path("active").asInt() + "/" + agent.path("slots").asInt(),
                    agent.path("anyModel").asBoolean()
                            ? "any"
                            : String.valueOf(agent.path("models").size()),
                    joined(agent.path("loaded")),
                    agent.path("ollamaVersion").asText("unknown"),
                    agent.path("labels")
                            .propertyStream()
                            .map(label ->
                                    label.getKey() + "=" + label.getValue().asText())
                            .sorted()
                            .collect(Collectors.joining(", ")));
        }
        gateway.show(agents, table, "No agent is connected.");
    }

    private static String state(JsonNode agent) {
        String ready = agent.path("aside").asBoolean() ? "last resort" : "ready";
        return agent.path("notUsedBecause").asText(ready);
    }

    static String joined(JsonNode names) {
        return names.valueStream().map(JsonNode::asText).collect(Collectors.joining(", "));
    }
}
