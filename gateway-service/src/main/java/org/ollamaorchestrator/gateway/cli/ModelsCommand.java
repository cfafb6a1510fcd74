package org.ollamaorchestrator.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The models of the whole fleet: which there are and where; fetched, deleted and loaded on many agents at once. */
@Command(name = "models", description = "Lists the models and the agents that have them; fetches and deletes models.")
final class ModelsCommand implements Runnable {

    private static final String ADMIN = "/api/admin/models/";
    private static final long ASKED_EVERY_MS = 300;

    private final GatewayCommand gateway;

    ModelsCommand(GatewayCommand gateway) {
        this.gateway = gateway;
    }

    @Override
    public void run() {
        list();
    }

    @Command(name = "list", description = "Lists the models, which agents have them, and where they are in memory.")
    void list() {
        GatewayCalls calls = gateway.calls();
        JsonNode tags = calls.get("/api/tags");
        JsonNode agents = calls.get("/api/agents").path("agents");
        var table = new Table(
                Table.Column.text("MODEL"),
                Table.Column.number("SIZE"),
                Table.Column.text("ON"),
                Table.Column.text("IN MEMORY ON"));
        ObjectNode forScripts = GatewayCalls.JSON.createObjectNode();
        ArrayNode shown = forScripts.putArray("models");
        for (JsonNode model : tags.path("models")) {
            String name = model.path("name").asText();
            ObjectNode each = shown.addObject()
                    .put("name", name)
                    .put("size", model.path("size").asLong())
                    .put("digest", model.path("digest").asText());
            each.set("agents", namesOfThoseWith(name, "models", agents));
            each.set("loaded", namesOfThoseWith(name, "loaded", agents));
            table.row(
                    name,
                    Amounts.bytes(model.path("size").asLong()),
                    AgentsCommand.joined(each.path("agents")),
                    AgentsCommand.joined(each.path("loaded")));
        }
        gateway.show(forScripts, table, "No agent that is connected has a model.");
    }

    private static ArrayNode namesOfThoseWith(String model, String field, JsonNode agents) {
        ArrayNode names = GatewayCalls.JSON.createArrayNode();
        agents.valueStream()
                .filter(agent -> agent.path(field)
                        .valueStream()
                        .anyMatch(each -> each.asText().equals(model)))
                .map(agent -> agent.path("name").asText())
                .sorted()
                .forEach(names::add);
        return names;
    }

    @Command(name = "pull", description = "Has agents fetch a model. It goes on if this command is interrupted.")
    int pull(@Parameters(paramLabel = "MODEL") String model, @Mixin Targets targets, @Mixin Waiting waiting) {
        return changed("pull", model, targets, waiting);
    }

    @Command(name = "rm", description = "Has agents delete a model.")
    int remove(@Parameters(paramLabel = "MODEL") String model, @Mixin Targets targets, @Mixin Waiting waiting) {
        return changed("delete", model, targets, waiting);
    }

    @Command(name = "load", description = "Has agents load a model into memory.")
    int load(@Parameters(paramLabel = "MODEL") String model, @Mixin Targets targets, @Mixin Waiting waiting) {
        return changed("load", model, targets, waiting);
    }

    @Command(name = "unload", description = "Has agents take a model out of memory.")
    int unload(@Parameters(paramLabel = "MODEL") String model, @Mixin Targets targets, @Mixin Waiting waiting) {
        return changed("unload", model, targets, waiting);
    }

    @Command(name = "operations", description = "Lists what runs, and what ran lately.")
    void operations() {
        JsonNode operations = gateway.calls().get(ADMIN + "operations");
        var table = new Table(
                Table.Column.text("ID"),
                Table.Column.text("ACTION"),
                Table.Column.text("MODEL"),
                Table.Column.text("STATE"),
                Table.Column.text("ON"));
        for (JsonNode each : operations.path("operations")) {
            Operation operation = Operation.of(each);
            table.row(
                    operation.id(),
                    operation.action(),
                    operation.model(),
                    operation.state(),
                    String.join(
                            ", ",
                            operation.agents().stream()
                                    .map(Operation.OnAgent::name)
                                    .toList()));
        }
        gateway.show(operations, table, "Nothing runs, and nothing ran lately.");
    }

    @Command(name = "cancel", description = "Ends an operation.")
    void cancel(@Parameters(paramLabel = "ID") String id) {
        gateway.calls().delete(ADMIN + "operations/" + GatewayCalls.segment(id));
        gateway.tell("Cancelled.");
    }

    /** Whether to see the operation to its end. */
    static final class Waiting {

        @Option(names = "--detach", description = "Only start it; \"models operations\" tells how it goes.")
        private boolean detach;
    }

    private int changed(String action, String model, Targets targets, Waiting waiting) {
        ObjectNode body = GatewayCalls.JSON.createObjectNode().put("model", model);
        targets.into(body);
        GatewayCalls calls = gateway.calls();
        JsonNode started = calls.post(ADMIN + action, body);
        String id = started.path("id").asText();
        if (waiting.detach) {
            if (gateway.isForScripts()) {
                gateway.surroundings().out().println(started);
            } else {
                gateway.surroundings().out().println(id);
            }
            return ExitCode.DONE.number();
        }
        JsonNode end = followed(calls, id);
        if (gateway.isForScripts()) {
            gateway.surroundings().out().println(end);
        }
        Operation operation = Operation.of(end);
        if (!operation.isDone()) {
            throw CommandFailedException.failed(operation.failure());
        }
        return ExitCode.DONE.number();
    }

    /** @return the operation at its end */
    private JsonNode followed(GatewayCalls calls, String id) {
        Progress progress = progress();
        while (true) {
            JsonNode told = calls.get(ADMIN + "operations/" + GatewayCalls.segment(id));
            Operation now = Operation.of(told);
            gateway.surroundings().out().print(progress.show(now));
            gateway.surroundings().out().flush();
            if (now.isOver()) {
                return told;
            }
            pause();
        }
    }

    private Progress progress() {
        if (gateway.isForScripts()) {
            return new Progress.Silence();
        }
        return gateway.surroundings().terminal() ? new Progress.Bars() : new Progress.Lines();
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(ASKED_EVERY_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailedException.failed("interrupted; the operation goes on");
        }
    }
}
