package org.ollamaorchestrator.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The agents: those that are connected, and the secrets by which they may connect. */
@Command(name = "agents", description = "Lists the agents that are connected; gives out and takes back their tokens.")
final class AgentsCommand implements Runnable {

    private static final String AGENTS = "/api/admin/agents";

    private static final String UNKNOWN = "unknown";

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
                Table.Column.number("VRAM TAKEN"),
                Table.Column.number("DISK FREE"),
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
                    vram(agent),
                    disk(agent.path("room")),
                    agent.path("ollamaVersion").asText(UNKNOWN),
                    agent.path("labels")
                            .propertyStream()
                            .map(label ->
                                    label.getKey() + "=" + label.getValue().asText())
                            .sorted()
                            .collect(Collectors.joining(", ")));
        }
        gateway.show(agents, table, "No agent is connected.");
    }

    @Command(
            name = "credentials",
            description = "Lists who may connect as an agent, and by what. It needs an administrator's key.")
    void credentials() {
        JsonNode agents = gateway.calls().get(AGENTS);
        var table = new Table(
                Table.Column.text("AGENT"),
                Table.Column.text("STATE"),
                Table.Column.text("FROM"),
                Table.Column.text("ID"),
                Table.Column.text("CONNECTED"),
                Table.Column.text("CREATED"));
        for (JsonNode agent : agents.path("agents")) {
            table.row(
                    agent.path("name").asText(),
                    credentialState(agent),
                    agent.path("source").asText(),
                    agent.path("agentId").asText(),
                    agent.path("connected").asText(),
                    agent.path("created").asText());
        }
        gateway.show(agents, table, "No agent was given a token.");
    }

    private static String credentialState(JsonNode agent) {
        if (agent.has("revoked")) {
            return "revoked " + agent.path("revoked").asText();
        }
        if (agent.has("enrolmentExpires")) {
            return "to enrol until " + agent.path("enrolmentExpires").asText();
        }
        return agent.has("expires") ? "until " + agent.path("expires").asText() : "valid";
    }

    @Command(name = "token", description = "Creates an agent's token and prints it, once.")
    void token(
            @Parameters(paramLabel = "NAME", description = "The agent's.") String name,
            @Option(names = "--expires", paramLabel = "TIME", description = "Such as 2027-01-01T00:00:00Z.") @Nullable String expires) {
        ObjectNode body = GatewayCalls.JSON.createObjectNode().put("name", name);
        if (expires != null) {
            body.put("expires", expires);
        }
        JsonNode created = gateway.calls().post(AGENTS, body);
        gateway.showSecret(created, created.path("secret").asText(), "The token of the agent " + name);
    }

    @Command(
            name = "enrol",
            description =
                    "Creates an enrolment token and prints it, once: the agent exchanges it for a token of its own.")
    void enrol(
            @Parameters(paramLabel = "NAME", description = "The agent's.") String name,
            @Option(names = "--ttl", paramLabel = "TIME", description = "How long it may take to come. Default: 1h.")
                    @Nullable String ttl) {
        ObjectNode body = GatewayCalls.JSON.createObjectNode().put("name", name);
        if (ttl != null) {
            body.put("ttl", ttl);
        }
        JsonNode created = gateway.calls().post(AGENTS + "/enrolments", body);
        gateway.showSecret(
                created,
                created.path("secret").asText(),
                "The enrolment token of the agent " + name + ", good until "
                        + created.path("expires").asText());
    }

    @Command(name = "revoke", description = "Shuts an agent out: its connection is closed within seconds.")
    void revoke(@Parameters(paramLabel = "NAME", description = "The agent's.") String name) {
        gateway.calls().delete(AGENTS + "/" + GatewayCalls.segment(name));
        gateway.tell("The agent " + name + " is shut out.");
    }

    private static String state(JsonNode agent) {
        String ready = agent.path("aside").asBoolean() ? "last resort" : "ready";
        return agent.path("notUsedBecause").asText(ready);
    }

    private static String vram(JsonNode agent) {
        JsonNode total = agent.path("room").path("vramTotal");
        long taken = agent.path("vramTaken").asLong();
        return total.isNumber()
                ? Amounts.bytes(taken) + " of " + Amounts.bytes(total.asLong())
                : taken > 0 ? Amounts.bytes(taken) : UNKNOWN;
    }

    private static String disk(JsonNode room) {
        return room.path("diskFree").isNumber()
                ? Amounts.bytes(room.path("diskFree").asLong())
                : UNKNOWN;
    }

    static String joined(JsonNode names) {
        return names.valueStream().map(JsonNode::asText).collect(Collectors.joining(", "));
    }
}
