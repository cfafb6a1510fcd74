package org.ollamaorchestrator.agent.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxiesTest {

    @Test
    void the_https_proxy_is_preferred_even_without_encryption() {
        Proxies proxies = Proxies.of(Map.of("HTTPS_PROXY", "http://secure:1", "HTTP_PROXY", "http://plain:2"));

        assertThat(proxies.onTheWayTo(URI.create("ws://gateway"))).hasToString("Optional[secure:1]");
        assertThat(proxies.onTheWayTo(URI.create("wss://gateway"))).hasToString("Optional[secure:1]");
    }

    @Test
    void the_http_proxy_is_for_unencrypted_connections_only() {
        Proxies proxies = Proxies.of(Map.of("HTTP_PROXY", "http://plain:2"));

        assertThat(proxies.onTheWayTo(URI.create("ws://gateway"))).hasToString("Optional[plain:2]");
        assertThat(proxies.onTheWayTo(URI.create("wss://gateway"))).isEmpty();
    }

    @Test
    void lower_case_comes_first_and_credentials_are_used_but_not_shown() {
        Proxies proxies = Proxies.of(Map.of("https_proxy", "me:secret@lower:1", "HTTPS_PROXY", "http://upper:2"));

        Proxies.Proxy proxy = proxies.onTheWayTo(URI.create("ws://gateway")).orElseThrow();
        assertThat(proxy).isEqualTo(new Proxies.Proxy("lower", 1, "me", "secret"));
        assertThat(proxy.toString()).doesNotContain("secret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ws://localhost:1", "ws://127.0.0.1", "ws://127.9.9.9", "wss://[::1]:8081"})
    void this_machine_is_never_reached_through_a_proxy(String url) {
        assertThat(Proxies.of(Map.of("HTTPS_PROXY", "http://p:1")).onTheWayTo(URI.create(url)))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "'*', ws://any, true",
        "'example.org', ws://example.org, true",
        "'example.org', ws://EXAMPLE.org, true",
        "'example.org', ws://gw.example.org, true",
        "'.example.org', ws://gw.example.org, true",
        "'.example.org', ws://example.org, true",
        "'example.org', ws://badexample.org, false",
        "'a.b, example.org', ws://example.org, true",
        "'example.org:8081', ws://example.org:8081, true",
        "'example.org:8081', ws://example.org:8082, false",
        "'example.org:443', wss://example.org, true",
        "'10.0.0.1', ws://10.0.0.1:1, true",
        "'10.0.0.1', ws://10.0.0.11:1, false",
        "'[fe80::1]', ws://[fe80::1]:1, true",
        "'fe80::1', ws://[fe80::1]:1, true",
        "'', ws://example.org, false"
    })
    void no_proxy_is_understood_as_curl_does(String noProxy, String url, boolean direct) {
        Proxies proxies = Proxies.of(Map.of("HTTPS_PROXY", "http://p:1", "NO_PROXY", noProxy));

        assertThat(proxies.onTheWayTo(URI.create(url)).isEmpty()).isEqualTo(direct);
    }

    @Test
    void a_useless_proxy_is_a_clear_error_without_its_password() {
        assertThatThrownBy(() -> Proxies.of(Map.of("HTTPS_PROXY", "https://me:secret@p:1")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("HTTPS_PROXY")
                .hasMessageNotContaining("secret");
    }
}
