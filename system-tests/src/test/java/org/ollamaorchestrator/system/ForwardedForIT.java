package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A header that says where a request comes from counts only if a proxy that the owner trusts has written it. */
@SystemTest
class ForwardedForIT {
    private static final int UPGRADED = 101;
    private static final int FORBIDDEN = 403;

    private final IssuedKey key = IssuedKey.random();
    private final Path plainFolder = AdministeredGateway.freshFolder("direct");
    private final Path behindFolder = AdministeredGateway.freshFolder("behind");

    @AutoClose
    private final Gateway direct = start(plainFolder);

    @AutoClose
    private final Gateway behindProxy = start(behindFolder, "-Dorchestrator.trusted-proxies=127.0.0.1,10.0.0.0/8");

    private Gateway start(Path folder, String... more) {
        List<String> options = new ArrayList<>(List.of(
                "-Dorchestrator.keys.someone.hash=" + key.hash(),
                "-Dorchestrator.data-dir=" + folder,
                "-Dquarkus.http.host=127.0.0.1"));
        options.addAll(List.of(more));
        return Gateway.start(options.toArray(String[]::new));
    }

    private static Map<String, String> from(String forwardedFor) {
        return Map.of("X-Forwarded-For", forwardedFor);
    }

    /** Where somebody comes from whose key is refused, as the audit has it. */
    private static void assertAudited(Gateway gateway, Path folder, String forwardedFor, String address) {
        Http.Reply refused = Http.exchange(
                gateway.port(),
                "GET",
                "/v1/models",
                Map.of("x-api-key", "made up", "X-Forwarded-For", forwardedFor, "Connection", "close"),
                "");

        assertThat(refused.status()).isEqualTo(401);
        Patience.untilHolds(
                "the audit",
                () -> assertThat(
                                new GatewayDatabase(folder)
                                        .strings(
                                                "SELECT actor FROM audit_events WHERE event = 'key_refused' ORDER BY at DESC LIMIT 1"))
                        .containsExactly(address));
    }

    @Test
    void nobody_can_claim_to_be_somebody_else() {
        assertAudited(direct, plainFolder, "203.0.113.9", "127.0.0.1");
    }

    @Test
    void a_trusted_proxy_tells_who_called_it_and_not_what_he_claimed() {
        assertAudited(behindProxy, behindFolder, "203.0.113.9", "203.0.113.9");
        assertAudited(behindProxy, behindFolder, "127.0.0.1, 203.0.113.10, 10.1.2.3", "203.0.113.10");
    }

    @ParameterizedTest
    @ValueSource(strings = {"203.0.113.9", "127.0.0.1"})
    void an_agent_without_a_token_that_was_forwarded_is_not_one_of_this_machine(String forwardedFor) {
        assertThat(RawAgent.upgradeStatus(direct.agentsPort(), "/", Map.of())).isEqualTo(UPGRADED);
        assertThat(RawAgent.upgradeStatus(direct.agentsPort(), "/", from(forwardedFor)))
                .isEqualTo(FORBIDDEN);
    }

    @Test
    void behind_a_trusted_proxy_it_is_if_the_proxy_says_so() {
        assertThat(RawAgent.upgradeStatus(behindProxy.agentsPort(), "/", from("127.0.0.1")))
                .isEqualTo(UPGRADED);
        assertThat(RawAgent.upgradeStatus(behindProxy.agentsPort(), "/", from("127.0.0.1, 203.0.113.9")))
                .isEqualTo(FORBIDDEN);
    }
}
