package org.ollamaorchestrator.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The command of all commands: the options that each of them takes, and what they make of them. */
@Command(
        name = "gateway",
        scope = ScopeType.INHERIT,
        mixinStandardHelpOptions = true,
        sortOptions = false,
        abbreviateSynopsis = true,
        usageHelpWidth = 120,
        description = "The gateway of OllamaOrchestrator: one endpoint in front of all your Ollama machines.")
final class GatewayCommand {

    private static final String DEFAULT_URL = "http://localhost:3000";

    /** What a header can carry; a key of ours has letters, digits and an underscore. */
    private static final Pattern KEY = Pattern.compile("[!-~]{1,1024}");

    @Option(
            names = "--url",
            paramLabel = "URL",
            scope = ScopeType.INHERIT,
            description = "The gateway. Default: ORCHESTRATOR_URL, or else " + DEFAULT_URL + ".")
    private @Nullable String url;

    @Option(
            names = "--key-file",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "A file with the API key. Default: the key in ORCHESTRATOR_KEY.")
    private @Nullable Path keyFile;

    @Option(
            names = "--key",
            paramLabel = "KEY",
            scope = ScopeType.INHERIT,
            hidden = true,
            description = "Refused: every user of a machine sees the command lines of all.")
    private @Nullable String key;

    @Option(
            names = "--cacert",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "Certificates in PEM: whom to trust, in the place of the JVM's own list.")
    private @Nullable Path cacert;

    @Option(names = "--json", scope = ScopeType.INHERIT, description = "For scripts: one JSON document a line.")
    private boolean json;

    private final Surroundings surroundings;

    GatewayCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** @throws CommandFailedException if the options make no sense */
    GatewayCalls calls() {
        if (key != null) {
            throw CommandFailedException.usage("a key on a command line can be seen by every user of this machine:"
                    + " set ORCHESTRATOR_KEY, or name a file that has it by --key-file");
        }
        Optional<SSLContext> trust = Optional.ofNullable(cacert).map(Trust::in);
        return new GatewayCalls(base(), secret(), trust);
    }

    boolean isForScripts() {
        return json;
    }

    Surroundings surroundings() {
        return surroundings;
    }

    /** The base without a slash at its end. */
    URI base() {
        String given = Optional.ofNullable(url)
                .or(() -> surroundings.variable("ORCHESTRATOR_URL"))
                .orElse(DEFAULT_URL);
        try {
            URI uri = new URI(given.replaceAll("/+$", ""));
            boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            if (http && uri.getHost() != null && uri.getRawQuery() == null && uri.getRawUserInfo() == null) {
                return uri;
            }
        } catch (URISyntaxException e) {
            // Said below, as for what is a URL and no gateway's.
        }
        throw CommandFailedException.usage("the gateway's URL has to be such as " + DEFAULT_URL);
    }

    private Optional<String> secret() {
        if (keyFile == null) {
            return surroundings.variable("ORCHESTRATOR_KEY").map(key -> checked(key, "ORCHESTRATOR_KEY"));
        }
        try {
            return Optional.of(checked(Files.readString(keyFile), keyFile.toString()));
        } catch (IOException e) {
            throw CommandFailedException.usage("--key-file: " + keyFile + " cannot be read");
        }
    }

    private static String checked(String text, String where) {
        String stripped = text.strip();
        if (!KEY.matcher(stripped).matches()) {
            throw CommandFailedException.usage(where + " has no API key in it");
        }
        return stripped;
    }

    /** Shows what a script reads, or what a person does. */
    void show(JsonNode forScripts, Table forPeople, String ifEmpty) {
        if (json) {
            surroundings.out().println(forScripts);
        } else if (forPeople.isEmpty()) {
            surroundings.err().println(ifEmpty);
        } else {
            forPeople.lines().forEach(surroundings.out()::println);
        }
    }

    /** A secret alone goes to where a script reads it; what it is goes to the person. */
    void showSecret(JsonNode forScripts, String secret, String whatItIs) {
        if (json) {
            surroundings.out().println(forScripts);
        } else {
            surroundings.err().println(whatItIs + ", told this once:");
            surroundings.out().println(secret);
        }
    }

    /** Tells a person what was done; a script knows by the exit code. */
    void tell(String sentence) {
        if (!json) {
            surroundings.err().println(sentence);
        }
    }
}
