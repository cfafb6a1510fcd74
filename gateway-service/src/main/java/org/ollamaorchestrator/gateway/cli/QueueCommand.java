package org.ollamaorchestrator.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import picocli.CommandLine.Command;

/** Who waits for a free slot. */
@Command(name = "queue", description = "Lists the requests that wait for a free slot.")
final class QueueCommand implements Runnable {

    private final GatewayCommand gateway;

    QueueCommand(GatewayCommand gateway) {
        this.gateway = gateway;
    }

    @Override
    public void run() {
        JsonNode queue = gateway.calls().get("/api/queue");
        var table = new Table(
                Table.Column.number("#"),
                Table.Column.text("MODEL"),
                Table.Column.text("PRIORITY"),
                Table.Column.number("WAITED"),
                Table.Column.number("TO WAIT"),
                Table.Column.text("REQUEST"));
        for (JsonNode request : queue.path("requests")) {
            table.row(
                    request.path("position").asInt(),
                    request.path("model").asText(),
                    request.path("priority").asText(),
                    millis(request.path("waitedMs")),
                    millis(request.path("expectedMs")),
                    request.path("id").asText());
        }
        gateway.show(
                queue,
                table,
                "Nobody waits; " + queue.path("running").asInt() + " running."
                        + (queue.path("draining").asBoolean() ? " The gateway takes no new requests." : ""));
    }

    private static String millis(JsonNode millis) {
        return Amounts.time(Duration.ofMillis(millis.asLong()));
    }
}
