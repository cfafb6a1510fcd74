package org.ollamaorchestrator.agent.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GatewayAddressTest {

    @Test
    void the_path_is_kept_apart_and_credentials_are_never_shown() {
        GatewayAddress address = GatewayAddress.of("wss://me:secret@gateway.example:9/agents?zone=a", Optional.empty());

        assertThat(address.base()).hasToString("wss://gateway.example:9/?zone=a");
        assertThat(address.path()).isEqualTo("/agents");
        assertThat(address).hasToString("wss://gateway.example:9/agents");
        assertThat(address.authorization()).startsWith("Basic ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://x", "ws://", "secret nonsense", "ws://me:secret@:1", "ws://host/{x}"})
    void a_useless_url_is_a_clear_error_without_its_secret(String url) {
        assertThatThrownBy(() -> GatewayAddress.of(url, Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("secret");
    }
}
