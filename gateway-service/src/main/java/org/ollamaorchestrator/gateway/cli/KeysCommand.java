package org.ollamaorchestrator.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.security.ApiKey;
import org.ollamaorchestrator.gateway.security.Secret;
import org.ollamaorchestrator.gateway.store.FirstKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** API keys, given out and taken back; also the first of them, for which there is no administrator yet to ask. */
@Command(name = "keys", description = "Lists, creates, rotates and revokes API keys.")
final class KeysCommand implements Runnable {

    private static final String KEYS = "/api/admin/keys";

    private final GatewayCommand gateway;

    KeysCommand(GatewayCommand gateway) {
        this.gateway = gateway;
    }

    @Override
    public void run() {
        list();
    }

    @Command(
            name = "list",
            description = "Lists the keys, those that were revoked too. It needs an administrator's key.")
    void list() {
        JsonNode keys = gateway.calls().get(KEYS);
        var table = new Table(
                Table.Column.text("KEY"),
                Table.Column.text("STATE"),
                Table.Column.text("ADMIN"),
                Table.Column.text("FROM"),
                Table.Column.text("PRIORITY"),
                Table.Column.text("MODELS"),
                Table.Column.text("CREATED"));
        for (JsonNode key : keys.path("keys")) {
            table.row(
                    key.path("name").asText(),
                    state(key),
                    key.path("admin").asBoolean() ? "yes" : "no",
                    key.path("source").asText(),
                    key.path("priority").asText(),
                    key.has("models") ? AgentsCommand.joined(key.path("models")) : "all",
                    key.path("created").asText());
        }
        gateway.show(keys, table, "There are no keys.");
    }

    private static String state(JsonNode key) {
        if (key.has("revoked")) {
            return "revoked " + key.path("revoked").asText();
        }
        return key.has("expires") ? "until " + key.path("expires").asText() : "valid";
    }

    @Command(
            name = "create",
            description =
                    "Creates a key and prints its secret, once. With --data-dir it asks no gateway: so comes the first"
                            + " administrator's key into the directory of a gateway that has none, whether it runs or not.")
    void create(@Parameters(paramLabel = "NAME", description = "Whose it is.") String name, @Mixin Terms terms) {
        if (terms.dataDir != null) {
            createInDirectory(name, terms, terms.dataDir);
            return;
        }
        JsonNode created = gateway.calls().post(KEYS, terms.body(name));
        gateway.showSecret(created, created.path("secret").asText(), "The secret of the key " + name);
    }

    private void createInDirectory(String name, Terms terms, Path folder) {
        if (!terms.isAdministratorsAlone()) {
            throw CommandFailedException.usage("--data-dir is for an administrator's key, so it wants --admin and"
                    + " no limits; other keys are created by asking the gateway with that key");
        }
        if (!ApiKey.isName(name)) {
            throw CommandFailedException.usage("a key's name has to be " + ApiKey.NAMES);
        }
        String pepper = gateway.surroundings().variable("ORCHESTRATOR_PEPPER").orElse("");
        Secret secret = switch (FirstKey.create(folder, name, pepper)) {
            case FirstKey.Created(Secret made) -> made;
            case FirstKey.NameTaken taken ->
                throw CommandFailedException.failed("the name " + name + " is another key's in that directory, or was");
            case FirstKey.Failed(String why) -> throw CommandFailedException.failed(folder + " cannot be used: " + why);
        };
        ObjectNode created =
                GatewayCalls.JSON.createObjectNode().put("name", name).put("secret", secret.reveal());
        gateway.showSecret(
                created,
                secret.reveal(),
                "The secret of the administrator's key " + name + ", which a running gateway takes within seconds");
    }

    @Command(name = "revoke", description = "Takes a key back: what it runs ends within seconds.")
    void revoke(@Parameters(paramLabel = "NAME") String name) {
        gateway.calls().delete(KEYS + "/" + GatewayCalls.segment(name));
        gateway.tell("The key " + name + " is worth nothing any more.");
    }

    @Command(name = "rotate", description = "Gives a key a new secret, in the place of the old one.")
    void rotate(@Parameters(paramLabel = "NAME") String name) {
        JsonNode rotated = gateway.calls().post(KEYS + "/" + GatewayCalls.segment(name) + "/rotate");
        gateway.showSecret(rotated, rotated.path("secret").asText(), "The new secret of the key " + name);
    }

    /** What a key may do. What is not said is the gateway's default. */
    static final class Terms {

        @Option(names = "--admin", description = "It may make administrators' calls.")
        private boolean admin;

        @Option(
                names = "--models",
                paramLabel = "MODEL",
                split = ",",
                description = "What it may use, separated by commas; * at the end of a name stands for anything.")
        private List<String> models = List.of();

        @Option(names = "--requests-per-minute", paramLabel = "N", description = "0: as many as one likes.")
        private @Nullable Integer requestsPerMinute;

        @Option(names = "--tokens-per-minute", paramLabel = "N", description = "The same in tokens.")
        private @Nullable Long tokensPerMinute;

        @Option(names = "--tokens-per-day", paramLabel = "N", description = "The same in a day of UTC.")
        private @Nullable Long tokensPerDay;

        @Option(names = "--concurrent", paramLabel = "N", description = "Requests at the same time.")
        private @Nullable Integer concurrent;

        @Option(names = "--weight", paramLabel = "N", description = "Its share while others wait too.")
        private @Nullable Integer weight;

        @Option(names = "--priority", paramLabel = "PRIORITY", description = "high, normal or low.")
        private @Nullable String priority;

        @Option(names = "--waiting-max", paramLabel = "N", description = "How many of its requests may wait.")
        private @Nullable Integer waitingMax;

        @Option(names = "--expires", paramLabel = "TIME", description = "Such as 2027-01-01T00:00:00Z.")
        private @Nullable String expires;

        @Option(
                names = "--data-dir",
                paramLabel = "DIR",
                description = "A gateway's orchestrator.data-dir, for an administrator's key without a gateway to ask."
                        + " Run it as the user that the gateway runs as, with its ORCHESTRATOR_PEPPER if it has one.")
        private @Nullable Path dataDir;

        boolean isAdministratorsAlone() {
            return admin && body("").size() == 2;
        }

        ObjectNode body(String name) {
            ObjectNode body = GatewayCalls.JSON.createObjectNode().put("name", name);
            if (admin) {
                body.put("admin", true);
            }
            if (!models.isEmpty()) {
                var names = body.putArray("models");
                models.forEach(names::add);
            }
            Optional.ofNullable(requestsPerMinute).ifPresent(value -> body.put("requestsPerMinute", value));
            Optional.ofNullable(tokensPerMinute).ifPresent(value -> body.put("tokensPerMinute", value));
            Optional.ofNullable(tokensPerDay).ifPresent(value -> body.put("tokensPerDay", value));
            Optional.ofNullable(concurrent).ifPresent(value -> body.put("concurrent", value));
            Optional.ofNullable(weight).ifPresent(value -> body.put("weight", value));
            Optional.ofNullable(priority).ifPresent(value -> body.put("priority", value));
            Optional.ofNullable(waitingMax).ifPresent(value -> body.put("waitingMax", value));
            Optional.ofNullable(expires).ifPresent(value -> body.put("expires", value));
            return body;
        }
    }
}
