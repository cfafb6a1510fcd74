package org.ollamaorchestrator.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** How the gateway is, in a few lines. It needs no key. */
@Command(
        name = "status",
        description = "Says how the gateway is: agents, slots, queue. Exit code 1 if it takes no requests.")
final class StatusCommand implements Callable<Integer> {

    private static final String CHECK = "gateway";

    private final GatewayCommand gateway;

    StatusCommand(GatewayCommand gateway) {
        this.gateway = gateway;
    }

    @Override
    public Integer call() {
        JsonNode health = gateway.calls().getHealth("/q/health/ready");
        boolean ready = health.path("status").asText().equals("UP");
        JsonNode data = dataOf(health);
        var table = new Table(
                Table.Column.text("GATEWAY"), Table.Column.text(gateway.base().toString()));
        table.row("version", data.path("version").asText("unknown"));
        table.row("ready", (ready ? "yes: " : "no: ") + data.path("note").asText("no reason told"));
        table.row("reached by", data.path("exposure").asText("unknown"));
        table.row(
                "agents",
                data.path("agents").asInt() + " connected, "
                        + data.path("usable").asInt() + " of use");
        table.row(
                "slots",
                data.path("slotsTaken").asInt() + " of " + data.path("slots").asInt() + " taken");
        table.row(
                "requests",
                data.path("running").asInt() + " running, "
                        + data.path("waiting").asInt() + " waiting");
        gateway.show(forScripts(ready, data), table, "");
        return (ready ? ExitCode.DONE : ExitCode.FAILED).number();
    }

    private static ObjectNode forScripts(boolean ready, JsonNode data) {
        ObjectNode shown = GatewayCalls.JSON.createObjectNode().put("ready", ready);
        data.properties().forEach(field -> shown.set(field.getKey(), field.getValue()));
        return shown;
    }

    private static JsonNode dataOf(JsonNode health) {
        return health.path("checks")
                .valueStream()
                .filter(check -> check.path("name").asText().equals(CHECK))
                .findFirst()
                .map(check -> check.path("data"))
                .orElseThrow(() -> new CommandFailedException(
                        ExitCode.UNREACHABLE, "what answers there is not a gateway; check --url"));
    }
}
