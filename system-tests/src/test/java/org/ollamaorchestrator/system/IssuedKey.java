package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A key as the packaged gateway gives it out.
 *
 * @param hash what the gateway's configuration has of it
 */
record IssuedKey(String secret, String hash) {

    private static final Pattern PRINTED =
            Pattern.compile("(?s)(olk_[0-9A-Za-z]+).*orchestrator\\.keys\\.NAME\\.hash=([0-9a-f]{64})");

    static IssuedKey random() {
        try (ServiceProcess command =
                ServiceProcess.jar("new-key", Packaged.gateway(), List.of(), List.of("new-key"), Map.of())) {
            assertThat(command.exitCode()).isZero();
            Matcher printed = PRINTED.matcher(command.log());
            assertThat(printed.find()).as("a key in: %s", command.log()).isTrue();
            return new IssuedKey(printed.group(1), printed.group(2));
        }
    }

    Map<String, String> header() {
        return header(secret);
    }

    static Map<String, String> header(String secret) {
        return Map.of("Authorization", "Bearer " + secret);
    }
}
